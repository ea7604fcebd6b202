"""A clock that was ahead once, and has been set back, must not hold messages or break what is stored."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ledger_samples import LEASE, NOW, RULE, at, deliver, notice, run_pass, silence

from pipelines.ledger import Ledger, Outage

AHEAD = [timedelta(hours=2), timedelta(days=2), timedelta(days=30)]


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_message_that_failed_while_the_clock_was_ahead_is_sent_at_once(ledger: Ledger, ahead: timedelta) -> None:
    ledger.enqueue([notice("a", NOW + ahead)])
    ledger.claim(NOW + ahead, LEASE, 10)
    assert ledger.mark_failed("id of a", NOW + ahead, "busy", can_retry=True) == "pending"
    assert ledger.has_due_message(NOW)
    assert deliver(ledger, NOW) == ["a"]


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_message_created_while_the_clock_was_ahead_is_sent_at_once(ledger: Ledger, ahead: timedelta) -> None:
    ledger.enqueue([notice("a", NOW + ahead)])
    assert deliver(ledger, NOW) == ["a"]


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_claim_that_was_never_finished_while_the_clock_was_ahead_is_taken_over(
    ledger: Ledger, ahead: timedelta
) -> None:
    ledger.enqueue([notice("a")])
    assert len(ledger.claim(NOW + ahead, LEASE, 10)) == 1
    assert ledger.claim(NOW, LEASE, 10) == [replace(notice("a"), doubtful=True)]


def test_the_back_off_counts_again_after_the_clock_is_right(ledger: Ledger) -> None:
    ahead = NOW + timedelta(days=30)
    ledger.enqueue([notice("a", ahead)])
    ledger.claim(ahead, LEASE, 10)
    ledger.mark_failed("id of a", ahead, "busy", can_retry=True)
    assert len(ledger.claim(NOW, LEASE, 10)) == 1
    assert ledger.mark_failed("id of a", NOW, "busy", can_retry=True) == "pending"
    assert not ledger.has_due_message(NOW + timedelta(seconds=59))
    assert ledger.has_due_message(NOW + timedelta(seconds=60))


def test_a_wait_that_the_receiver_asked_for_is_kept(ledger: Ledger) -> None:
    ledger.enqueue([notice("a")])
    ledger.claim(NOW, LEASE, 10)
    assert ledger.mark_failed("id of a", NOW, "busy", can_retry=True, retry_after=2 * 86_400) == "pending"
    assert not ledger.has_due_message(at(47))
    assert ledger.has_due_message(at(48))


def test_an_alert_that_fired_in_the_future_can_be_resolved_now(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7], at(720))
    [item] = ledger.undelivered(NOW)
    assert deliver(ledger, NOW) == [item.item.dedup_key]
    assert run_pass(ledger, [0.9, 0.7, 0.9], NOW) == 1
    assert [(row["fired_at"], row["resolved_at"]) for row in ledger.alerts()] == [(at(720), NOW)]
    assert [state.status for state in ledger.states(RULE.name).values()] == ["ok"]
    [sent] = deliver(ledger, NOW)
    assert "/resolved/" in sent


def test_a_silence_from_the_future_mutes_nothing_now_and_can_be_ended(ledger: Ledger) -> None:
    ledger.silence(replace(silence(), since=at(720), until=at(744)))
    run_pass(ledger, [0.9, 0.7], NOW)
    assert ledger.silences(NOW) == []
    assert len(deliver(ledger, NOW)) == 1
    assert ledger.end_silence("csat-floor", None, NOW) == 1
    assert ledger.silences(at(721)) == []


def test_a_silence_replaces_one_from_the_future(ledger: Ledger) -> None:
    ledger.silence(replace(silence(), since=at(720), until=at(744)))
    ledger.silence(silence(hours=4))
    assert ledger.silences(NOW) == [silence(hours=4)]
    assert ledger.silences(at(721)) == []


def test_an_outage_from_the_future_does_not_end_before_it_began(ledger: Ledger) -> None:
    began = ledger.record_outcome("source", "crm", failed=True, now=at(720))
    assert began is not None
    ended = ledger.record_outcome("source", "crm", failed=False, now=NOW)
    assert ended == Outage(began.incident, NOW, 1)
