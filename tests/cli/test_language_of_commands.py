"""Commands speak the language of the company: what they show, and what they refuse."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli import app, console
from pipelines.cli.render import words as command_line
from pipelines.export import words as exported
from pipelines.kpis.words import WORDS
from pipelines.services.installation import Installation
from pipelines.warehouse.connection import connect

SETTINGS = """
company: {name: Lumen, timezone: Europe/Paris, language: fr}
channels:
  support: {type: file, path: support.jsonl}
  operators: {type: file, path: operators.jsonl}
sources:
  - name: shop
    type: files
    tables:
      - {entity: order, path: orders.csv, columns: {order_id: id, customer_id: client, ordered_at: at, amount: price}}
      - {entity: customer, path: customers.csv}
exports:
  - {name: weekly, schedule: "0 7 * * 1", format: csv, kpis: [csat], to: {path: exports/}}
rules:
  - {name: csat-floor, kpi: csat, grain: week, below: 0.8}
"""


@pytest.fixture
def company(tmp_path: Path) -> Path:
    (tmp_path / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    rows = "".join(f"{number},c{number},2024-01-01T10:00:00,{number}\n" for number in range(1, 4))
    (tmp_path / "orders.csv").write_text(f"id,client,at,price\n{rows}9,c9,hier,5\n", encoding="utf-8")
    return tmp_path


@pytest.fixture(autouse=True)
def wide_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """The width of a pipe, whatever the terminal in which the tests run."""
    monkeypatch.setattr(console.results, "width", 160)


def vigie(company: Path, *arguments: str) -> Result:
    places = ["--settings", str(company / "settings.yaml"), "--home", str(company / "home")]
    return CliRunner().invoke(app, [*arguments, *places])


def lines(result: Result) -> list[str]:
    """The lines of an answer with plain blanks, without what is English by rule: reasons that are marked so."""
    text = result.output.replace("\u00a0", " ").replace("\u202f", " ")
    return [re.sub(r"\(motif en anglais\).*", "", line) for line in text.splitlines()]


def test_the_catalogue_and_a_kpi_are_in_french(company: Path) -> None:
    catalogue = vigie(company, "kpi")
    assert re.search(r"indicateur +libellé +unité +meilleur si +formule", catalogue.output)
    assert re.search(r"csat +Satisfaction client", catalogue.output)
    assert "plus haut" in catalogue.output
    kpi = vigie(company, "kpi", "csat")
    found = [line.split("  ")[0].strip() for line in lines(kpi)]
    for heading in ("formule", "unité", "meilleur si", "segments", "définitif", "nécessite", "source"):
        assert heading in found
    assert "Pas de valeur :" in found
    assert "- aucune source ne fournit survey_response" in lines(kpi)
    assert "order ou (deal.amount et deal.is_won et deal.closed_at)" in vigie(company, "kpi", "revenue").output


def test_values_of_a_kpi_are_in_french(company: Path) -> None:
    installation = Installation(company / "settings.yaml", company / "home")
    with connect(installation.home.warehouse) as warehouse:
        warehouse.execute(
            "CREATE TABLE fct_kpi AS SELECT 'csat' AS kpi, 'month' AS grain, 'all' AS segment_type, 'all' AS segment,"
            " m AS period_start, v AS value, 10.0 AS numerator, NULL::DOUBLE AS denominator, 1200 AS sample_size,"
            " 0.4 AS ci_low, 0.6 AS ci_high, v IS NULL AS is_complete, NULL::DOUBLE AS previous_value,"
            " NULL::DOUBLE AS previous_year_value, NULL::DOUBLE AS target"
            " FROM (VALUES (DATE '2025-01-01', 0.5), (DATE '2025-02-01', NULL)) AS months(m, v)"
        )
    found = " ".join(" ".join(lines(vigie(company, "kpi", "csat"))).split())
    assert "mois valeur n intervalle à 95 % 2025-01 50 % 1 200 40 % à 60 % incomplet" in found
    assert "2025-02 pas de données" in found


def test_a_preview_is_in_french_and_marks_english_reasons(company: Path) -> None:
    (company / "customers.csv").write_text("customer_id\nc1\n", encoding="utf-8")
    found = lines(vigie(company, "preview"))
    assert "  3 lignes, 1 en quarantaine" in found
    assert "  Motifs (en anglais) :" in found
    assert any(line.startswith("  ! 1 ligne en quarantaine, ordered_at : ") for line in found)
    assert any(re.match(r"  1 fichier : orders.csv \(\d+ octets, ", line) for line in found)
    (company / "customers.csv").unlink()
    assert f"  ✗ aucun fichier ne correspond à customers.csv (cherché dans {company})" in lines(
        vigie(company, "preview", "shop.customer")
    )


def test_doctor_and_channels_are_in_french(company: Path) -> None:
    (company / "customers.csv").write_text("customer_id\nc1\n", encoding="utf-8")
    found = lines(vigie(company, "doctor"))
    assert f"ok    dossier {company / 'home'}" in found
    assert "ok    source shop : 4 lignes, 1 en quarantaine" in found
    remark = found.index("     Motifs (en anglais) :") + 1
    assert found[remark].startswith("     ! order : 1 en quarantaine, ")
    assert "ok    canal support" in found
    (company / "customers.csv").unlink()
    failed = lines(vigie(company, "doctor"))
    reason = f"aucun fichier ne correspond à customers.csv (cherché dans {company})"
    assert f"ÉCHEC source shop : customer : {reason}" in failed
    listed = " ".join(" ".join(lines(vigie(company, "channels"))).split())
    assert "canal type reçoit support file csat-floor operators file échecs du traitement" in listed
    assert lines(vigie(company, "channels", "test", "support"))[0].startswith("ok     support (file) : ")


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["ack", "abc"], "Alerte inconnue : abc. `vigie alerts` affiche les identifiants."),
        (["unack", "abc"], "Alerte inconnue : abc. `vigie alerts` affiche les identifiants."),
        (["silence", "csat-flor", "--for", "1d", "--reason", "x"],
         "csat-flor n'est ni une règle ni une alerte en cours ; peut-être csat-floor ? Les règles sont : csat-floor."),
        (["silence", "csat-floor", "--for", "1d"], "Donnez le motif avec --reason ; il est affiché avec les alertes."),
        (["silence", "csat-floor", "--for", "demain", "--reason", "x"],
         "--for : demain n'est pas une durée ; écrivez 90m, 4h ou 3d"),
        (["silence", "csat-floor", "--until", "2020-01-01", "--reason", "x"], "--until : 2020-01-01 est passé"),
        (["silence", "csat-floor", "--end"],
         "Aucune mise en sourdine de csat-floor ; `vigie silence` les énumère toutes."),
        (["silence", "--end"], "Indiquez la règle ou l'alerte ; `vigie alerts` et les réglages les énumèrent."),
        (["alerts", "--rule", "csat"], "Règle inconnue : csat."),
        (["alerts", "--since", "hier"],
         "--since : hier n'est pas un moment ; écrivez 2026-01-05T06:00:00 ou 2026-01-05T06:00:00+01:00"),
        (["kpi", "csatt"], "Indicateur inconnu : csatt ; peut-être csat ? `vigie kpi` les affiche tous."),
        (["channels", "test", "suport"],
         "Canal inconnu : suport ; peut-être support ? Les réglages contiennent : support, operators."),
        (["preview", "shop.deal"], "Table inconnue de shop : deal. Les réglages contiennent : customer, order."),
        (["backtest", "--from", "2024"], "--from : 2024 n'est pas un jour ; écrivez 2025-12-31"),
        (["export", "month"], "Export inconnu : month. Les réglages contiennent : weekly."),
        (["run", "--source", "shp"], "Source inconnue : shp ; peut-être shop ? Les réglages contiennent : shop."),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_in_french(company: Path, arguments: list[str], answer: str) -> None:
    if arguments[0] in ("ack", "unack", "silence", "alerts"):
        with Installation(company / "settings.yaml", company / "home").ledger():
            pass
    result = vigie(company, *arguments)
    assert (result.exit_code, " ".join(" ".join(lines(result)).split())) == (2, answer)


@pytest.mark.parametrize("command", [["ack", "a"], ["silence"], ["alerts"]])
def test_a_home_without_a_run_is_said_in_french(company: Path, command: list[str]) -> None:
    result = vigie(company, *command)
    assert result.exit_code == 2
    assert "n'a pas encore d'alertes : `vigie run` les crée." in " ".join(lines(result))


def test_without_valid_settings_the_catalogue_is_english(company: Path) -> None:
    (company / "settings.yaml").write_text("company: {language: fr}\n", encoding="utf-8")
    result = vigie(company, "kpi")
    assert result.exit_code == 0
    assert "Customer satisfaction" in result.output


def test_what_workbooks_and_commands_call_the_same_is_written_once() -> None:
    def folded(phrases: dict[str, tuple[str, str]]) -> set[tuple[str, str]]:
        found = {tuple(phrase.casefold().rstrip(".") for phrase in both) for both in phrases.values()}
        return {(english, french) for english, french in found if any(map(str.isalpha, english))}

    own = {"command line": folded(dict(command_line._OWN)), "exported": folded(dict(exported._OWN))}
    shared = folded(dict(WORDS))
    assert own["command line"] & own["exported"] == set()
    assert {name: phrases & shared for name, phrases in own.items()} == {"command line": set(), "exported": set()}
