import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from multiprocessing.synchronize import Barrier
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.kpis import catalogue
from pipelines.ledger import (
    EXPIRES_AFTER,
    Ledger,
    LedgerConflict,
    LedgerError,
    OutboxItem,
    Silence,
    after_failure,
    next_attempt,
)
from pipelines.watch.reading import Reading, Series, frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series
from pipelines.watch.state import Event, SeriesChange, alert_id, dedup_key

NOW = datetime(2024, 6, 3, 7, 0, tzinfo=UTC)
LEASE = timedelta(minutes=5)
SERIES = Series("csat-floor", "csat", "week", "channel", "chat")
RULE = Rule.model_validate(
    {"name": "csat-floor", "kpi": "csat", "by": "channel", "below": {"warn": 0.8, "critical": 0.6}}
)
KPI = catalogue.load()["csat"]


def readings(values: Sequence[float], series: Series = SERIES) -> list[Reading]:
    weeks = [date(2024, 1, 1) + timedelta(weeks=number) for number in range(len(values))]
    return [
        Reading("csat", "week", start, series.segment_type, series.segment, value, None, None, 100, None, None, True)
        for start, value in zip(weeks, values, strict=True)
    ]


def message(event: Event, channel: str = "support") -> OutboxItem:
    key = dedup_key(event, channel)
    return OutboxItem(f"id of {key}", key, channel, event.alert_id, {"kind": "alert", "title": event.reason}, event.at)


def notice(name: str, created_at: datetime = NOW, channel: str = "operators") -> OutboxItem:
    return OutboxItem(f"id of {name}", name, channel, None, {"kind": "pipeline", "title": name}, created_at)


def judged(
    ledger: Ledger, values: Sequence[float], now: datetime = NOW, series: Series = SERIES
) -> tuple[SeriesChange, list[OutboxItem]]:
    [change] = evaluate_series(RULE, KPI, frame_of(readings(values, series)), ledger.states(RULE.name), now)
    assert change.series == series
    return change, [message(event) for event in change.events]


def run_pass(ledger: Ledger, values: Sequence[float], now: datetime = NOW, series: Series = SERIES) -> int:
    change, messages = judged(ledger, values, now, series)
    return ledger.record_pass([change], messages, now)


def deliver(ledger: Ledger, now: datetime = NOW) -> list[str]:
    """What a run that delivers does, with a receiver that takes everything: returns the keys in their order."""
    sent = []
    while items := ledger.claim(now, LEASE, 10):
        for item in items:
            ledger.mark_sent(item.message_id, now)
            sent.append(item.dedup_key)
    return sent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Ledger:
    return Ledger(path)


# Silences


def silenced(segment: str | None = None, hours: float = 24) -> Silence:
    return Silence("csat-floor", segment, "a move of offices", NOW, NOW + timedelta(hours=hours))


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def test_what_is_still_true_after_a_silence_is_told_then(ledger: Ledger) -> None:
    ledger.silence(silenced())
    run_pass(ledger, [0.9, 0.7], at(1))
    assert (deliver(ledger, at(23.9)), ledger.count_due(at(23.9)), ledger.undelivered(at(23.9))) == ([], 0, [])
    assert [alert["status"] for alert in ledger.open_alerts()] == ["firing"]
    assert ledger.count_due(at(24)) == 1
    assert len(ledger.undelivered(at(24))) == 1
    [told] = deliver(ledger, at(24))
    assert "/fired/" in told


def test_an_incident_that_began_and_ended_in_silence_is_not_told(ledger: Ledger) -> None:
    ledger.silence(silenced())
    run_pass(ledger, [0.9, 0.7], at(1))
    run_pass(ledger, [0.9, 0.7, 0.9], at(2))
    assert deliver(ledger, at(30)) == []
    assert ledger.undelivered(at(30)) == []
    assert [alert["status"] for alert in ledger.alerts()] == ["resolved"]


def test_who_was_told_of_an_incident_is_told_of_its_end(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7], NOW)
    deliver(ledger, NOW)
    ledger.silence(silenced())
    run_pass(ledger, [0.9, 0.7, 0.9], at(2))
    assert deliver(ledger, at(3)) == []
    [told] = deliver(ledger, at(24))
    assert "/resolved/" in told


