"""Every command that reports has `--json`: one object on the standard output, nothing else, hostile text escaped."""

import json
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import Result

from pipelines.cli.console import json_text

Vigie = Callable[..., Result]
OpenAlert = Callable[..., str]

# A terminal sequence, an override of the direction, an 8-bit sequence, a line separator, half a character.
HOSTILE = "\x1b[31mred\x07 \u202ereversed \x9b1m \u2028 é"

WAREHOUSE = """
create schema control;
create table control.run (as_of timestamptz);
insert into control.run values ('2024-02-01 00:00:00+00');
create table dim_kpi (kpi varchar, maturity_days integer);
insert into dim_kpi values ('csat', 0);
create table fct_kpi as
select 'csat' as kpi, 'week' as grain, week as period_start, type as segment_type, segment, 0.5::double as value,
    5::double as numerator, 10::double as denominator, 10::bigint as sample_size, null::double as ci_low,
    null::double as ci_high, true as is_complete, null::double as previous_value, null::double as previous_year_value,
    null::double as target, 'none' as status
from (values (date '2024-01-01'), (date '2024-01-08')) weeks (week), (values ('all', 'all'), ('channel', $segment))
    segments (type, segment);
"""


@pytest.fixture
def hostile_home(home: Path, open_alert: OpenAlert, tmp_path: Path) -> str:
    """A home with an alert on a hostile segment, tables, and an extract with a hostile column; returns the alert."""
    its_id = open_alert(f"chat {HOSTILE}")
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        for statement in WAREHOUSE.split(";\n"):
            connection.execute(statement, {"segment": HOSTILE} if "$segment" in statement else None)
    (tmp_path / "orders.csv").write_text(
        f"id,client,at,price\n1,c1,2024-01-01T10:00:00,5\n{HOSTILE},c1,no,5\n", encoding="utf-8"
    )
    (tmp_path / f"extract{HOSTILE[:5]}.csv").write_text("order_id,customer_id,ordered_at,amount\n1,2,2024-01-01,5\n")
    return its_id


CASES: dict[str, tuple[list[str], int, set[str]]] = {
    "check": (["check"], 0, {"valid", "mistakes", "sources", "rules", "channels", "exports"}),
    "preview": (["preview"], 0, {"tables"}),
    "doctor": (["doctor"], 0, {"findings"}),
    "channels": (["channels"], 0, {"channels"}),
    "channels test": (["channels", "test"], 0, {"channels"}),
    "entities": (["entities"], 0, {"entities"}),
    "kpi": (["kpi"], 0, {"kpis"}),
    "alerts": (["alerts"], 0, {"alerts"}),
    "alerts ID": (["alerts", "{alert}"], 0, {"alert"}),
    "ack": (["ack", "{alert}", "--comment", HOSTILE, "--by", HOSTILE], 0, {"acknowledged"}),
    "unack": (["unack", "{alert}"], 0, {"withdrawn"}),
    "silence": (["silence", "{alert}", "--for", "1d", "--reason", HOSTILE], 0, {"silences"}),
    "backtest": (["backtest", "csat-floor"], 0, {"from", "to", "rules"}),
    "rules": (["rules"], 0, {"rules"}),
    "rules suggest": (["rules", "suggest"], 0, {"suggestions", "nothing_suggested"}),
    "export": (
        ["export", "weekly"],
        0,
        {"export", "path", "rows", "sha256", "manifest_path", "removed", "channels", "warning"},
    ),
    "init": (["init", "{extract}", "--to", "{folder}"], 0, {"path", "lines_to_edit", "edits", "tables"}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_command_prints_one_object_and_nothing_else(
    vigie: Vigie, hostile_home: str, tmp_path: Path, name: str
) -> None:
    arguments, status, keys = CASES[name]
    places = {
        "alert": hostile_home[:6],
        "extract": str(next(tmp_path.glob("extract*"))),
        "folder": str(tmp_path / "my"),
    }
    if name == "unack":
        vigie("ack", hostile_home)
    command, *rest = [argument.format(**places) for argument in arguments]
    result = vigie(command, *rest, "--json")
    assert result.exit_code == status, result.output
    # Of these tables nobody knows whether they passed their tests.
    assert result.stderr == "" or (name == "export" and result.stderr.startswith("The tables did not pass"))
    assert set(json.loads(result.stdout)) == keys
    # Apart from the line breaks, no character acts on a terminal.
    assert {unicodedata.category(mark) for mark in set(result.stdout) - {"\n"}}.isdisjoint({"Cc", "Cf", "Cs", "Zl"})


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["alerts", "zz"], 2, "No such alert: zz"),
        (["ack", "zz"], 2, "No such alert: zz"),
        (["silence", "zz", "--for", "1d", "--reason", "x"], 2, "zz is neither a rule nor an open alert"),
        (["backtest", "zz"], 2, "Unknown rule zz"),
        (["export", "zz"], 2, "Unknown export zz"),
        (["preview", "zz"], 2, "Unknown source zz"),
        (["channels", "test", "zz"], 2, "Unknown channel zz"),
        (["run", "--as-of", "zz"], 2, "--as-of: zz is not a timestamp"),
    ],
)
def test_an_error_is_on_the_standard_error_alone(
    vigie: Vigie, hostile_home: str, arguments: list[str], status: int, message: str
) -> None:
    command, *rest = arguments
    result = vigie(command, *rest, "--json")
    assert (result.exit_code, result.stdout) == (status, "")
    assert message in result.stderr


def test_check_lists_the_mistakes_as_data_and_as_text(vigie: Vigie, tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("company: {name: Lumen}\nrulez: []\n", encoding="utf-8")
    result = vigie("check", "--json")
    assert result.exit_code == 2
    found = json.loads(result.stdout)
    assert found["valid"] is False
    [mistake] = found["mistakes"]
    assert (mistake["line"], mistake["key"], mistake["nearest"]) == (2, "rulez", "rules")
    assert mistake["text"] in result.stderr


def test_what_json_does_not_have_is_null_and_moments_are_iso() -> None:
    data = {
        "at": datetime(2024, 1, 1, 7, tzinfo=UTC),
        "numbers": (1.5, float("nan")),
        "path": Path("a"),
        "text": "\ud800",
    }
    text = json_text(data)
    assert '"\\ud800"' in text
    assert json.loads(text) == {
        "at": "2024-01-01T07:00:00+00:00",
        "numbers": [1.5, None],
        "path": "a",
        "text": "\ud800",
    }
    assert json.loads(json_text({"text": "\U000e0041é"})) == {"text": "\U000e0041é"}
    assert "é" in json_text({"text": "é"})
