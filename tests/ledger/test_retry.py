from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_samples import NOW

from pipelines.ledger.retry import (
    CLOCK_TOLERANCE,
    EXPIRES_AFTER,
    Progress,
    Waiting,
    after_failure,
    due_messages,
    is_due,
    next_attempt,
)

waits = st.timedeltas(timedelta(0), EXPIRES_AFTER)
leases = st.timedeltas(timedelta(0), timedelta(hours=1))


def failed(wait: timedelta, at: datetime | None = NOW) -> Progress:
    """The progress of a message that failed once at `at` and waits from NOW on."""
    return Progress("pending", 1, at, NOW + wait, None)


def claimed(lease: timedelta, at: datetime | None = NOW) -> Progress:
    """The progress of a message that was claimed at `at`, with a lease from NOW on."""
    return Progress("sending", 1, at, NOW, NOW + lease)


@given(st.integers(0, 10_000))
def test_the_next_attempt_is_later_but_not_by_more_than_an_hour(attempts: int) -> None:
    wait = next_attempt(attempts, NOW) - NOW
    assert timedelta(seconds=30) <= wait <= next_attempt(attempts + 1, NOW) - NOW <= timedelta(hours=1)


def test_failures_are_retried_with_growing_waits_for_three_days() -> None:
    now, waits, state = NOW, [], "pending"
    while state == "pending":
        state, due = after_failure(attempts=len(waits) + 1, since=NOW, now=now, can_retry=True, retry_after=None)
        if state == "pending":
            waits.append((due - now).total_seconds())
            now = due
    assert waits[:8] == [30, 60, 120, 240, 480, 960, 1920, 3600]
    assert set(waits[8:]) == {3600}
    assert state == "expired"
    assert EXPIRES_AFTER - timedelta(hours=1) <= now - NOW <= EXPIRES_AFTER


def test_the_receiver_may_ask_for_a_longer_wait() -> None:
    def outcome(retry_after: float | None) -> tuple[str, datetime]:
        return after_failure(attempts=1, since=NOW, now=NOW, can_retry=True, retry_after=retry_after)

    assert outcome(None) == outcome(5) == ("pending", NOW + timedelta(seconds=30))
    assert outcome(7_200) == ("pending", NOW + timedelta(hours=2))
    assert outcome(4 * 86_400) == ("expired", NOW)


def test_a_message_from_the_future_expires_as_if_it_were_new() -> None:
    in_a_month = NOW + timedelta(days=30)
    state, _ = after_failure(attempts=1, since=in_a_month, now=NOW, can_retry=True, retry_after=4 * 86_400)
    assert state == "expired"


@given(waits, waits)
def test_a_back_off_is_over_when_its_time_has_come(wait: timedelta, elapsed: timedelta) -> None:
    assert is_due(failed(wait), NOW + elapsed) == (elapsed >= wait)


@given(leases, leases)
def test_a_lease_is_over_when_its_time_has_come(lease: timedelta, elapsed: timedelta) -> None:
    assert is_due(claimed(lease), NOW + elapsed) == (elapsed >= lease)


@given(waits, st.timedeltas(timedelta(seconds=1), timedelta(days=10_000)))
def test_a_message_that_a_clock_ahead_attempted_is_due(wait: timedelta, ahead: timedelta) -> None:
    now = NOW - CLOCK_TOLERANCE - ahead
    assert is_due(failed(wait), now)
    assert is_due(claimed(min(wait, timedelta(hours=1))), now)


@given(st.timedeltas(timedelta(0), CLOCK_TOLERANCE))
def test_a_clock_that_differs_by_minutes_does_not_end_a_wait(ahead: timedelta) -> None:
    assert not is_due(failed(timedelta(seconds=30)), NOW - ahead)
    assert not is_due(claimed(timedelta(minutes=5)), NOW - ahead)


@pytest.mark.parametrize("ahead", [timedelta(days=4), timedelta(days=30), timedelta(days=3_650)])
def test_a_wait_longer_than_any_is_over_although_its_attempt_has_no_time(ahead: timedelta) -> None:
    assert is_due(failed(ahead, at=None), NOW)
    assert is_due(claimed(ahead, at=None), NOW)


def test_a_wait_without_the_time_of_its_attempt_still_counts() -> None:
    assert not is_due(failed(timedelta(days=2), at=None), NOW)
    assert not is_due(claimed(timedelta(minutes=5), at=None), NOW)


def test_a_message_without_an_attempt_is_due_whenever_it_was_created() -> None:
    assert is_due(Progress("pending", 0, None, NOW + timedelta(days=30), None), NOW)


@pytest.mark.parametrize("state", ["sent", "failed", "expired", "muted"])
def test_a_finished_message_is_not_due(state: str) -> None:
    assert not is_due(replace(failed(timedelta(0)), state=state), NOW + timedelta(days=1))


NEW = Progress("pending", 0, None, NOW, None)
CHAT, PHONE = frozenset([("support", "chat")]), frozenset([("support", "phone")])
NO_QUEUE: frozenset[tuple[str, ...]] = frozenset()


def due(*waiting: Waiting) -> list[str]:
    return [message.message_id for message in due_messages(waiting, NOW)]


def test_of_a_queue_the_first_message_is_due_and_messages_without_a_queue_always_are() -> None:
    assert due(
        Waiting("a", "support", CHAT, is_held=False, progress=NEW),
        Waiting("b", "support", CHAT, is_held=False, progress=NEW),
        Waiting("c", "support", PHONE, is_held=False, progress=NEW),
        Waiting("d", "support", NO_QUEUE, is_held=False, progress=NEW),
        Waiting("e", "support", NO_QUEUE, is_held=False, progress=NEW),
    ) == ["a", "c", "d", "e"]


@pytest.mark.parametrize(
    "first",
    [
        Waiting("a", "support", CHAT, is_held=False, progress=failed(timedelta(hours=1))),
        Waiting("a", "support", CHAT, is_held=False, progress=claimed(timedelta(minutes=5))),
        Waiting("a", "support", CHAT, is_held=True, progress=NEW),
    ],
    ids=["backing off", "being sent", "silenced"],
)
def test_an_unfinished_message_holds_the_later_ones_of_its_queue(first: Waiting) -> None:
    assert due(first, Waiting("b", "support", CHAT, is_held=False, progress=NEW)) == []
    assert due(first, Waiting("b", "support", PHONE, is_held=False, progress=NEW)) == ["b"]