def test_a_message_that_a_receiver_may_have_is_not_given_up_in_silence(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7], at(0))
    [item] = ledger.claim(at(0), LEASE, 1)
    ledger.silence(silenced())
    ledger.mark_failed(item.message_id, at(0), "timed out", can_retry=True, may_have_arrived=True)
    run_pass(ledger, [0.9, 0.7, 0.9], at(1))
    assert deliver(ledger, at(2)) == []
    assert len(deliver(ledger, at(24))) == 2


def test_a_silence_covers_a_rule_or_one_of_its_segments(ledger: Ledger) -> None:
    ledger.silence(silenced("phone"))
    run_pass(ledger, [0.9, 0.7], at(1))
    run_pass(ledger, [0.9, 0.7], at(1), SERIES._replace(segment="phone"))
    assert len(deliver(ledger, at(2))) == 1
    ledger.silence(silenced())
    run_pass(ledger, [0.9, 0.7], at(3), SERIES._replace(segment="mail"))
    assert deliver(ledger, at(4)) == []
    assert [found.segment for found in ledger.silences(at(4))] == ["phone", None]
    assert silenced("phone").covers("csat-floor", "phone")
    assert not silenced("phone").covers("csat-floor", "mail")
    assert silenced().covers("csat-floor", "mail")
    assert not silenced().covers("another", "mail")


def test_silences_end_and_give_way_to_newer_ones(ledger: Ledger) -> None:
    ledger.silence(silenced(hours=1))
    ledger.silence(replace(silenced(hours=48), since=at(0.5), reason="it takes longer"))
    assert [found.reason for found in ledger.silences(at(0.75))] == ["it takes longer"]
    assert ledger.end_silence("csat-floor", "chat", at(2)) == 0
    assert ledger.end_silence("csat-floor", None, at(2)) == 1
    assert ledger.silences(at(2)) == []
    assert ledger.silences(at(1)) == [replace(silenced(), since=at(0.5), until=at(2), reason="it takes longer")]


def test_the_end_of_a_rules_silence_is_the_end_for_its_segments(ledger: Ledger) -> None:
    ledger.silence(silenced())
    ledger.silence(silenced("chat"))
    assert ledger.end_silence("csat-floor", None, at(1)) == 2
    assert ledger.silences(at(1)) == []


def test_an_incident_that_was_not_told_before_a_silence_and_ends_in_it_is_not_told(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7], at(-1))
    ledger.silence(silenced())
    run_pass(ledger, [0.9, 0.7, 0.9], at(1))
    assert deliver(ledger, at(24)) == []


@pytest.mark.parametrize("later", [[0.9], [0.5, 0.9]])
def test_an_incident_over_before_anything_could_be_sent_after_a_silence_is_not_told(
    ledger: Ledger, later: list[float]
) -> None:
    ledger.silence(silenced())
    run_pass(ledger, [0.9, 0.7], at(1))
    ledger.end_silence("csat-floor", None, at(2))
    run_pass(ledger, [0.9, 0.7, *later], at(3))
    assert deliver(ledger, at(4)) == []
    assert ledger.undelivered(at(4)) == []


def test_after_a_long_silence_a_message_has_its_three_days(ledger: Ledger) -> None:
    ledger.silence(silenced(hours=96))
    run_pass(ledger, [0.9, 0.7], at(1))
    for hours in (97, 96 + 71):
        [item] = ledger.claim(at(hours), LEASE, 1)
        assert ledger.mark_failed(item.message_id, at(hours), "refused", can_retry=True) == "pending"
    [item] = ledger.claim(at(96 + 72), LEASE, 1)
    assert ledger.mark_failed(item.message_id, at(96 + 72), "refused", can_retry=True) == "expired"


def test_a_ledger_of_the_first_format_is_taken_over(path: Path, ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7])
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("DROP TABLE silence; UPDATE meta SET value = '1'")
    later = Ledger(path)
    assert len(later.open_alerts()) == 1
    later.silence(silenced())
    assert Ledger(path).silences(at(1)) == [silenced()]


# Judging


def test_a_pass_is_remembered(path: Path, ledger: Ledger) -> None:
    assert ledger.states(RULE.name) == {}
    assert run_pass(ledger, [0.9, 0.7]) == 1
    [change] = evaluate_series(RULE, KPI, frame_of(readings([0.9, 0.7])), {}, NOW)
    assert Ledger(path).states(RULE.name) == {SERIES: change.after}
    assert ledger.states("another-rule") == {}


