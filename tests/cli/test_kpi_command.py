"""`vigie kpi NAME`: what a KPI needs, and why it has no values, before and after a load."""

import json
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


def test_without_settings_the_definition_is_shown(vigie: Vigie, tmp_path: Path) -> None:
    result = vigie("csat", settings=tmp_path / "none")
    assert result.exit_code == 0
    assert "No values yet: `vigie run` computes them." in result.output


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
