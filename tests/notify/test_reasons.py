"""The reasons of failures in French messages are those that the pipeline gives, translated; others say their language."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from notify_samples import FRENCH

from pipelines.notify.compose import PipelineEvent, compose_pipeline
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