def test_the_same_pass_again_adds_nothing(ledger: Ledger) -> None:
    assert run_pass(ledger, [0.9, 0.7]) == 1
    assert run_pass(ledger, [0.9, 0.7]) == 0
    assert len(ledger.undelivered(NOW)) == 1
    assert len(ledger.alerts()) == 1


def test_the_table_of_alerts_follows_an_incident(ledger: Ledger) -> None:
    run_pass(ledger, [0.9], NOW)
    run_pass(ledger, [0.9, 0.7], NOW + timedelta(weeks=1))
    run_pass(ledger, [0.9, 0.7, 0.5], NOW + timedelta(weeks=2))
    [alert] = ledger.alerts()
    assert alert == {
        "alert_id": alert_id(SERIES, date(2024, 1, 8)),
        "rule": "csat-floor",
        "kpi": "csat",
        "grain": "week",
        "segment_type": "channel",
        "segment": "chat",
        "severity": "critical",
        "status": "firing",
        "opened_at": NOW + timedelta(weeks=1),
        "fired_at": NOW + timedelta(weeks=1),
        "acknowledged_at": None,
        "resolved_at": None,
        "period_start": date(2024, 1, 15),
        "value": 0.5,
        "threshold": 0.6,
        "peak_value": 0.5,
        "messages_sent": 0,
    }
    [opened] = ledger.open_alerts()
    assert opened == alert | {"opened_period": date(2024, 1, 8), "breached_periods": 2}

    assert len(deliver(ledger, NOW + timedelta(weeks=2))) == 2
    assert ledger.acknowledge(alert["alert_id"], NOW + timedelta(weeks=2, hours=1))
    run_pass(ledger, [0.9, 0.7, 0.5, 0.9], NOW + timedelta(weeks=3))
    [resolved] = ledger.alerts()
    assert resolved == alert | {
        "status": "resolved",
        "resolved_at": NOW + timedelta(weeks=3),
        "acknowledged_at": NOW + timedelta(weeks=2, hours=1),
        "messages_sent": 2,
    }
    assert ledger.open_alerts() == []


def test_a_period_without_news_moves_the_value_of_an_open_alert(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7])
    assert run_pass(ledger, [0.9, 0.7, 0.65]) == 0
    [alert] = ledger.alerts()
    assert (alert["value"], alert["period_start"]) == (0.65, date(2024, 1, 15))


def test_what_no_rule_watches_any_more_is_closed_quietly(ledger: Ledger) -> None:
    phone = SERIES._replace(segment="phone")
    run_pass(ledger, [0.9, 0.7])
    run_pass(ledger, [0.9, 0.7], series=phone)
    deliver(ledger)

    assert ledger.retire(lambda series: series.segment != "phone", NOW + timedelta(days=1)) == 1
    assert {row["segment"]: (row["status"], row["resolved_at"]) for row in ledger.alerts()} == {
        "chat": ("firing", None),
        "phone": ("resolved", NOW + timedelta(days=1)),
    }
    assert list(ledger.states(RULE.name)) == [SERIES]
    assert ledger.retire(lambda series: series.segment != "phone", NOW + timedelta(days=2)) == 0
    assert deliver(ledger) == []

    # The rule is back, and what it finds is the incident that was told already.
    run_pass(ledger, [0.9, 0.7], NOW + timedelta(days=3), phone)
    assert len(ledger.open_alerts()) == 2
    assert deliver(ledger) == []


def test_who_judges_from_an_old_state_is_told_so_and_saves_nothing(ledger: Ledger) -> None:
    run_pass(ledger, [0.9])
    slow, slow_messages = judged(ledger, [0.9, 0.7])
    email = SERIES._replace(segment="email")
    other, other_messages = judged(ledger, [0.5], series=email)
    run_pass(ledger, [0.9, 0.7], NOW + timedelta(seconds=1))
    with pytest.raises(LedgerConflict, match=r"csat-floor \(csat by week, channel chat\) has been judged by another"):
        ledger.record_pass([other, slow], [*other_messages, *slow_messages], NOW)
    assert email not in ledger.states(RULE.name)
    assert len(ledger.alerts()) == 1
    assert run_pass(ledger, [0.9, 0.7]) == 0


def test_two_first_sights_of_a_series_conflict(ledger: Ledger) -> None:
    change, messages = judged(ledger, [0.7])
    assert ledger.record_pass([change], messages, NOW) == 1
    with pytest.raises(LedgerConflict):
        ledger.record_pass([change], messages, NOW)


