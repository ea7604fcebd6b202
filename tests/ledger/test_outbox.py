from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from ledger_samples import LEASE, NOW, RULE, at, deliver, evaluate, message, notice, run_pass, silence

from pipelines.ledger import Ledger, LedgerError, OutboxItem
from pipelines.ledger.retry import EXPIRES_AFTER, LONGEST_LEASE


def test_a_known_message_is_not_added_again(ledger: Ledger) -> None:
    assert ledger.enqueue([notice("a"), notice("b"), replace(notice("a"), message_id="second")]) == 2
    assert deliver(ledger) == ["a", "b"]
    assert ledger.enqueue([replace(notice("a"), message_id="another id"), notice("c")]) == 1
    assert deliver(ledger) == ["c"]


def test_thousands_of_messages_are_added_once(ledger: Ledger) -> None:
    many = [notice(f"message {number:05}") for number in range(2_000)]
    assert ledger.enqueue(many[:1_500]) == 1_500
    assert ledger.enqueue(many) == 500
    assert [waiting.item for waiting in ledger.undelivered(NOW)] == many


def test_a_message_is_claimed_as_it_was_added(ledger: Ledger) -> None:
    item = OutboxItem("id", "clé/ü", "heads", None, {"title": "CSAT — 64 %", "drivers": [{"effect": -0.1}]}, NOW)
    ledger.enqueue([item])
    assert ledger.claim(NOW, LEASE, 10) == [item]


def test_moments_are_returned_in_utc_and_naive_ones_are_refused(ledger: Ledger) -> None:
    paris = timezone(timedelta(hours=2))
    ledger.enqueue([notice("from Paris", datetime(2024, 6, 3, 9, 0, tzinfo=paris))])
    [item] = ledger.claim(NOW, LEASE, 10)
    assert item.created_at == NOW
    assert item.created_at.utcoffset() == timedelta(0)
    with pytest.raises(Exception, match="has no time zone"):
        ledger.enqueue([notice("without a time zone", datetime(2024, 6, 3, 9, 0))])


def test_claims_go_by_age_and_stop_at_the_limit(ledger: Ledger) -> None:
    ledger.enqueue([notice(name) for name in "cab"])
    assert [item.dedup_key for item in ledger.claim(NOW, LEASE, 2)] == ["c", "a"]
    assert [item.dedup_key for item in ledger.claim(NOW, LEASE, 2)] == ["b"]
    assert ledger.claim(NOW, LEASE, 2) == []


def test_a_relapse_is_not_sent_before_the_recovery_that_it_follows(ledger: Ledger) -> None:
    run_pass(ledger, [0.9])
    change, messages = evaluate(ledger, [0.9, 0.7, 0.9, 0.9, 0.9, 0.7])
    assert len({item.alert_id for item in messages}) == 2
    ledger.record_pass([change], messages, NOW)
    for expected in messages:
        assert ledger.claim(NOW, LEASE, 10) == [expected]
        assert ledger.claim(NOW, LEASE, 10) == []
        ledger.mark_sent(expected.message_id, NOW)
    assert messages[0].alert_id == messages[1].alert_id


def test_resolved_does_not_overtake_fired(ledger: Ledger) -> None:
    run_pass(ledger, [0.9])
    change, [fired, resolved] = evaluate(ledger, [0.9, 0.7, 0.9])
    elsewhere = [message(event, "log") for event in change.events]
    ledger.record_pass([change], [fired, resolved, *elsewhere], NOW)

    assert ledger.claim(NOW, LEASE, 10) == [fired, elsewhere[0]]
    assert ledger.claim(NOW, LEASE, 10) == []
    ledger.mark_sent(elsewhere[0].message_id, NOW)
    ledger.mark_failed(fired.message_id, NOW, "busy", can_retry=True)
    # The other channel continues; this one waits for the second attempt.
    assert ledger.claim(NOW, LEASE, 10) == [elsewhere[1]]
    assert not ledger.has_due_message(NOW)
    later = NOW + timedelta(minutes=1)
    assert ledger.has_due_message(later)
    assert ledger.claim(later, LEASE, 10) == [fired]
    ledger.mark_failed(fired.message_id, later, "no such channel", can_retry=False)
    assert ledger.claim(later, LEASE, 10) == [resolved]


def test_a_claim_that_was_never_finished_is_claimed_again_as_doubtful(ledger: Ledger) -> None:
    ledger.enqueue([notice("a")])
    assert ledger.claim(NOW, LEASE, 10) == [notice("a")]
    assert ledger.claim(NOW + LEASE - timedelta(seconds=1), LEASE, 10) == []
    assert ledger.claim(NOW + LEASE, LEASE, 10) == [replace(notice("a"), doubtful=True)]
    # It stays doubtful: a failure of the second attempt says nothing about the first one.
    ledger.mark_failed("id of a", NOW + LEASE, "busy", can_retry=True)
    assert ledger.claim(NOW + timedelta(hours=1), LEASE, 10) == [replace(notice("a"), doubtful=True)]


def test_a_lease_longer_than_an_hour_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="longer than"):
        ledger.claim(NOW, LONGEST_LEASE + timedelta(seconds=1), 10)


def test_a_timeout_makes_the_next_attempt_doubtful(ledger: Ledger) -> None:
    ledger.enqueue([notice("a"), notice("b")])
    ledger.claim(NOW, LEASE, 10)
    ledger.mark_failed("id of a", NOW, "no answer", can_retry=True, may_have_arrived=True)
    ledger.mark_failed("id of b", NOW, "refused", can_retry=True)
    later = ledger.claim(NOW + timedelta(minutes=1), LEASE, 10)
    assert [(item.dedup_key, item.doubtful) for item in later] == [("a", True), ("b", False)]


