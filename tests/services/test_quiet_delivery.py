"""Quiet times when a message is sent, whatever it was when it was queued."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.services.deliver import deliver_messages
from pipelines.services.evaluate import evaluate_rules
from tests.services.company_of_weeks import LOW, NOW, WELL, Company, all_at


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    with ExitStack() as running:
        yield Company(tmp_path, running)


@pytest.mark.parametrize("segments", [("chat",), ("chat", "email")], ids=["one", "a group"])
def test_what_was_queued_before_a_quiet_time_waits_for_its_end(company: Company, segments: tuple[str, ...]) -> None:
    with company.installation.ledger() as ledger:
        company.week(ledger, channel=all_at(WELL, *segments), team={"a": WELL})
        company.week(ledger, delivers=False, channel=all_at(LOW, *segments), team={"a": LOW})
        by_channel, by_team = company.settings["rules"]
        company.write(rules=[{**by_channel, "mute": {"mon-sun": ["00:00-24:00"]}}, by_team])
        report = deliver_messages(company.installation, ledger)
        # The other rule is not quiet.
        [root] = company.roots()
        assert "team a" in root
        assert company.triggered() == len(company.records()) == len(company.mailbox.mails) == 1
        assert (report.sent, report.problems) == (4, [])
        assert {alert["messages_sent"] for alert in ledger.alerts() if alert["rule"] == "csat-by-channel"} == {0}


def test_repetitions_do_not_pile_up_behind_a_message_that_waits(company: Company) -> None:
    company.settings["rules"][0] |= {"repeat_every": "1h", "mute": {"mon-sun": ["00:00-24:00"]}}
    company.write()
    with company.installation.ledger() as ledger:
        company.week(ledger, channel={"chat": WELL})
        company.week(ledger, channel={"chat": LOW})
        for hours in range(1, 5):
            report = evaluate_rules(company.installation, ledger, NOW + timedelta(hours=hours))
            assert (report.messages, report.unsent["waiting"]) == (0, 4)