def test_a_pass_that_fails_half_way_leaves_nothing(ledger: Ledger) -> None:
    change, [wanted] = judged(ledger, [0.9, 0.7])
    orphan = replace(wanted, message_id="orphan", dedup_key="orphan", alert_id="no such alert")
    with pytest.raises(LedgerError, match="FOREIGN KEY"):
        ledger.record_pass([change], [wanted, orphan], NOW)
    unwritable = replace(wanted, message_id="odd", dedup_key="odd", record={"value": object()})
    with pytest.raises(Exception, match="not JSON serializable"):
        ledger.record_pass([change], [wanted, unwritable], NOW)
    assert (ledger.states(RULE.name), ledger.alerts(), ledger.undelivered(NOW)) == ({}, [], [])
    assert ledger.record_pass([change], [wanted], NOW) == 1


def test_moments_come_back_in_utc_and_naive_ones_are_refused(ledger: Ledger) -> None:
    paris = timezone(timedelta(hours=2))
    ledger.enqueue([notice("from Paris", datetime(2024, 6, 3, 9, 0, tzinfo=paris))])
    [item] = ledger.claim(NOW, LEASE, 10)
    assert item.created_at == NOW
    assert item.created_at.utcoffset() == timedelta(0)
    with pytest.raises(Exception, match="has no time zone"):
        ledger.enqueue([notice("from nowhere", datetime(2024, 6, 3, 9, 0))])


# Messages


def test_a_known_message_is_not_added_again(ledger: Ledger) -> None:
    assert ledger.enqueue([notice("a"), notice("b"), notice("a")]) == 2
    assert deliver(ledger) == ["a", "b"]
    assert ledger.enqueue([replace(notice("a"), message_id="another id"), notice("c")]) == 1
    assert deliver(ledger) == ["c"]


def test_an_item_comes_back_as_it_went_in(ledger: Ledger) -> None:
    item = OutboxItem("id", "clé/ü", "heads", None, {"title": "CSAT — 64 %", "drivers": [{"effect": -0.1}]}, NOW)
    ledger.enqueue([item])
    assert ledger.claim(NOW, LEASE, 10) == [item]


def test_claims_go_by_age_and_stop_at_the_limit(ledger: Ledger) -> None:
    ledger.enqueue([notice(name) for name in "cab"])
    assert [item.dedup_key for item in ledger.claim(NOW, LEASE, 2)] == ["c", "a"]
    assert [item.dedup_key for item in ledger.claim(NOW, LEASE, 2)] == ["b"]
    assert ledger.claim(NOW, LEASE, 2) == []


def test_a_relapse_is_not_told_before_the_recovery_it_follows(ledger: Ledger) -> None:
    run_pass(ledger, [0.9])
    change, messages = judged(ledger, [0.9, 0.7, 0.9, 0.7])
    assert len({item.alert_id for item in messages}) == 2
    ledger.record_pass([change], messages, NOW)
    for expected in messages:
        assert ledger.claim(NOW, LEASE, 10) == [expected]
        assert ledger.claim(NOW, LEASE, 10) == []
        ledger.mark_sent(expected.message_id, NOW)
    assert messages[0].alert_id == messages[1].alert_id


def test_resolved_does_not_overtake_fired(ledger: Ledger) -> None:
    run_pass(ledger, [0.9])
    change, [fired, resolved] = judged(ledger, [0.9, 0.7, 0.9])
    elsewhere = [message(event, "log") for event in change.events]
    ledger.record_pass([change], [fired, resolved, *elsewhere], NOW)

    assert ledger.claim(NOW, LEASE, 10) == [fired, elsewhere[0]]
    assert ledger.claim(NOW, LEASE, 10) == []
    ledger.mark_sent(elsewhere[0].message_id, NOW)
    ledger.mark_failed(fired.message_id, NOW, "busy", can_retry=True)
    # The other channel goes on; this one waits for the second attempt.
    assert ledger.claim(NOW, LEASE, 10) == [elsewhere[1]]
    later = NOW + timedelta(minutes=1)
    assert ledger.claim(later, LEASE, 10) == [fired]
    ledger.mark_failed(fired.message_id, later, "no such channel", can_retry=False)
    assert ledger.claim(later, LEASE, 10) == [resolved]


