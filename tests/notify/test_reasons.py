"""The reasons of failures in French messages are those that the pipeline gives, translated; others say their language."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from socket import gaierror
from typing import get_args

import pytest
from notify_samples import FRENCH

from pipelines.notify.channels.slack import web_api, webhook
from pipelines.notify.compose import PipelineEvent, compose_pipeline
from pipelines.notify.network import describe_error
from pipelines.notify.translations import TRANSLATIONS, Subject
from pipelines.notify.translations.delivery_reasons import SLACK
from pipelines.notify.translations.reasons import reason_in_french
from pipelines.raw import Load, LoadedFile
from pipelines.services.missing_money import _reason
from pipelines.sources import SourceSettings, health
from pipelines.sources.files.addresses import locate
from pipelines.sources.files.errors import ExtractError
from pipelines.warehouse.unconverted import UnconvertedSales

NOW = datetime(2026, 2, 1, 6, tzinfo=UTC)


def in_french(reason: str) -> str:
    translated = reason_in_french(reason)
    assert translated is not None, reason
    return translated.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_quiet_source() -> None:
    reason = health.quiet_problem(timedelta(days=1), "2026-01-05 06:00 CET")
    assert in_french(reason).startswith(
        "rien de nouveau depuis 2026-01-05 06:00 CET, alors que quelque chose était attendu sous 1d : "
    )


def test_too_many_rejected_rows() -> None:
    file = LoadedFile("extracts/orders-3.csv", 1, "0", NOW)
    load = Load(
        load_id="1", source="shop", stream="order", sequence=1, rows=1_000, quarantined=1_300, loaded_at=NOW,
        loaded_until=NOW, files=(file,),
    )  # fmt: skip
    settings = SourceSettings.model_validate({"name": "shop", "type": "files"})
    reason = "\n".join(health.quarantine_problems(settings, [load] * 9))
    lines = in_french(reason).splitlines()
    assert lines[0].startswith(
        "1 300 lignes sur 2 300 de orders-3.csv ont été rejetées, plus que max_quarantined ne le permet (20%) : "
    )
    assert lines[-1].endswith("autres chargements dont trop de lignes ont été rejetées")


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ExtractError) as missing:
        locate("orders-*.csv", tmp_path, NOW)
    assert in_french(str(missing.value)) == f"aucun fichier ne correspond à orders-*.csv (cherché dans {tmp_path})"


def test_sales_without_a_rate() -> None:
    sales = [
        UnconvertedSales("order", "shop", "USD", 1_200, Decimal("12345.5"), (date(2026, 1, 5), date(2026, 1, 7))),
        UnconvertedSales("deal", "crm", "USD", 1, Decimal(10), (date(2026, 1, 6),)),
    ]
    assert in_french(_reason(sales)).startswith(
        "1 200 commandes de shop, d'un montant de 12 345,50 USD et 1 affaire de crm, d'un montant de 10,00 USD,"
        " du 2026-01-05 au 2026-01-07, manquent aux indicateurs"
    )


@pytest.mark.parametrize(
    ("reason", "french"),
    [
        (
            'orders-2.csv has no column "Client"; it has Id, "Client name"',
            'orders-2.csv n\'a pas de colonne "Client" ; ses colonnes : Id, "Client name"',
        ),
        (
            "dbt was killed by signal 9: the machine may have run out of memory; run again",
            "dbt a été arrêté par le signal 9",
        ),
    ],
)
def test_others_that_are_known(reason: str, french: str) -> None:
    assert in_french(reason).startswith(french)


@pytest.mark.parametrize(
    ("reason", "label"),
    [
        ("no file matches a.csv", "Motif"),
        ("no file matches a.csv\nHubSpot refused the token", "Motif (en anglais)"),
        ("HubSpot refused the token", "Motif (en anglais)"),
    ],
)
def test_a_message_says_which_language_its_reason_is_in(reason: str, label: str) -> None:
    event = PipelineEvent("source", "shop", "i", "failed", NOW, NOW, reason=reason)
    assert f"\n{label}\u00a0: " in compose_pipeline(event, "operators", FRENCH).text


@pytest.mark.parametrize("hint", [*web_api._HINTS.values(), *webhook._HINTS.values()])
def test_every_hint_for_slack_is_known(hint: str) -> None:
    assert in_french(f"Slack: {hint} (HTTP 403: no)").endswith(" (HTTP 403: no)")
    assert " :" not in SLACK[hint].replace("\u00a0:", "")


@pytest.mark.parametrize(
    ("error", "french"),
    [
        (gaierror(), "le nom mail.example est introuvable : vérifiez-le, ainsi que le réseau de la machine"),
        (TimeoutError(), "aucune réponse de mail.example:25 en 2,5 s"),
        (ConnectionRefusedError(), "aucun serveur n'écoute à mail.example:25 (connexion refusée)"),
        (ConnectionResetError(), "mail.example:25 a fermé la connexion"),
    ],
)
def test_a_receiver_that_cannot_be_reached(error: OSError, french: str) -> None:
    assert in_french(describe_error(error, "mail.example", 25, 2.5)) == french


@pytest.mark.parametrize(
    ("reason", "french"),
    [
        (
            "Slack asks for fewer messages (HTTP 429: slow down)",
            "Slack demande moins de messages (HTTP 429: slow down)",
        ),
        (
            "the answer is a web page: check webhook_url, the proxy and the network's login page (HTTP 200: <html>)",
            "la réponse est une page web : vérifiez webhook_url, le proxy et la page de connexion du réseau (HTTP 200: <html>)",
        ),
        (
            "mail.example:25 refused the login of vigie; check username and password: 535 no",
            "mail.example:25 a refusé la connexion de vigie ; vérifiez username et password : 535 no",
        ),
        ("mail.example:25 refused a@example.com (550 unknown)", "mail.example:25 a refusé a@example.com (550 unknown)"),
        ("mail.example:25 refused the message: 554 no", "mail.example:25 a refusé le message : 554 no"),
        (
            "mail.example:25 refused the sender a@example.com; set `from` to an address it accepts: 550 no",
            "mail.example:25 a refusé l'expéditeur a@example.com ; réglez from sur une adresse qu'il accepte : 550 no",
        ),
        ("the service did not answer within 30 s", "le service n'a pas répondu en 30 s"),
        ("the service did not accept the message: no", "le service n'a pas accepté le message : no"),
        ("the settings have no channel called old any more", "les réglages n'ont plus de canal old"),
    ],
)  # fmt: skip
def test_a_message_that_was_not_accepted(reason: str, french: str) -> None:
    assert in_french(reason) == french


def test_every_part_of_the_pipeline_has_a_name_in_every_language() -> None:
    for texts in TRANSLATIONS.values():
        assert set(texts.subjects) == set(get_args(Subject))
