"""What the command line does by itself, without a pass: silences and what it refuses."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.kpis import catalogue
from pipelines.ledger import Ledger
from pipelines.watch.reading import Reading, frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series

SETTINGS = """
company: {name: Lumen, timezone: Europe/Paris}
rules:
  - {name: csat-floor, kpi: csat, grain: week, by: channel, below: 0.8}
  - {name: backlog-ceiling, kpi: backlog, grain: week, above: 100}
"""
RULE = Rule.model_validate({"name": "csat-floor", "kpi": "csat", "grain": "week", "by": "channel", "below": 0.8})

Vigie = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def vigie(tmp_path: Path, home: Path) -> Vigie:
    settings = tmp_path / "settings.yaml"
    settings.write_text(SETTINGS, encoding="utf-8")

    def run(command: str, *arguments: str) -> Result:
        return CliRunner().invoke(app, [command, *arguments, "--settings", str(settings), "--home", str(home)])

    return run


@pytest.fixture
def alert_id(home: Path) -> str:
    """The id of an open alert of the segment chat."""
    reading = Reading("csat", "week", date(2024, 1, 1), "channel", "chat", 0.5, None, None, 100, None, None, True)
    now = datetime.now(UTC)
    changes = evaluate_series(RULE, catalogue.load()["csat"], frame_of([reading]), {}, now)
    with Ledger(home / "ledger.db") as ledger:
        ledger.record_pass(changes, [], now)
    return changes[0].events[0].alert_id


def test_the_version() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output.split()[0]) == (0, "vigie")


def test_where_nothing_has_run_nothing_can_be_silent(vigie: Vigie, home: Path) -> None:
    assert vigie("silence").exit_code == 2
    assert not home.exists()


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59:59-05:00"])
def test_a_moment_outside_of_history_is_refused(vigie: Vigie, moment: str) -> None:
    result = vigie("run", "--as-of", moment)
    assert (result.exit_code, "outside the years" in " ".join(result.output.split())) == (2, True)


def test_what_others_wrote_does_not_reach_the_terminals_controls(vigie: Vigie, home: Path, alert_id: str) -> None:
    vigie("silence", alert_id, "--for", "3d", "--reason", "\x1b[31mred\x1b]0;title\x07 \u202ereversed")
    output = vigie("silence").output
    assert "[31mred" in output
    assert not set(output) & {"\x1b", "\x07", "\u202e"}


def test_a_rule_falls_silent_for_a_while(vigie: Vigie, home: Path, alert_id: str) -> None:
    assert alert_id
    assert "Nothing is silent" in vigie("silence").output
    before = datetime.now(UTC)
    result = vigie("silence", "csat-floor", "--for", "3d", "--reason", "[bold]a move of offices")
    assert result.exit_code == 0
    assert "[bold]a move of offices" in result.output
    with Ledger(home / "ledger.db") as ledger:
        [silence] = ledger.silences(datetime.now(UTC))
    assert (silence.rule, silence.segment) == ("csat-floor", None)
    assert before + timedelta(days=3) <= silence.until <= datetime.now(UTC) + timedelta(days=3)
    assert "csat-floor is over" in vigie("silence", "csat-floor", "--end").output
    assert "Nothing is silent" in vigie("silence").output
    assert vigie("silence", "csat-floor", "--end").exit_code == 2


def test_an_alert_falls_silent_and_says_so(vigie: Vigie, home: Path, alert_id: str) -> None:
    [alert] = json.loads(vigie("alerts", "--json").output)
    assert alert["silent_until"] is None
    year = datetime.now(UTC).year + 1
    assert vigie("silence", alert_id, "--until", f"{year}-01-15T09:00", "--reason", "planned").exit_code == 0
    with Ledger(home / "ledger.db") as ledger:
        [silence] = ledger.silences(datetime.now(UTC))
    # The time was typed on the company's clocks.
    assert (silence.segment, silence.until) == ("chat", datetime(year, 1, 15, 8, 0, tzinfo=UTC))
    assert "silent" in vigie("alerts").output
    [alert] = json.loads(vigie("alerts", "--json").output)
    assert alert["silent_until"].startswith(f"{year}-01-15")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["csat-flor", "--for", "3d", "--reason", "x"], "did you mean csat-floor?"),
        (["csat-floor", "--for", "3d"], "--reason"),
        (["csat-floor", "--for", "3d", "--reason", " "], "--reason"),
        (["csat-floor", "--reason", "x"], "--for 4h or --until"),
        (["csat-floor", "--for", "3d", "--until", "2030-01-01", "--reason", "x"], "--for 4h or --until"),
        (["csat-floor", "--for", "3", "--reason", "x"], "write 90m, 4h or 3d"),
        (["csat-floor", "--for", "-3d", "--reason", "x"], "write 90m, 4h or 3d"),
        (["csat-floor", "--for", "99999999999d", "--reason", "x"], "write 90m, 4h or 3d"),
        (["csat-floor", "--until", "2020-01-01", "--reason", "x"], "is in the past"),
        (["csat-floor", "--until", "soon", "--reason", "x"], "--until: soon is not a moment"),
        (["csat-floor", "--until", "9999-12-31T23:30:00+00:00", "--reason", "x"], "outside the years"),
        (["csat-floor", "--for", "900000d", "--reason", "x"], "write 90m, 4h or 3d"),
        (["csat-floor", "--segment", "chatt", "--for", "3d", "--reason", "x"], "did you mean chat?"),
        (["csat-floor", "--segment", "", "--for", "3d", "--reason", "x"], "watches no segment ''"),
        (["--for", "3d", "--reason", "x"], "which rule"),
        (["--end"], "which rule"),
    ],
)
def test_a_silence_that_is_refused(vigie: Vigie, home: Path, alert_id: str, arguments: list[str], message: str) -> None:
    assert alert_id
    result = vigie("silence", *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
    with Ledger(home / "ledger.db") as ledger:
        assert ledger.silences(datetime.now(UTC)) == []