def test_a_claim_that_was_never_finished_is_handed_out_as_doubtful(ledger: Ledger) -> None:
    ledger.enqueue([notice("a")])
    assert ledger.claim(NOW, LEASE, 10) == [notice("a")]
    assert ledger.claim(NOW + LEASE - timedelta(seconds=1), LEASE, 10) == []
    assert ledger.claim(NOW + LEASE, LEASE, 10) == [replace(notice("a"), doubtful=True)]
    # It stays doubtful: a failure now says nothing about the first attempt.
    ledger.mark_failed("id of a", NOW + LEASE, "busy", can_retry=True)
    assert ledger.claim(NOW + timedelta(hours=1), LEASE, 10) == [replace(notice("a"), doubtful=True)]


def test_a_time_out_makes_the_next_attempt_doubtful(ledger: Ledger) -> None:
    ledger.enqueue([notice("a"), notice("b")])
    ledger.claim(NOW, LEASE, 10)
    ledger.mark_failed("id of a", NOW, "no answer", can_retry=True, may_have_arrived=True)
    ledger.mark_failed("id of b", NOW, "refused", can_retry=True)
    later = ledger.claim(NOW + timedelta(minutes=1), LEASE, 10)
    assert [(item.dedup_key, item.doubtful) for item in later] == [("a", True), ("b", False)]


def test_a_failed_send_is_tried_again_with_growing_waits_until_it_expires(ledger: Ledger) -> None:
    ledger.enqueue([notice("a")])
    fallback = replace(notice("told elsewhere"), channel="log")
    now, state = NOW, "pending"
    waits: list[float] = []
    while state == "pending":
        assert ledger.claim(now, LEASE, 10) == [notice("a")]
        state = ledger.mark_failed("id of a", now, "busy", can_retry=True, fallback=fallback)
        [waiting, *others] = ledger.undelivered(NOW)
        assert (waiting.state, waiting.last_error, waiting.attempts) == (state, "busy", len(waits) + 1)
        assert [other.item for other in others] == ([] if state == "pending" else [fallback])
        if state == "pending":
            waits.append((waiting.next_attempt_at - now).total_seconds())
            assert ledger.claim(waiting.next_attempt_at - timedelta(seconds=1), LEASE, 10) == []
            now = waiting.next_attempt_at
    assert waits[:8] == [30, 60, 120, 240, 480, 960, 1920, 3600]
    assert set(waits[8:]) == {3600}
    assert state == "expired"
    assert EXPIRES_AFTER - timedelta(hours=1) <= now - NOW <= EXPIRES_AFTER
    assert deliver(ledger, now) == ["told elsewhere"]


def test_a_permanent_failure_goes_to_the_fallback(ledger: Ledger) -> None:
    ledger.enqueue([notice("a")])
    ledger.claim(NOW, LEASE, 10)
    fallback = replace(notice("told elsewhere"), channel="log")
    assert ledger.mark_failed("id of a", NOW, "no such channel", can_retry=False, fallback=fallback) == "failed"
    assert deliver(ledger, NOW + timedelta(days=30)) == ["told elsewhere"]
    [failed] = ledger.undelivered(NOW)
    assert (failed.item, failed.state, failed.last_error) == (notice("a"), "failed", "no such channel")


def test_a_message_that_waited_while_the_machine_was_off_gets_its_attempt(ledger: Ledger) -> None:
    ledger.enqueue([notice("a"), notice("b")])
    late = NOW + timedelta(days=10)
    assert len(ledger.claim(late, LEASE, 10)) == 2
    ledger.mark_sent("id of a", late)
    assert ledger.mark_failed("id of b", late, "busy", can_retry=True) == "expired"


def test_accepted_once_is_accepted(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7])
    [item] = ledger.claim(NOW, LEASE, 10)
    [again] = ledger.claim(NOW + LEASE, LEASE, 10)
    ledger.mark_sent(item.message_id, NOW + LEASE)
    ledger.mark_sent(again.message_id, NOW + LEASE)
    assert ledger.mark_failed(again.message_id, NOW + LEASE, "busy", can_retry=True) == "sent"
    assert [alert["messages_sent"] for alert in ledger.alerts()] == [1]
    assert ledger.claim(NOW + timedelta(days=1), LEASE, 10) == []


def test_an_unknown_message_is_an_error(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="knows no message nothing"):
        ledger.mark_sent("nothing", NOW)


