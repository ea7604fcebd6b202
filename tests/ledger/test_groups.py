"""Messages about several alerts: their turn, what holds them back, and what mutes them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ledger_samples import LEASE, NOW, SERIES, at, deliver, evaluate, run_pass, silence

from pipelines.ledger import Ledger, OutboxItem
from pipelines.watch.reading import Series

CHAT, MAIL = SERIES, SERIES._replace(segment="email")
FIRED, RESOLVED = [0.9, 0.7], [0.9, 0.7, 0.9]


def group(*items: OutboxItem, name: str = "group/1") -> OutboxItem:
    """One message instead of several."""
    first = items[0]
    ids = tuple(item.alert_id or "" for item in items)
    key = f"{name}/{len(items)}"
    return replace(
        first,
        message_id=f"id of {key}",
        dedup_key=key,
        alert_id=None,
        alert_ids=ids,
        incident="/".join(key.split("/")[:2]),
    )


def begin(ledger: Ledger) -> None:
    for series in (CHAT, MAIL):
        run_pass(ledger, [0.9], series=series)


def fire(ledger: Ledger, **changes: Any) -> OutboxItem:
    """Both segments fire; one message says so."""
    (chat, [first]), (mail, [second]) = evaluate(ledger, FIRED, series=CHAT), evaluate(ledger, FIRED, series=MAIL)
    made = replace(group(first, second), **changes)
    ledger.record_pass([chat, mail], [made], NOW)
    return made


def resolve(ledger: Ledger, series: Series = CHAT, **changes: Any) -> OutboxItem:
    """One segment is well again; the message continues the thread of the group."""
    change, [resolved] = evaluate(ledger, RESOLVED, series=series)
    made = replace(resolved, incident="group/1", **changes)
    ledger.record_pass([change], [made], NOW)
    return made


def states(ledger: Ledger, *items: OutboxItem) -> dict[str, str]:
    ids = {alert_id for item in items for alert_id in (item.alert_id, *item.alert_ids) if alert_id}
    return {each.title: each.state for alert_id in sorted(ids) for each in ledger.messages_about(alert_id)}


def test_a_group_counts_for_each_of_its_alerts_and_names_their_thread(ledger: Ledger) -> None:
    begin(ledger)
    made = fire(ledger)
    assert ledger.threads(list(made.alert_ids)) == {(each, "support"): "group/1" for each in made.alert_ids}
    assert deliver(ledger) == [made.dedup_key]
    assert [alert["messages_sent"] for alert in ledger.alerts()] == [1, 1]
    resolved = resolve(ledger)
    assert deliver(ledger) == [resolved.dedup_key]
    assert sorted(alert["messages_sent"] for alert in ledger.alerts()) == [1, 2]
    in_thread = ledger.alerts_in_thread("group/1", "support")
    assert {alert["segment"]: alert["status"] for alert in in_thread} == {"chat": "resolved", "email": "firing"}


def test_a_claimed_group_has_its_alerts(ledger: Ledger) -> None:
    begin(ledger)
    made = fire(ledger)
    [claimed] = ledger.claim(NOW, LEASE, 10)
    assert (claimed.alert_id, set(claimed.alert_ids)) == (None, set(made.alert_ids))


def test_what_follows_about_any_of_its_alerts_waits_for_the_group(ledger: Ledger) -> None:
    begin(ledger)
    made = fire(ledger)
    [claimed] = ledger.claim(NOW, LEASE, 10)
    resolved = [resolve(ledger, series) for series in (MAIL, CHAT)]
    assert ledger.claim(NOW, LEASE, 10) == []
    ledger.mark_failed(claimed.message_id, NOW, "busy", can_retry=True)
    assert ledger.claim(NOW, LEASE, 10) == []
    assert deliver(ledger, at(1)) == [made.dedup_key, *(item.dedup_key for item in resolved)]


def test_a_group_waits_while_each_of_its_alerts_is_silenced(ledger: Ledger) -> None:
    begin(ledger)
    made = fire(ledger)
    ledger.silence(silence("chat"))
    assert ledger.has_due_message(NOW), "the other segment is not silenced"
    ledger.silence(silence("email"))
    assert not ledger.has_due_message(NOW)
    ledger.end_silence("csat-floor", "chat", NOW)
    assert deliver(ledger) == [made.dedup_key]


def test_a_group_waits_for_the_silence_on_its_rule_and_expires_later(ledger: Ledger) -> None:
    begin(ledger)
    ledger.silence(silence(hours=24 * 10))
    made = fire(ledger)
    assert deliver(ledger, at(1)) == []
    assert ledger.undelivered(at(1)) == []
    later = at(24 * 10)
    [claimed] = ledger.claim(later, LEASE, 10)
    assert claimed.message_id == made.message_id
    # Its three days begin with the end of the silence.
    assert ledger.mark_failed(claimed.message_id, later, "busy", can_retry=True) == "pending"


def test_a_silenced_group_is_muted_once_all_of_its_alerts_are_over(ledger: Ledger) -> None:
    begin(ledger)
    ledger.silence(silence())
    made = fire(ledger)
    first = resolve(ledger, CHAT)
    assert deliver(ledger, at(1)) == []
    assert set(states(ledger, made).values()) == {"pending"}
    second = resolve(ledger, MAIL)
    assert deliver(ledger, at(25)) == []
    assert set(states(ledger, made, first, second).values()) == {"muted"}
    assert ledger.threads(list(made.alert_ids)) == {}


def test_a_silenced_group_of_which_an_alert_is_open_is_sent_with_all_that_follows(ledger: Ledger) -> None:
    begin(ledger)
    ledger.silence(silence())
    made = fire(ledger)
    resolved = resolve(ledger, CHAT)
    assert deliver(ledger, at(25)) == [made.dedup_key, resolved.dedup_key]


def test_the_end_of_an_alert_in_a_group_that_was_sent_is_not_muted(ledger: Ledger) -> None:
    begin(ledger)
    made = fire(ledger)
    assert deliver(ledger) == [made.dedup_key]
    ledger.silence(silence())
    resolved = resolve(ledger, CHAT)
    assert deliver(ledger) == []
    assert deliver(ledger, at(25)) == [resolved.dedup_key]


def test_a_group_waits_for_the_alert_of_the_whole(ledger: Ledger) -> None:
    begin(ledger)
    whole = SERIES._replace(rule="csat-floor", segment="whole")
    run_pass(ledger, [0.9], series=whole)
    change, [of_whole] = evaluate(ledger, FIRED, series=whole)
    ledger.record_pass([change], [of_whole], NOW)
    made = fire(ledger, held_by=of_whole.alert_id)
    assert deliver(ledger) == [of_whole.dedup_key]
    resolved = resolve(ledger, CHAT)
    assert deliver(ledger) == []
    change, [end_of_whole] = evaluate(ledger, RESOLVED, series=whole)
    ledger.record_pass([change], [end_of_whole], NOW)
    # Of different series, the one whose turn it is goes first.
    sent = deliver(ledger, NOW + timedelta(minutes=1))
    assert sent == [made.dedup_key, end_of_whole.dedup_key, resolved.dedup_key]


def test_what_waited_for_the_whole_is_retried_for_as_long_as_any_message(ledger: Ledger) -> None:
    begin(ledger)
    whole = SERIES._replace(rule="csat-floor", segment="whole")
    run_pass(ledger, [0.9], series=whole)
    change, [of_whole] = evaluate(ledger, FIRED, series=whole)
    ledger.record_pass([change], [of_whole], NOW)
    deliver(ledger)
    fire(ledger, held_by=of_whole.alert_id)
    later = NOW + timedelta(days=7)
    change, _ = evaluate(ledger, RESOLVED, series=whole, now=later)
    ledger.record_pass([change], [], later)
    [claimed] = ledger.claim(later, timedelta(minutes=5), 1)
    assert ledger.mark_failed(claimed.message_id, later, "busy", can_retry=True) == "pending"