def test_a_failed_message_is_retried_until_it_expires_and_then_goes_to_the_fallback(ledger: Ledger) -> None:
    ledger.enqueue([notice("a")])
    fallback = replace(notice("sent elsewhere"), channel="log")
    now = NOW
    for attempts, seconds in enumerate([30, 60, 120], start=1):
        assert ledger.claim(now, LEASE, 10) == [notice("a")]
        assert ledger.mark_failed("id of a", now, "busy", can_retry=True, fallback=fallback) == "pending"
        [waiting] = ledger.undelivered(now)
        assert (waiting.state, waiting.last_error, waiting.attempts) == ("pending", "busy", attempts)
        assert waiting.next_attempt_at == now + timedelta(seconds=seconds)
        assert ledger.claim(waiting.next_attempt_at - timedelta(seconds=1), LEASE, 10) == []
        now = waiting.next_attempt_at
    now = NOW + EXPIRES_AFTER
    assert ledger.claim(now, LEASE, 10) == [notice("a")]
    assert ledger.mark_failed("id of a", now, "busy", can_retry=True, fallback=fallback) == "expired"
    assert [(waiting.item, waiting.state) for waiting in ledger.undelivered(now)] == [
        (notice("a"), "expired"),
        (fallback, "pending"),
    ]
    assert deliver(ledger, now) == ["sent elsewhere"]


def test_a_permanent_failure_goes_to_the_fallback(ledger: Ledger) -> None:
    ledger.enqueue([notice("a")])
    ledger.claim(NOW, LEASE, 10)
    fallback = replace(notice("sent elsewhere"), channel="log")
    assert ledger.mark_failed("id of a", NOW, "no such channel", can_retry=False, fallback=fallback) == "failed"
    assert deliver(ledger, NOW + timedelta(days=30)) == ["sent elsewhere"]
    [failed] = ledger.undelivered(NOW)
    assert (failed.item, failed.state, failed.last_error) == (notice("a"), "failed", "no such channel")


def test_a_message_that_waited_while_the_machine_was_off_gets_its_attempt(ledger: Ledger) -> None:
    ledger.enqueue([notice("a"), notice("b")])
    late = NOW + timedelta(days=10)
    assert len(ledger.claim(late, LEASE, 10)) == 2
    ledger.mark_sent("id of a", late)
    assert ledger.mark_failed("id of b", late, "busy", can_retry=True) == "expired"


def test_a_message_that_was_accepted_once_is_sent(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7])
    [item] = ledger.claim(NOW, LEASE, 10)
    [again] = ledger.claim(NOW + LEASE, LEASE, 10)
    ledger.mark_sent(item.message_id, NOW + LEASE)
    ledger.mark_sent(again.message_id, NOW + LEASE)
    assert ledger.mark_failed(again.message_id, NOW + LEASE, "busy", can_retry=True) == "sent"
    assert [alert["messages_sent"] for alert in ledger.alerts()] == [1]
    assert ledger.claim(NOW + timedelta(days=1), LEASE, 10) == []


def test_an_unknown_message_is_an_error(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="has no message nothing"):
        ledger.mark_sent("nothing", NOW)


def test_a_message_about_several_alerts_is_sent_before_what_follows_about_each(ledger: Ledger) -> None:
    run_pass(ledger, [0.9])
    change, [fired, resolved] = evaluate(ledger, [0.9, 0.7, 0.9])
    several = replace(fired, alert_id=None, alert_ids=(fired.alert_id or "",), incident="group/1")
    ledger.record_pass([change], [several, resolved], NOW)
    assert [item.message_id for item in ledger.claim(NOW, LEASE, 10)] == [several.message_id]
    assert ledger.claim(NOW, LEASE, 10) == []
    ledger.mark_sent(several.message_id, NOW)
    assert [item.message_id for item in ledger.claim(NOW, LEASE, 10)] == [resolved.message_id]
    ledger.mark_sent(resolved.message_id, NOW)
    [alert] = ledger.every_alert()
    assert alert["messages_sent"] == 2
    assert len(ledger.messages_about(alert["alert_id"])) == 2


def test_a_message_could_be_sent_since_nothing_holds_it_back(ledger: Ledger) -> None:
    run_pass(ledger, [0.9])
    run_pass(ledger, [0.9, 0.7])

    def since(now: datetime) -> datetime:
        [waiting] = ledger.undelivered(now)
        return waiting.since

    assert since(NOW) == NOW
    ledger.silence(silence(hours=48))
    assert ledger.undelivered(at(47)) == []
    assert since(at(49)) == at(48)
    ledger.hold_messages(RULE.name, at(60))
    assert since(at(61)) == at(60)


def test_an_alert_of_the_whole_holds_back_messages_until_it_is_resolved(ledger: Ledger) -> None:
    run_pass(ledger, [0.9])
    change, [fired] = evaluate(ledger, [0.9, 0.7])
    # Here the alert holds back a message about itself.
    held = replace(fired, held_by=fired.alert_id)
    ledger.record_pass([change], [held], NOW)
    assert ledger.claim(NOW, LEASE, 10) == []
    assert ledger.undelivered(NOW) == []
    change, [resolved] = evaluate(ledger, [0.9, 0.7, 0.9])
    ledger.record_pass([change], [resolved], NOW)
    # It ended before anybody heard of it: nobody does.
    assert ledger.claim(NOW, LEASE, 10) == []
    assert [each.state for each in ledger.messages_about(fired.alert_id or "")] == ["muted", "muted"]
