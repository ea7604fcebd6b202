"""What was opened in PagerDuty is closed there by its key, whatever becomes of its rule or of its channel meanwhile."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pipelines.ledger import Ledger
from pipelines.services.deliver import deliver_messages
from pipelines.services.evaluate import evaluate_rules
from pipelines.services.outages import Outcome, record_outcomes
from tests.notify.slack_workspace import error
from tests.services.company_of_weeks import LOW, NOW, WELL, Company, all_at

RULE: dict[str, Any] = {"name": "csat", "kpi": "csat", "by": "channel", "below": {"warn": 0.8, "critical": 0.6}}


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """A company with a rule, Slack and PagerDuty."""
    with ExitStack() as running:
        company = Company(tmp_path, running)
        channels = {name: company.settings["channels"][name] for name in ("slack", "pager")}
        company.write(rules=[RULE], channels=channels)
        yield company


@pytest.fixture
def ledger(company: Company) -> Iterator[Ledger]:
    with company.installation.ledger() as ledger:
        yield ledger


def run(company: Company, ledger: Ledger, *rules: dict[str, Any]) -> int:
    """A pass under these rules; returns how many messages are new."""
    company.write(rules=list(rules))
    messages = evaluate_rules(company.installation, ledger, NOW).messages
    assert deliver_messages(company.installation, ledger).problems == []
    return messages


def test_a_rule_that_is_removed_for_a_pass_reports_what_is_open_when_it_returns(
    company: Company, ledger: Ledger
) -> None:
    company.week(ledger, channel={"chat": WELL})
    company.week(ledger, channel={"chat": LOW})
    for number in (1, 2):
        # The incident is closed, and nobody is bothered.
        assert run(company, ledger) == 1
        assert (company.triggered(), len(ledger.open_alerts())) == (0, 0)
        assert run(company, ledger) == 0
        assert run(company, ledger, RULE) == 2
        assert (company.triggered(), len(ledger.open_alerts())) == (1, 1)
        assert run(company, ledger, RULE) == 0
        assert len(company.replies()) == number
    company.week(ledger, channel={"chat": WELL})
    assert company.triggered() == 0
    assert [root.split(":")[0] for root in company.roots()] == ["🟢 Resolved"]


def test_a_rule_that_is_removed_before_its_messages_are_sent_sends_one_when_it_returns(
    company: Company, ledger: Ledger
) -> None:
    company.week(ledger, channel={"chat": WELL, "email": WELL})
    company.week(ledger, delivers=False, channel=all_at(LOW, "chat", "email"))
    company.write(rules=[])
    evaluate_rules(company.installation, ledger, NOW)
    assert run(company, ledger, RULE) == 3
    assert (len(company.roots()), len(company.replies()), company.triggered()) == (1, 0, 2)
    assert {tuple(actions) for actions in company.pager.incidents.values()} == {("trigger",)}


def test_a_value_that_is_well_when_the_rule_returns_is_in_no_alert(company: Company, ledger: Ledger) -> None:
    company.week(ledger, channel={"chat": WELL})
    company.week(ledger, channel={"chat": LOW})
    run(company, ledger)
    company.write(rules=[RULE])
    assert company.week(ledger, channel={"chat": WELL}).messages == 0
    assert (company.triggered(), len(ledger.open_alerts())) == (0, 0)


def test_the_incident_of_a_renamed_rule_is_closed(company: Company, ledger: Ledger) -> None:
    company.week(ledger, channel={"chat": WELL})
    company.week(ledger, channel={"chat": LOW})
    [before] = company.pager.incidents
    assert run(company, ledger, RULE | {"name": "satisfaction"}) == 3
    assert company.pager.incidents.pop(before) == ["trigger", "resolve"]
    assert company.triggered() == len(ledger.open_alerts()) == 1
    company.week(ledger, channel={"chat": WELL})
    assert company.triggered() == 0


def test_an_incident_is_closed_when_its_alert_ends_although_the_channel_left_the_rule(
    company: Company, ledger: Ledger
) -> None:
    company.week(ledger, channel=all_at(WELL, "chat", "email"))
    company.week(ledger, channel=all_at(LOW, "chat", "email"))
    assert run(company, ledger, RULE | {"notify": ["slack"]}) == 0
    company.week(ledger, channel={"chat": WELL, "email": LOW})
    assert company.triggered() == 1
    company.week(ledger, channel=all_at(WELL, "chat", "email"))
    assert company.triggered() == 0
    # A relapse is none of its business any more.
    company.week(ledger, channel=all_at(LOW, "chat", "email"))
    assert {tuple(actions) for actions in company.pager.incidents.values()} == {("trigger", "resolve")}


def test_the_first_message_of_a_thread_does_not_call_resolved_what_is_no_longer_watched(
    company: Company, ledger: Ledger
) -> None:
    company.write(rules=[RULE | {"notify": ["slack"]}])
    company.week(ledger, channel=all_at(WELL, "chat", "email", "phone"))
    company.week(ledger, channel=all_at(LOW, "chat", "email", "phone"))
    company.write(rules=[RULE | {"notify": ["slack"], "where": {"channel": ["email", "phone"]}}])
    company.week(ledger, channel=all_at(LOW, "chat") | all_at(WELL, "email") | all_at(LOW, "phone"))
    [root] = [each for each in company.workspace.messages.values() if "thread_ts" not in each]
    shown = json.dumps(root["blocks"], ensure_ascii=False)
    assert root["text"].endswith("1 of 3 alerts open")
    assert "No longer watched" in shown
    assert shown.index("Resolved") < shown.index("email") < shown.index("No longer watched") < shown.index("chat")


def test_a_channel_that_is_added_while_an_alert_fires_does_not_hear_of_its_end_alone(
    company: Company, ledger: Ledger
) -> None:
    company.write(rules=[RULE | {"notify": ["slack"]}])
    company.week(ledger, channel=all_at(WELL, "chat", "email"))
    company.week(ledger, channel=all_at(LOW, "chat", "email"))
    run(company, ledger, RULE)
    # One is well again: of that it has not heard. The other one gets worse: of that it hears, and of its end.
    report = company.week(ledger, channel={"chat": WELL, "email": 0.5})
    assert (report.messages, dict(report.unsent)) == (3, {"unheard": 1})
    assert [*company.pager.incidents.values()] == [["trigger"]]
    company.week(ledger, channel=all_at(WELL, "chat", "email"))
    assert [*company.pager.incidents.values()] == [["trigger", "resolve"]]


def test_a_group_that_fell_back_is_closed_when_all_of_its_alerts_have_ended(company: Company, ledger: Ledger) -> None:
    company.settings["channels"]["slack"]["fallback"] = "pager"
    company.write(rules=[RULE | {"notify": ["slack"]}])
    company.week(ledger, channel=all_at(WELL, "chat", "email"))
    company.workspace.failures["chat.postMessage"] = [error("channel_not_found")]
    company.week(ledger, delivers=False, channel=all_at(LOW, "chat", "email"))
    assert deliver_messages(company.installation, ledger).failed == 1
    assert company.triggered() == 1
    company.week(ledger, channel={"chat": WELL, "email": LOW})
    assert company.triggered() == 1
    company.week(ledger, channel=all_at(WELL, "chat", "email"))
    assert list(company.pager.incidents.values()) == [["trigger", "resolve"]]


def test_the_incident_of_an_outage_is_closed_when_the_source_was_removed(company: Company, ledger: Ledger) -> None:
    company.write(rules=[], channels={"operators": company.settings["channels"]["pager"]})
    source = {"name": "shop", "type": "files", "tables": [{"entity": "order", "path": "orders.csv"}]}
    company.write(sources=[source])
    record_outcomes(company.installation, [Outcome("source", "shop", "it does not answer")])
    assert run(company, ledger) == 0
    assert company.triggered() == 1
    company.write(sources=[])
    assert run(company, ledger) == 1
    assert company.triggered() == 0
