"""What one pass raises, from the KPI tables to the receivers: a Slack workspace, a mail server, PagerDuty and a file."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipelines.ledger import Ledger, OutboxItem, Silence
from pipelines.services.deliver import deliver_messages
from pipelines.services.evaluate import evaluate_rules
from pipelines.watch.state import SeriesChange
from tests.notify.slack_workspace import Failure, error
from tests.services.company_of_weeks import LOW, NOW, WELL, Company, all_at


def numbered(value: float, count: int) -> Mapping[str, float]:
    return {f"t{number:02}": value for number in range(count)}


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    with ExitStack() as running:
        yield Company(tmp_path, running)


@pytest.fixture
def ledger(company: Company) -> Iterator[Ledger]:
    with company.installation.ledger() as ledger:
        yield ledger


def titles_about(ledger: Ledger, segment: str, channel: str = "slack") -> Sequence[str]:
    [alert] = [each for each in ledger.every_alert() if each["segment"] == segment]
    return [each.title for each in ledger.messages_about(alert["alert_id"]) if each.channel == channel]


NAME = "Customer satisfaction (CSAT) by channel"


def test_alerts_of_a_rule_are_one_message_whose_thread_goes_on(company: Company, ledger: Ledger) -> None:
    company.week(ledger, channel=all_at(WELL, "chat", "email", "phone"))
    report = company.week(ledger, channel={"chat": 0.5, "email": LOW, "phone": LOW})
    # One for Slack and one by e-mail, three each for PagerDuty and the file.
    assert (report.fired, report.messages) == (3, 8)
    assert company.roots() == [f"🔴 Critical: {NAME}: 3 alerts (1 critical)"]
    assert company.subjects() == [f"Critical: {NAME}: 3 alerts (1 critical)"]
    assert company.triggered() == 3
    assert sorted(record["segment"] for record in company.records()) == ["chat", "email", "phone"]
    assert all(record["value"] is not None for record in company.records())
    assert titles_about(ledger, "phone") == [f"Critical: {NAME}: 3 alerts (1 critical)"]
    assert {alert["messages_sent"] for alert in ledger.alerts()} == {4}
    # One is well again: the message is a reply, and the first message shows what is still open.
    company.week(ledger, channel={"chat": 0.5, "email": LOW, "phone": WELL})
    assert company.roots() == [f"🔴 Critical: {NAME}: 2 of 3 alerts open"]
    [(_, reply)] = company.replies()
    assert reply.startswith("🟢 Resolved: Customer satisfaction (CSAT) by phone")
    first, second = company.mailbox.mails
    assert second["In-Reply-To"] == first["Message-ID"]
    assert company.triggered() == 2
    # The others together.
    company.week(ledger, channel=all_at(WELL, "chat", "email", "phone"))
    assert company.roots() == [f"🟢 Resolved: {NAME}: 3 alerts"]
    assert [reply for _, reply in company.replies()][1:] == [f"🟢 Resolved: {NAME}: 2 alerts (1 critical)"]
    assert company.triggered() == 0
    assert len(company.records()) == 6
    assert {alert["messages_sent"] for alert in ledger.alerts()} == {8}
    # A relapse of one reopens it in the same thread.
    company.week(ledger, channel={"chat": LOW, "email": WELL, "phone": WELL})
    assert len(company.roots()) == 1
    assert company.roots() == [f"🟠 Warning: {NAME}: 1 of 3 alerts open"]


def test_a_storm_is_one_summary_and_so_is_its_end(company: Company, ledger: Ledger) -> None:
    company.week(ledger, team=numbered(WELL, 25), channel=all_at(WELL, "chat", "email"))
    report = company.week(ledger, team=numbered(0.5, 25), channel=all_at(LOW, "chat", "email"))
    assert (report.fired, report.messages) == (27, 2 + 2 * 27)
    assert company.roots() == ["🔴 Critical: 27 alerts at once (25 critical)"]
    [root] = company.workspace.messages.values()
    shown = json.dumps(root["blocks"], ensure_ascii=False)
    assert "csat-by-team: 25 alerts (25 critical)" in shown
    assert "csat-by-channel: 2 alerts" in shown
    assert len(company.records()) == 27
    # Two of them are well again: a reply, and the summary says how many are left.
    company.week(ledger, team={**numbered(0.5, 25), "t00": WELL, "t01": WELL}, channel=all_at(LOW, "chat", "email"))
    assert company.roots() == ["🔴 Critical: 25 of 27 alerts open"]
    company.week(ledger, team=numbered(WELL, 25), channel=all_at(WELL, "chat", "email"))
    assert company.roots() == ["🟢 Resolved: 27 alerts"]
    assert len(company.replies()) == 2
    assert len(company.mailbox.mails) == 3
    assert company.triggered() == 0


def test_settings_end_grouping(company: Company, ledger: Ledger) -> None:
    company.write(delivery={"group": False})
    company.week(ledger, channel=all_at(WELL, "chat", "email"))
    assert company.week(ledger, channel=all_at(LOW, "chat", "email")).messages == 8
    assert len(company.roots()) == 2


def test_an_evaluation_that_comes_twice_makes_no_message_twice(company: Company, ledger: Ledger) -> None:
    company.week(ledger, channel=all_at(WELL, "chat", "email"))
    assert company.week(ledger, delivers=False, channel=all_at(LOW, "chat", "email")).messages == 6
    assert evaluate_rules(company.installation, ledger, NOW).messages == 0
    # The rule is removed and comes back: its history is evaluated again, its messages are known.
    rules = company.settings["rules"]
    company.write(rules=rules[1:])
    evaluate_rules(company.installation, ledger, NOW)
    company.write(rules=rules)
    assert evaluate_rules(company.installation, ledger, NOW).messages == 0
    deliver_messages(company.installation, ledger)
    assert len(company.roots()) == len(company.mailbox.mails) == 1


def test_acknowledging_one_alert_of_a_group_ends_its_repetition_alone(company: Company, ledger: Ledger) -> None:
    company.settings["rules"][0]["repeat_every"] = "1d"
    company.write()
    company.week(ledger, channel=all_at(WELL, "chat", "email", "phone"))
    company.week(ledger, channel=all_at(LOW, "chat", "email", "phone"))
    [chat] = [alert for alert in ledger.open_alerts() if alert["segment"] == "chat"]
    ledger.acknowledge(chat["alert_id"], NOW)
    report = evaluate_rules(company.installation, ledger, NOW + timedelta(days=1))
    deliver_messages(company.installation, ledger)
    assert report.unsent["acknowledged"] == 1
    [(_, reply)] = company.replies()
    assert reply == f"🟠 Warning: {NAME}: 2 alerts"
    assert len(titles_about(ledger, "chat")) == 1


def test_a_silence_on_one_segment_does_not_hold_a_group_that_waits(company: Company, ledger: Ledger) -> None:
    company.week(ledger, channel=all_at(WELL, "chat", "email"))
    company.week(ledger, delivers=False, channel=all_at(LOW, "chat", "email"))
    now = company.installation.wall_clock()
    ledger.silence(Silence("csat-by-channel", "chat", "planned", now, now + timedelta(hours=1)))
    deliver_messages(company.installation, ledger)
    assert company.roots() == [f"🟠 Warning: {NAME}: 2 alerts"]
    # What follows about the silenced one waits; about the other one it is sent.
    company.week(ledger, channel=all_at(WELL, "chat", "email"))
    assert [reply.split(" back")[0] for _, reply in company.replies()] == [
        "🟢 Resolved: Customer satisfaction (CSAT) by email",
    ]  # fmt: skip
    assert len(titles_about(ledger, "chat")) == 2


def test_segments_that_were_silenced_apart_are_sent_apart(company: Company, ledger: Ledger) -> None:
    company.week(ledger, channel=all_at(WELL, "chat", "email", "phone", "sms"))
    now = company.installation.wall_clock()
    for segment in ("chat", "email"):
        ledger.silence(Silence("csat-by-channel", segment, "planned", now, now + timedelta(hours=1)))
    report = company.week(ledger, channel=all_at(LOW, "chat", "email", "phone", "sms"))
    assert company.roots() == [f"🟠 Warning: {NAME}: 2 alerts"]
    assert report.unsent["silenced"] == 8
    ledger.end_silence("csat-by-channel", "chat", company.installation.wall_clock())
    deliver_messages(company.installation, ledger)
    assert len(company.roots()) == 2


def test_a_group_that_was_not_accepted_is_sent_again_before_what_follows(company: Company, ledger: Ledger) -> None:
    company.week(ledger, channel=all_at(WELL, "chat", "email"))
    company.workspace.failures["chat.postMessage"] = [Failure(500, has_effect=True)]
    company.week(ledger, delivers=False, channel=all_at(LOW, "chat", "email"))
    deliver_messages(company.installation, ledger)
    company.week(ledger, delivers=False, channel={"chat": WELL, "email": LOW})
    deliver_messages(company.installation, ledger)
    # It was accepted and not confirmed: it is found, not posted again, and the reply comes after its back-off.
    assert company.replies() == []
    later = company.installation.wall_clock() + timedelta(minutes=2)
    claimed = ledger.claim(later, timedelta(minutes=5), 10, channel="slack")
    assert [item.doubtful for item in claimed] == [True]
    assert len(claimed[0].alert_ids) == 2


class ContestedLedger(Ledger):
    """A ledger in which another process evaluates the same week before the first one writes."""

    other: Company | None = None

    def record_pass(self, changes: Sequence[SeriesChange], messages: Sequence[OutboxItem], now: datetime) -> int:
        other, self.other = self.other, None
        if other is not None:
            with other.installation.ledger() as ledger:
                assert evaluate_rules(other.installation, ledger, NOW).messages == 6
        return super().record_pass(changes, messages, now)


def test_two_passes_at_the_same_moment_make_a_group_once(company: Company) -> None:
    with ContestedLedger(company.installation.home.ledger) as ledger:
        company.week(ledger, channel=all_at(WELL, "chat", "email"))
        ledger.other = company
        assert company.week(ledger, channel=all_at(LOW, "chat", "email")).messages == 0
        assert company.roots() == [f"🟠 Warning: {NAME}: 2 alerts"]
        assert len(company.mailbox.mails) == 1


def test_a_group_that_is_rejected_for_good_goes_to_the_fallback(company: Company, ledger: Ledger) -> None:
    company.settings["channels"]["slack"]["fallback"] = "mail"
    company.write()
    company.week(ledger, channel=all_at(WELL, "chat", "email"))
    company.workspace.failures["chat.postMessage"] = [error("channel_not_found")]
    company.week(ledger, delivers=False, channel=all_at(LOW, "chat", "email"))
    assert deliver_messages(company.installation, ledger).failed == 1
    assert company.subjects() == [f"Warning: {NAME}: 2 alerts"] * 2
    assert "channel_not_found" in company.mailbox.mails[1].as_string()
    # PagerDuty, the file, the e-mail, and the other e-mail.
    assert {alert["messages_sent"] for alert in ledger.alerts()} == {4}
    # What follows by e-mail answers the first one, not the replacement of Slack's.
    company.week(ledger, channel=all_at(WELL, "chat", "email"))
    first, _, end = company.mailbox.mails
    assert end["In-Reply-To"] == first["Message-ID"]


def test_segments_that_waited_for_the_whole_are_one_message_when_it_is_well(company: Company, ledger: Ledger) -> None:
    whole = {"name": "csat", "kpi": "csat", "below": 0.8}
    company.write(rules=[whole, company.settings["rules"][0]])
    segments = ("chat", "email", "phone")
    company.week(ledger, all={"all": WELL}, channel=all_at(WELL, *segments))
    report = company.week(ledger, all={"all": LOW}, channel=all_at(LOW, *segments))
    assert report.unsent["inhibited"] == 3 * 4
    assert [text.split(" at ")[0] for text in company.roots()] == ["🟠 Warning: Customer satisfaction (CSAT)"]
    # The whole is well, a segment as well; of the others nobody has heard yet.
    company.week(ledger, all={"all": WELL}, channel={**all_at(LOW, *segments), "phone": WELL})
    of_segments = [text for text in company.roots() if NAME in text]
    assert of_segments == [f"🟠 Warning: {NAME}: 2 of 3 alerts open"]
    assert [text.split(" back")[0] for root, text in company.replies() if NAME in root] == [
        "🟢 Resolved: Customer satisfaction (CSAT) by phone",
    ]  # fmt: skip


def test_segments_that_were_well_before_the_whole_are_never_heard_of(company: Company, ledger: Ledger) -> None:
    whole = {"name": "csat", "kpi": "csat", "below": 0.8}
    company.write(rules=[whole, company.settings["rules"][0]])
    company.week(ledger, all={"all": WELL}, channel=all_at(WELL, "chat", "email"))
    company.week(ledger, all={"all": LOW}, channel=all_at(LOW, "chat", "email"))
    company.week(ledger, all={"all": LOW}, channel=all_at(WELL, "chat", "email"))
    company.week(ledger, all={"all": WELL}, channel=all_at(WELL, "chat", "email"))
    assert len(company.roots()) == 1
    assert not any(NAME in text for text in company.roots())
    assert len(titles_about(ledger, "chat")) == 2


def test_a_webhook_gets_a_group_as_well(company: Company, ledger: Ledger) -> None:
    company.settings["channels"] = {"hook": {"type": "slack", "webhook_url": company.workspace.hook_url}}
    company.write()
    company.week(ledger, channel=all_at(WELL, "chat", "email"))
    company.week(ledger, channel=all_at(LOW, "chat", "email"))
    company.week(ledger, channel=all_at(WELL, "chat", "email"))
    assert [body["text"] for body in company.workspace.hooked] == [
        f"🟠 Warning: {NAME}: 2 alerts", f"🟢 Resolved: {NAME}: 2 alerts",
    ]  # fmt: skip
