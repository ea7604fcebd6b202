"""`vigie kpi NAME`: what a KPI needs, and why it has no values, before and after a load."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from rich.console import Console
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.cli.render.kpis import catalogue_table
from pipelines.kpis.formatting import Language
from pipelines.services.ingest import ingest_source
from pipelines.services.installation import Installation
from pipelines.sources import open_source
from pipelines.sources.files.settings import FilesSource
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder
from pipelines.warehouse.connection import connect

SETTINGS = """
company: {name: Lumen}
sources:
  - name: desk
    type: files
    tables:
      - entity: ticket
        path: tickets.csv
        columns: {ticket_id: Id, created_at: Created, resolved_at: Solved}
"""
GOOD = "Id,Created,Solved\n1,2025-01-01T10:00:00Z,2025-01-02T10:00:00Z\n"
BAD = "Id,Created,Solved\n1,yesterday,2025-01-02T10:00:00Z\n2,today,\n"

Vigie = Callable[..., Result]


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    (tmp_path / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    return Installation(tmp_path / "settings.yaml", tmp_path / "home")


@pytest.fixture
def vigie(installation: Installation) -> Vigie:
    def run(*arguments: str, settings: Path = installation.settings_path) -> Result:
        return CliRunner().invoke(
            app, ["kpi", *arguments, "--settings", str(settings), "--home", str(installation.home_path)]
        )

    return run


def write_extract(installation: Installation, content: str) -> None:
    (installation.base / "tickets.csv").write_text(content, encoding="utf-8")


def load(installation: Installation) -> None:
    [source] = installation.settings().sources
    ingest_source(installation, source, {"ticket"})


def reasons(vigie: Vigie, kpi: str) -> list[tuple[str, list[str]]]:
    content: dict[str, Any] = json.loads(vigie(kpi, "--json").stdout)
    assert content["values"] == []
    return [(reason["cause"], reason["missing"]) for reason in content["no_values"]]


def test_the_definition_says_what_the_kpi_needs(vigie: Vigie) -> None:
    result = vigie("sla_attainment")
    assert result.exit_code == 0
    assert "ticket.resolved_at or ticket.closed_at" in result.output
    content = json.loads(vigie("sla_attainment", "--json").stdout)
    assert content["needs"] == [[["ticket.resolved_at"], ["ticket.closed_at"]], [["ticket.sla_met"]]]
    assert content["unit"] == "ratio"


def test_a_kpi_that_segments_cannot_explain_says_why(vigie: Vigie) -> None:
    assert "none: no sum over segments" in vigie("resolution_time_p50").output
    assert "drivers" not in vigie("csat").output
    [found] = [kpi for kpi in json.loads(vigie("--json").output)["kpis"] if kpi["name"] == "channel_share"]
    assert found["no_drivers"] == "share_of_all"


def test_the_catalogue_as_json_has_every_kpi_with_its_needs(vigie: Vigie) -> None:
    catalogue = json.loads(vigie("--json").stdout)["kpis"]
    assert {"csat", "revenue"} <= {kpi["name"] for kpi in catalogue}
    # Two are about loads, whatever they are of.
    assert {kpi["name"] for kpi in catalogue if not kpi["needs"]} == {"error_rate", "freshness"}


def test_reasons_follow_the_way_from_the_settings_to_a_load(vigie: Vigie, installation: Installation) -> None:
    assert reasons(vigie, "csat") == [("no_source", ["survey_response"])]
    # Nothing of the source is known before it can be read.
    assert reasons(vigie, "resolution_time") == [("not_readable", ["ticket.resolved_at", "ticket.closed_at"])]
    write_extract(installation, GOOD)
    assert reasons(vigie, "resolution_time") == [("not_loaded", ["ticket.resolved_at"])]
    assert reasons(vigie, "ticket_age") == [("not_mapped", ["ticket.closed_at"])]
    assert reasons(vigie, "sla_attainment") == [
        ("not_loaded", ["ticket.resolved_at"]),
        ("not_mapped", ["ticket.sla_met"]),
    ]
    assert not installation.home_path.joinpath("raw").exists()
    load(installation)
    assert reasons(vigie, "resolution_time") == [("not_built", ["ticket.resolved_at"])]
    assert reasons(vigie, "ticket_age") == [("not_mapped", ["ticket.closed_at"])]


def test_rejected_rows_are_a_reason(vigie: Vigie, installation: Installation) -> None:
    write_extract(installation, BAD)
    load(installation)
    assert reasons(vigie, "resolution_time") == [("quarantined", ["ticket.resolved_at"])]
    result = vigie("resolution_time")
    assert "all 2 rows of desk for ticket were rejected: `vigie preview desk.ticket` shows why" in result.output


def test_a_column_that_is_mapped_after_the_load_is_not_loaded(vigie: Vigie, installation: Installation) -> None:
    write_extract(installation, GOOD)
    load(installation)
    changed = SETTINGS.replace("resolved_at: Solved", "resolved_at: Solved, closed_at: Solved")
    installation.settings_path.write_text(changed, encoding="utf-8")
    assert reasons(vigie, "ticket_age") == [("not_loaded", ["ticket.closed_at"])]


def test_amounts_without_an_exchange_rate_are_a_warning(vigie: Vigie, installation: Installation) -> None:
    with connect(installation.home.warehouse) as warehouse:
        warehouse.execute(
            "CREATE TABLE fct_kpi AS SELECT 'revenue' AS kpi, 'month' AS grain, 'all' AS segment_type, 'all' AS segment,"
            " DATE '2025-01-01' AS period_start, 10.0 AS value, 10.0 AS numerator, NULL::DOUBLE AS denominator,"
            " 1 AS sample_size, NULL::DOUBLE AS ci_low, NULL::DOUBLE AS ci_high, true AS is_complete,"
            " NULL::DOUBLE AS previous_value, NULL::DOUBLE AS previous_year_value, NULL::DOUBLE AS target"
        )
        warehouse.execute(
            "CREATE TABLE fct_unconverted_amount AS SELECT 'order' AS entity, 'shop' AS source,"
            " 'USD' AS original_currency, DATE '2025-01-05' AS sold_on, 3 AS sales, 99.5::DECIMAL(38, 6) AS original_amount"
        )
    content = json.loads(vigie("revenue", "--json").stdout)
    assert ([reading["value"] for reading in content["values"]], content["no_values"]) == ([10.0], [])
    [warning] = content["warnings"]
    assert warning.startswith("3 orders of shop worth 99.50 USD, on 2025-01-05, are missing from the KPIs")
    assert "Rules on amounts wait for it" in vigie("revenue").output


def test_without_settings_the_definition_is_shown_and_what_is_missing(vigie: Vigie, tmp_path: Path) -> None:
    result = vigie("csat", settings=tmp_path / "none")
    assert result.exit_code == 0
    assert "Share of answers in the top of the scale" in result.output
    assert f"{tmp_path / 'none'}: no such file or folder; pass the settings file" in result.output.replace("\n", "")
    [reason] = json.loads(vigie("csat", "--json", settings=tmp_path / "none").stdout)["no_values"]
    assert reason["cause"] == "no_settings"


def build(installation: Installation, rows: str) -> None:
    """Writes rows of KPI values as a build of 5 January 2025 has them."""
    with connect(installation.home.warehouse) as warehouse:
        warehouse.execute(
            "CREATE TABLE fct_kpi (kpi VARCHAR, grain VARCHAR, segment_type VARCHAR, segment VARCHAR, period_start DATE,"
            " value DOUBLE, numerator DOUBLE, denominator DOUBLE, sample_size BIGINT, ci_low DOUBLE, ci_high DOUBLE,"
            " is_complete BOOLEAN, previous_value DOUBLE, previous_year_value DOUBLE, target DOUBLE)"
        )
        warehouse.execute(
            "INSERT INTO fct_kpi (kpi, grain, segment_type, segment, period_start, value, sample_size, ci_low, ci_high,"
            f" is_complete) VALUES {rows}"
        )
        warehouse.execute("CREATE SCHEMA control")
        warehouse.execute("CREATE TABLE control.run AS SELECT TIMESTAMPTZ '2025-01-05T10:00:00Z' AS as_of")


def test_values_of_a_running_period_say_when_it_is_complete(vigie: Vigie, installation: Installation) -> None:
    build(installation, "('duplicate_rate', 'month', 'all', 'all', DATE '2025-01-01', 0.5, 2, NULL, NULL, false)")
    expected = (
        "No month is complete yet: values begin with January 2025. January 2025 is complete from 1 February 2025 on, once"
        " its data is loaded."
    )
    assert expected in vigie("duplicate_rate").output
    assert json.loads(vigie("duplicate_rate", "--json").stdout)["waits_for"] == expected


def test_values_by_grain_dimension_and_number_of_periods(vigie: Vigie, installation: Installation) -> None:
    weeks = [
        f"('csat', 'week', 'channel', '{channel}', DATE '{week}', 0.5, 2, NULL, NULL, true)"
        for channel in ("chat", "unknown")
        for week in ("2024-12-16", "2024-12-23", "2024-12-30")
    ]
    whole = "('csat', 'week', 'all', 'all', DATE '2024-12-16', 0.5, 2, NULL, NULL, true)"
    build(installation, ", ".join([whole, *weeks]))
    arguments = ["csat", "--grain", "week", "--by", "channel", "--periods", "2"]
    content = json.loads(vigie(*arguments, "--json").stdout)
    assert [(each["period_start"], each["segment"]) for each in content["values"]] == [
        ("2024-12-23", "chat"), ("2024-12-23", "unknown"), ("2024-12-30", "chat"), ("2024-12-30", "unknown"),
    ]  # fmt: skip
    output = vigie(*arguments).output
    assert re.search(r"week +channel +value", output)
    assert re.search(r"2025-W01 +unknown channel +50%", output)
    assert "2024-W51" not in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["csat", "--grain", "mont"], "Unknown grain mont; did you mean month? The grains are: day, week, month,"),
        (
            ["csat", "--by", "chanel"],
            "csat has no segments by chanel; did you mean channel? Its segments are by: channel,",
        ),
        (["csat", "--by", "product"], "csat has no segments by product. Its segments are by: channel,"),
        (["Customer satisfaction"], "did you mean csat (Customer satisfaction (CSAT))?"),
        (["durée de resolution"], "Unknown KPI durée de resolution"),
        (["taux de rebond"], "did you mean bounce_rate (Bounce rate)?"),
    ],
)
def test_mistakes_are_refused_with_the_nearest_names(vigie: Vigie, arguments: list[str], message: str) -> None:
    result = vigie(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr.replace("\n", " ")


def test_an_interval_that_says_nothing_is_not_shown(vigie: Vigie, installation: Installation) -> None:
    build(
        installation,
        "('sales_cycle', 'month', 'all', 'all', DATE '2024-11-01', 37, 2, 0.008, 176390, true),"
        " ('sales_cycle', 'month', 'all', 'all', DATE '2024-12-01', 37, 20, 30, 45, true)",
    )
    output = vigie("sales_cycle").output
    assert re.search(r"2024-11 +37 days +2 +too few to say", output)
    assert re.search(r"2024-12 +37 days +20 +30 days to 45 days", output)


def test_an_unknown_name_is_refused_with_the_nearest(vigie: Vigie) -> None:
    result = vigie("csatt", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Unknown KPI csatt; did you mean csat?" in result.stderr


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("width", [80, 160])
def test_names_are_whole_in_the_catalogue(language: Language, width: int) -> None:
    kpis = load_catalogue(project_folder() / "target")
    console = Console(width=width)
    with console.capture() as capture:
        console.print(catalogue_table(kpis.values(), language, width=width))
    lines = capture.get().splitlines()
    assert max(map(len, lines)) <= width
    assert {line.split()[0] for line in lines if line.startswith("  ") and line.split()[0] in kpis} == set(kpis)
    words = {word for kpi in kpis.values() for word in kpi.label(language).split()}
    shown = {word for line in lines for word in line.split()}
    assert words <= shown


def test_a_source_says_which_keys_map_columns(installation: Installation) -> None:
    [source] = installation.settings().sources
    assert list(open_source(source).mapping_keys("ticket")) == ["columns"]
    query = FilesSource.model_validate(
        {
            "name": "desk",
            "type": "files",
            "tables": [
                {"entity": "ticket", "paths": {"t": "t.csv"}, "sql": "select * from t"},
                {"entity": "ticket", "path": "tickets.csv"},
            ],
        }
    )
    assert list(open_source(query).mapping_keys("ticket")) == ["columns", "sql"]