@given(st.integers(0, 10_000))
def test_the_next_attempt_is_later_but_not_by_more_than_an_hour(attempts: int) -> None:
    wait = next_attempt(attempts, NOW) - NOW
    assert timedelta(seconds=30) <= wait <= next_attempt(attempts + 1, NOW) - NOW <= timedelta(hours=1)


def test_the_receiver_may_ask_for_a_longer_wait() -> None:
    def outcome(retry_after: float | None) -> tuple[str, datetime]:
        return after_failure(attempts=1, since=NOW, now=NOW, can_retry=True, retry_after=retry_after)

    assert outcome(None) == outcome(5) == ("pending", NOW + timedelta(seconds=30))
    assert outcome(7_200) == ("pending", NOW + timedelta(hours=2))
    assert outcome(4 * 86_400) == ("expired", NOW)


# Alerts and exports


def test_only_an_open_alert_can_be_acknowledged_and_the_first_time_counts(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7])
    [alert] = ledger.alerts()
    assert ledger.acknowledge(alert["alert_id"], NOW)
    assert ledger.acknowledge(alert["alert_id"], NOW + timedelta(hours=1))
    assert ledger.alerts()[0]["acknowledged_at"] == NOW
    assert not ledger.acknowledge("nothing", NOW)
    run_pass(ledger, [0.9, 0.7, 0.9])
    assert not ledger.acknowledge(alert["alert_id"], NOW)


def test_an_export_is_noted_once_a_tick(ledger: Ledger) -> None:
    def note(tick: datetime, path: str) -> bool:
        return ledger.record_export("weekly", tick, written_at=NOW, path=path, rows=12, sha256="ab12")

    assert not ledger.export_is_done("weekly", NOW)
    assert note(NOW, "exports/weekly.xlsx")
    assert ledger.export_is_done("weekly", NOW.astimezone(timezone(timedelta(hours=2))))
    assert not note(NOW, "exports/again.xlsx")
    assert not ledger.export_is_done("weekly", NOW + timedelta(weeks=1))
    assert not ledger.export_is_done("monthly", NOW)
    with pytest.raises(LedgerError, match="NOT NULL"):
        ledger.record_export("odd", NOW, written_at=NOW, path=None, rows=1, sha256="")  # type: ignore[arg-type]


# The file


def test_a_file_is_readable_while_another_process_writes(path: Path, ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7])
    writer = sqlite3.connect(path, isolation_level=None)
    try:
        assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM outbox")
        assert len(ledger.undelivered(NOW)) == 1
        assert list(ledger.states(RULE.name)) == [SERIES]
        writer.execute("ROLLBACK")
    finally:
        writer.close()


def test_a_writer_waits_its_turn_but_not_forever(path: Path, ledger: Ledger) -> None:
    impatient = Ledger(path, patience=timedelta(milliseconds=50))
    writer = sqlite3.connect(path, isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="another process has been writing to it for too long"):
            impatient.enqueue([notice("a")])
        writer.execute("ROLLBACK")
    finally:
        writer.close()
    assert ledger.enqueue([notice("a")]) == 1


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database, whatever its name says" * 100)


def torn(path: Path) -> None:
    Ledger(path).close()
    content = bytearray(path.read_bytes())
    content[100:] = bytes([7]) * (len(content) - 100)
    path.write_bytes(content)


def newer(path: Path) -> None:
    Ledger(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE meta SET value = '99'")


def unmarked(path: Path) -> None:
    Ledger(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM meta")


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE runs (id INTEGER)")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (garbage, "the file is damaged. Restore it from a backup, or move it away"),
        (torn, "the file is damaged. Restore it from a backup, or move it away"),
        (newer, "has format 99, this Vigie knows 2: run the version of Vigie that wrote it"),
        (unmarked, "does not say which format of ledger it is"),
        (foreign, "is no ledger but holds other tables (runs)"),
        (Path.mkdir, "check the rights of the file and its folder"),
    ],
)
def test_a_file_that_is_no_ledger_is_refused_and_left_alone(
    tmp_path: Path, spoil: Callable[[Path], None], message: str
) -> None:
    path = tmp_path / "ledger.db"
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(LedgerError) as caught:
        Ledger(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_state_of_a_newer_vigie_is_refused(path: Path, ledger: Ledger) -> None:
    run_pass(ledger, [0.9])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("""UPDATE series_state SET state = '{"version": 2, "state": {}}'""")
    with pytest.raises(LedgerError, match=r"unreadable state of csat-floor .*format 2 of a series' state is unknown"):
        ledger.states(RULE.name)


def test_an_empty_file_becomes_a_ledger(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    assert Ledger(f"sqlite:///{path}").alerts() == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("oracle9://vigie:hunter2@db/vigie", "no driver for the ledger's database oracle9://vigie:***@db/vigie"),
        ("postgresql+://vigie:hunter2@db:port/vigie", "cannot read the ledger's database URL"),
    ],
)
def test_a_wrong_url_is_refused_without_telling_its_password(url: str, message: str) -> None:
    with pytest.raises(LedgerError) as caught:
        Ledger(url)
    assert message in str(caught.value)
    assert "hunter2" not in repr(caught.value)


