from dataclasses import replace

import pytest
from ledger_samples import LEASE, NOW, SERIES, at, deliver, run_pass, silence

from pipelines.ledger import Ledger


def test_an_incident_that_outlasts_a_silence_is_sent_at_its_end(ledger: Ledger) -> None:
    ledger.silence(silence())
    run_pass(ledger, [0.9, 0.7], at(1))
    assert deliver(ledger, at(23.9)) == []
    assert not ledger.has_due_message(at(23.9))
    assert ledger.undelivered(at(23.9)) == []
    assert [alert["status"] for alert in ledger.open_alerts()] == ["firing"]
    assert ledger.has_due_message(at(24))
    assert len(ledger.undelivered(at(24))) == 1
    [sent] = deliver(ledger, at(24))
    assert "/fired/" in sent


def test_an_incident_that_begins_and_ends_in_a_silence_is_muted(ledger: Ledger) -> None:
    ledger.silence(silence())
    run_pass(ledger, [0.9, 0.7], at(1))
    run_pass(ledger, [0.9, 0.7, 0.9], at(2))
    assert deliver(ledger, at(30)) == []
    assert ledger.undelivered(at(30)) == []
    assert [alert["status"] for alert in ledger.alerts()] == ["resolved"]


def test_a_channel_that_has_the_beginning_of_an_incident_gets_its_end(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7], NOW)
    deliver(ledger, NOW)
    ledger.silence(silence())
    run_pass(ledger, [0.9, 0.7, 0.9], at(2))
    assert deliver(ledger, at(3)) == []
    [sent] = deliver(ledger, at(24))
    assert "/resolved/" in sent


def test_a_message_that_a_receiver_may_have_is_not_muted(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7], at(0))
    [item] = ledger.claim(at(0), LEASE, 1)
    ledger.silence(silence())
    ledger.mark_failed(item.message_id, at(0), "timed out", can_retry=True, may_have_arrived=True)
    run_pass(ledger, [0.9, 0.7, 0.9], at(1))
    assert deliver(ledger, at(2)) == []
    assert len(deliver(ledger, at(24))) == 2


def test_an_incident_that_was_never_sent_and_ends_in_a_silence_is_muted(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7], at(-1))
    ledger.silence(silence())
    run_pass(ledger, [0.9, 0.7, 0.9], at(1))
    assert deliver(ledger, at(24)) == []


@pytest.mark.parametrize("later", [[0.9], [0.5, 0.9]])
def test_an_incident_that_ends_before_the_first_delivery_after_a_silence_is_muted(
    ledger: Ledger, later: list[float]
) -> None:
    ledger.silence(silence())
    run_pass(ledger, [0.9, 0.7], at(1))
    ledger.end_silence("csat-floor", None, at(2))
    run_pass(ledger, [0.9, 0.7, *later], at(3))
    assert deliver(ledger, at(4)) == []
    assert ledger.undelivered(at(4)) == []


def test_a_silence_covers_a_rule_or_one_of_its_segments(ledger: Ledger) -> None:
    ledger.silence(silence("phone"))
    run_pass(ledger, [0.9, 0.7], at(1))
    run_pass(ledger, [0.9, 0.7], at(1), SERIES._replace(segment="phone"))
    assert len(deliver(ledger, at(2))) == 1
    ledger.silence(silence())
    run_pass(ledger, [0.9, 0.7], at(3), SERIES._replace(segment="mail"))
    assert deliver(ledger, at(4)) == []
    assert [found.segment for found in ledger.silences(at(4))] == ["phone", None]
    assert silence("phone").covers("csat-floor", "phone")
    assert not silence("phone").covers("csat-floor", "mail")
    assert silence().covers("csat-floor", "mail")
    assert not silence().covers("another", "mail")


def test_a_newer_silence_replaces_the_one_on_the_same_alerts(ledger: Ledger) -> None:
    ledger.silence(silence(hours=1))
    ledger.silence(replace(silence(hours=48), since=at(0.5), reason="it takes longer"))
    assert [found.reason for found in ledger.silences(at(0.75))] == ["it takes longer"]
    assert ledger.end_silence("csat-floor", "chat", at(2)) == 0
    assert ledger.end_silence("csat-floor", None, at(2)) == 1
    assert ledger.silences(at(2)) == []
    assert ledger.silences(at(1)) == [replace(silence(), since=at(0.5), until=at(2), reason="it takes longer")]


def test_ending_the_silence_of_a_rule_ends_those_of_its_segments(ledger: Ledger) -> None:
    ledger.silence(silence())
    ledger.silence(silence("chat"))
    assert ledger.end_silence("csat-floor", None, at(1)) == 2
    assert ledger.silences(at(1)) == []


def test_after_a_long_silence_a_message_has_three_days_for_its_attempts(ledger: Ledger) -> None:
    ledger.silence(silence(hours=96))
    run_pass(ledger, [0.9, 0.7], at(1))
    for hours in (97, 96 + 71):
        [item] = ledger.claim(at(hours), LEASE, 1)
        assert ledger.mark_failed(item.message_id, at(hours), "refused", can_retry=True) == "pending"
    [item] = ledger.claim(at(96 + 72), LEASE, 1)
    assert ledger.mark_failed(item.message_id, at(96 + 72), "refused", can_retry=True) == "expired"
