"""When a message is sent, sent again, or has expired. Pure: every function takes the time as an argument.

The moments in an outbox are those of the wall clock when they were stored. If that clock was ahead and has been set
back, they are in the future, and waiting for them could hold a message for months. A wait that no correct clock can
have stored is therefore over: one that has not begun yet, or one that is longer than any wait.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

RETRY_AFTER = timedelta(seconds=30)
LONGEST_BACK_OFF = timedelta(hours=1)
EXPIRES_AFTER = timedelta(days=3)
LONGEST_LEASE = timedelta(hours=1)
# A quiet time ends within a week; a later moment was stored by a clock that was ahead.
LONGEST_QUIET_TIME = timedelta(days=9)
# The clocks of two machines that share a ledger may differ by this much.
CLOCK_TOLERANCE = timedelta(minutes=5)

OutboxState = Literal["pending", "sending", "sent", "failed", "expired", "muted"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the delivery of a message is.

    `attempted_at` is when the latest attempt began or failed: None if there was none, or if a version of Vigie that
    did not store it made the attempt. `lease_until` is set while an attempt is under way.
    """

    state: OutboxState
    attempts: int
    attempted_at: datetime | None
    next_attempt_at: datetime
    lease_until: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that is pending or being sent.

    Messages that have a queue in common are sent one after the other; one without a queue waits for no other. `is_held`
    is whether a silence, a quiet time or another alert holds it back.
    """

    message_id: str
    channel: str
    queues: frozenset[tuple[str, ...]]
    is_held: bool
    progress: Progress


def due_messages(waiting: Iterable[Waiting], now: datetime) -> Iterator[Waiting]:
    """Returns the messages of which an attempt should begin at `now`, in the order of `waiting`, the oldest first.

    A message in a queue waits until those before it are finished, held ones included: `resolved` must not overtake
    `fired`.
    """
    occupied: set[tuple[str, ...]] = set()
    for message in waiting:
        is_first = occupied.isdisjoint(message.queues)
        occupied |= message.queues
        if is_first and not message.is_held and is_due(message.progress, now):
            yield message


def is_due(progress: Progress, now: datetime) -> bool:
    """Returns whether an attempt to send a message should begin at `now`.

    A pending message is due when its back-off is over, and at once if there was no attempt yet. A message that is
    being sent is due when its lease is over: the process that sent it has died, or hangs.
    """
    if progress.state == "pending":
        return progress.attempts == 0 or _is_over(
            progress.attempted_at, progress.next_attempt_at, now, longest=EXPIRES_AFTER
        )
    if progress.state == "sending":
        return progress.lease_until is None or _is_over(
            progress.attempted_at, progress.lease_until, now, longest=LONGEST_LEASE
        )
    return False


def next_attempt(attempts: int, now: datetime) -> datetime:
    """Returns when to retry after `attempts` failures: after 30 s, then twice as long each time, up to an hour."""
    # Ten doublings are longer than an hour; the power itself must not overflow.
    doublings = min(max(attempts - 1, 0), 10)
    return now + min(RETRY_AFTER * (1 << doublings), LONGEST_BACK_OFF)


def after_failure(
    *, attempts: int, since: datetime, now: datetime, can_retry: bool, retry_after: float | None
) -> tuple[OutboxState, datetime]:
    """Returns the state of a message after a failed attempt, and when the next attempt is due (`now` if there is none).

    A message expires if its next attempt would come more than three days after `since`. A message that has waited
    longer than that without an attempt, because the machine was off, still gets one.

    Args:
        attempts: the number of failures so far, this one included.
        since: when the message could first be sent.
        now: the time of the failure.
        can_retry: whether another attempt may succeed.
        retry_after: the wait in seconds that the receiver asked for.
    """
    if not can_retry:
        return "failed", now
    due = max(next_attempt(attempts, now), now + timedelta(seconds=retry_after or 0))
    return ("pending", due) if due <= min(since, now) + EXPIRES_AFTER else ("expired", now)


def _is_over(since: datetime | None, until: datetime, now: datetime, *, longest: timedelta) -> bool:
    has_not_begun = since is not None and since > now + CLOCK_TOLERANCE
    return until <= now or until > now + longest + CLOCK_TOLERANCE or has_not_begun
