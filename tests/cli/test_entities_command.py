"""`vigie entities`: all entities, one with its columns, with and without settings."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.entities import ENTITIES

SETTINGS = """
company: {name: Lumen}
sources:
  - name: desk
    type: files
    tables:
      - {entity: ticket, path: tickets.csv, columns: {ticket_id: Id, created_at: Created}}
"""

Vigie = Callable[..., Result]


@pytest.fixture
def vigie(tmp_path: Path) -> Vigie:
    settings = tmp_path / "settings.yaml"
    settings.write_text(SETTINGS, encoding="utf-8")

    def run(*arguments: str, settings: Path = settings) -> Result:
        return CliRunner().invoke(app, [*arguments, "--settings", str(settings), "--home", str(tmp_path / "home")])

    return run


def test_the_table_has_every_entity_and_its_sources(vigie: Vigie) -> None:
    result = vigie("entities")
    assert result.exit_code == 0
    lines = {line.split()[0]: line for line in result.output.splitlines() if line and not line.startswith(" ")}
    assert ENTITIES.keys() <= lines.keys()
    assert "desk" in lines["ticket"]
    assert "desk" not in lines["deal"]


def test_an_entity_has_its_columns_with_all_that_is_known_of_them(vigie: Vigie) -> None:
    result = vigie("entities", "ticket")
    assert result.exit_code == 0
    for text in (
        "Filled by desk.",
        "reopen_count  integer of reopenings, 0 or more, e.g. 0",
        "created_at*  timestamp, e.g. 2025-05-12T08:44:00Z",
        "Freshdesk, Freshservice: Resolution status",
        "needed by: sla_attainment",
    ):
        assert text in result.output, text
    assert all(f"\n{name}" in result.output for name in ENTITIES["ticket"].column_names)


def test_json_has_the_same(vigie: Vigie) -> None:
    everything = json.loads(vigie("entities", "--json").stdout)["entities"]
    ticket = json.loads(vigie("entities", "ticket", "--json").stdout)
    assert [entity["name"] for entity in everything] == list(ENTITIES)
    assert ticket in everything
    assert ticket["sources"] == ["desk"]
    [sla] = [column for column in ticket["columns"] if column["name"] == "sla_met"]
    assert sla["needed_by"] == ["sla_attainment"]
    assert sla["vendors"]["Freshdesk"] == ["Resolution status"]
    assert (sla["type"], sla["required"], sla["unit"], sla["example"]) == ("boolean", False, None, "true")


def test_an_unknown_name_is_refused_with_the_nearest(vigie: Vigie) -> None:
    result = vigie("entities", "tickets")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Unknown entity tickets; did you mean ticket?" in result.stderr


def test_neither_settings_nor_home_are_needed(vigie: Vigie, tmp_path: Path) -> None:
    result = vigie("entities", "ticket", settings=tmp_path / "none")
    assert result.exit_code == 0
    assert "so no sources are shown" in result.output
    assert not (tmp_path / "home/warehouse.duckdb").exists()
    assert json.loads(vigie("entities", "ticket", "--json", settings=tmp_path / "none").stdout)["sources"] == []


def test_settings_with_mistakes_do_not_matter(vigie: Vigie, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("company: {nam: Lumen}\n", encoding="utf-8")
    result = vigie("entities", settings=broken)
    assert result.exit_code == 0
    assert "The settings are not valid, so no sources are shown: `vigie check` says why." in result.output
