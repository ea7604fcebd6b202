"""`vigie silence`: mutes a rule or an alert, lists and ends silences."""

import json
import shlex
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result

from pipelines.ledger import Ledger
from pipelines.notify.compose.parts import CompanyFacts, alert_footer
from pipelines.notify.message import Command

Vigie = Callable[..., Result]


def test_home_without_a_run_has_no_silences(vigie: Vigie, home: Path) -> None:
    assert vigie("silence").exit_code == 2
    assert not home.exists()


def test_control_characters_of_a_reason_are_removed(vigie: Vigie, home: Path, alert_id: str) -> None:
    vigie("silence", alert_id, "--for", "3d", "--reason", "\x1b[31mred\x1b]0;title\x07 \u202ereversed")
    output = vigie("silence").output
    assert "[31mred" in output
    assert not set(output) & {"\x1b", "\x07", "\u202e"}


def test_rule_is_silenced_and_the_silence_ended(vigie: Vigie, home: Path, alert_id: str) -> None:
    assert alert_id
    assert "No active silences" in vigie("silence").output
    before = datetime.now(UTC)
    result = vigie("silence", "csat-floor", "--for", "3d", "--reason", "[bold]a move of offices")
    assert result.exit_code == 0
    assert "[bold]a move of offices" in result.output
    with Ledger(home / "ledger.db") as ledger:
        [silence] = ledger.silences(datetime.now(UTC))
    assert (silence.rule, silence.segment) == ("csat-floor", None)
    assert before + timedelta(days=3) <= silence.until <= datetime.now(UTC) + timedelta(days=3)
    assert "The silence on csat-floor has ended." in vigie("silence", "csat-floor", "--end").output
    assert "No active silences" in vigie("silence").output
    assert vigie("silence", "csat-floor", "--end").exit_code == 2


def test_silences_are_listed_and_ended_by_the_beginning_of_an_id(vigie: Vigie, alert_id: str) -> None:
    listed = vigie("silence", alert_id[:6], "--for", "3d", "--reason", "a move", "--json")
    [silence] = json.loads(listed.stdout)["silences"]
    assert (silence["rule"], silence["segment"], silence["reason"]) == ("csat-floor", "chat", "a move")
    assert json.loads(vigie("silence", "--json").stdout)["silences"] == [silence]
    assert json.loads(vigie("silence", alert_id[:6], "--end", "--json").stdout) == {"silences": []}


def test_silenced_alert_has_its_status(vigie: Vigie, home: Path, alert_id: str) -> None:
    [alert] = json.loads(vigie("alerts", "--json").output)["alerts"]
    assert alert["silent_until"] is None
    year = datetime.now(UTC).year + 1
    assert vigie("silence", alert_id, "--until", f"{year}-01-15T09:00", "--reason", "planned").exit_code == 0
    with Ledger(home / "ledger.db") as ledger:
        [silence] = ledger.silences(datetime.now(UTC))
    # The time is in the company's time zone.
    assert (silence.segment, silence.until) == ("chat", datetime(year, 1, 15, 8, 0, tzinfo=UTC))
    assert "silenced" in vigie("alerts").output
    [alert] = json.loads(vigie("alerts", "--json").output)["alerts"]
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
        (["csat-floor", "--until", "soon", "--reason", "x"], "--until: soon is not a timestamp"),
        (["csat-floor", "--until", "9999-12-31T23:30:00+00:00", "--reason", "x"], "outside the years"),
        (["csat-floor", "--for", "900000d", "--reason", "x"], "write 90m, 4h or 3d"),
        (["csat-floor", "--segment", "chatt", "--for", "3d", "--reason", "x"], "did you mean chat?"),
        (["csat-floor", "--segment", "", "--for", "3d", "--reason", "x"], "has no segment ''"),
        (["--for", "3d", "--reason", "x"], "Name the rule"),
        (["--end"], "Name the rule"),
    ],
)
def test_incomplete_or_wrong_silence_is_refused(
    vigie: Vigie, home: Path, alert_id: str, arguments: list[str], message: str
) -> None:
    assert alert_id
    result = vigie("silence", *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
    with Ledger(home / "ledger.db") as ledger:
        assert ledger.silences(datetime.now(UTC)) == []


def test_the_commands_in_a_message_do_what_they_say(vigie: Vigie, alert_id: str) -> None:
    company = CompanyFacts("Atelier Lumen", "en", "EUR", "Europe/Paris")
    commands = [
        each.text for each in alert_footer(company, alert_id, "week", is_open=True) if isinstance(each, Command)
    ]
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "vigie"
        result = vigie(*arguments)
        assert result.exit_code == 0, result.output
    [alert] = json.loads(vigie("alerts", "--json").output)["alerts"]
    assert alert["acknowledged_at"]
    assert alert["silent_until"]