# Several processes

# A server that has imported what is slow to import makes a process in no time, and without the threads of this one.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["hypothesis", "pipelines.ledger", "pytest"])


def claim_all(path: Path, start: Barrier, found: "Queue[list[str]]") -> None:
    ledger, claimed = Ledger(path), []
    start.wait()
    while items := ledger.claim(NOW, LEASE, 3):
        claimed += [item.dedup_key for item in items]
    found.put(claimed)


def open_and_judge(path: Path, start: Barrier, found: "Queue[list[str]]") -> None:
    start.wait()
    ledger = Ledger(path)
    outcome = []
    for values in ([0.9], [0.9, 0.7], [0.9, 0.7, 0.5], [0.9, 0.7, 0.5, 0.9]):
        for attempt in range(100):
            try:
                outcome += ["told"] * run_pass(ledger, values)
                break
            except LedgerConflict:
                outcome.append(f"conflict {attempt}")
    found.put(outcome)


def claim_and_die(path: Path) -> None:
    Ledger(path).claim(NOW, LEASE, 10)
    os.kill(os.getpid(), signal.SIGKILL)


def die_in_a_pass(path: Path) -> None:
    ledger = Ledger(path)
    change, [item] = judged(ledger, [0.9, 0.7])

    class Deadly(dict[str, Any]):
        """A record at whose writing, after states and alerts, the process is killed."""

        def items(self) -> Any:
            os.kill(os.getpid(), signal.SIGKILL)

    ledger.record_pass([change], [item, replace(item, dedup_key="b", message_id="b", record=Deadly(a=1))], NOW)


def in_two_processes(work: Callable[[Path, Barrier, "Queue[list[str]]"], None], path: Path) -> list[list[str]]:
    start, found = PROCESSES.Barrier(2, timeout=60), PROCESSES.Queue()
    workers = [PROCESSES.Process(target=work, args=(path, start, found)) for _ in range(2)]
    for worker in workers:
        worker.start()
    results = [found.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    return results


def test_two_processes_never_claim_the_same_message(path: Path, ledger: Ledger) -> None:
    names = [f"message {number:03}" for number in range(120)]
    ledger.enqueue([notice(name) for name in names])
    one, other = in_two_processes(claim_all, path)
    assert sorted(one + other) == names


def test_two_processes_that_open_and_judge_at_once_tell_each_event_once(path: Path) -> None:
    one, other = in_two_processes(open_and_judge, path)
    assert (one + other).count("told") == 3
    assert [alert["status"] for alert in Ledger(path).alerts()] == ["resolved"]
    assert len(deliver(Ledger(path))) == 3


def killed(work: Callable[[Path], None], path: Path) -> None:
    process = PROCESSES.Process(target=work, args=(path,))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


def test_a_process_killed_between_claim_and_mark_loses_nothing(path: Path, ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7])
    killed(claim_and_die, path)
    assert ledger.claim(NOW, LEASE, 10) == []
    [item] = ledger.claim(NOW + LEASE, LEASE, 10)
    assert item.doubtful
    ledger.mark_sent(item.message_id, NOW + LEASE)
    assert ledger.undelivered(NOW) == []


def test_a_process_killed_while_it_saves_a_pass_leaves_nothing_half_done(path: Path, ledger: Ledger) -> None:
    killed(die_in_a_pass, path)
    assert (ledger.states(RULE.name), ledger.alerts(), ledger.undelivered(NOW)) == ({}, [], [])
    assert run_pass(ledger, [0.9, 0.7]) == 1
