"""The outbox: messages from the moment they are composed until their receivers have accepted them.

Claiming a message gives it to one process for the time of a lease. If that process dies before it marks the message as
sent or failed, a later claim gives it to another one, as doubtful: the receiver may have it already.

The messages about one series to one channel are claimed one after the other, each when the one before is sent or given
up, so that `resolved` cannot overtake `fired`. So are those about one incident of the pipeline itself.

A receipt is what the receiver confirmed about a message, such as its own id for it. It is stored step by step while an
attempt is under way: what was confirmed before a failure is not sent again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from pipelines.ledger.alerts import count_sent_message
from pipelines.ledger.errors import LedgerError
from pipelines.ledger.retry import LONGEST_LEASE, OutboxState, after_failure, due_messages
from pipelines.ledger.silences import end_of_last_silence
from pipelines.ledger.tables import alert, in_parts, outbox, outbox_alert, outbox_picture
from pipelines.ledger.waiting import ORDER, is_held, mute_what_is_over, waiting_messages

_LONGEST_ERROR = 2_000
# The dedup key of a message ends so if it replaces one that another channel has rejected for good.
FALLBACK = ":fallback"


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """A message for one channel.

    `record` is the message as JSON, `picture` its chart as PNG. `alert_id` is the alert it is about, if any; `incident`
    is the same for all messages that follow each other. A message about several alerts has them in `alert_ids`.
    `doubtful` says that the receiver may have it already, `receipt` what it confirmed in attempts that did not finish.
    It waits until `not_before`, and as long as the alert `held_by` is open.
    """

    message_id: str
    dedup_key: str
    channel: str
    alert_id: str | None
    record: dict[str, Any]
    created_at: datetime
    doubtful: bool = False
    incident: str | None = None
    receipt: Mapping[str, Any] | None = None
    picture: bytes | None = field(default=None, repr=False)
    alert_ids: tuple[str, ...] = ()
    not_before: datetime | None = None
    held_by: str | None = None


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """What a receiver confirmed about a message that it accepted."""

    message_id: str
    dedup_key: str
    receipt: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that no receiver has accepted, and why."""

    item: OutboxItem
    state: OutboxState
    attempts: int
    next_attempt_at: datetime
    last_error: str | None


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """A message about an alert, and what became of it; `sent_at` is None unless its receiver has accepted it."""

    channel: str
    title: str
    state: OutboxState
    created_at: datetime
    sent_at: datetime | None
    last_error: str | None


def read_messages_about(connection: Connection, alert_id: str) -> list[AlertMessage]:
    """Returns the messages about an alert, the oldest first."""
    of_several = select(outbox_alert.c.message_id).where(outbox_alert.c.alert_id == alert_id)
    is_about = (outbox.c.alert_id == alert_id) | outbox.c.message_id.in_(of_several)
    rows = connection.execute(select(outbox).where(is_about).order_by(*ORDER))
    return [
        AlertMessage(
            row.channel, str(row.record.get("title", "")), row.state, row.created_at, row.sent_at, row.last_error
        )
        for row in rows
    ]


def add_messages(connection: Connection, items: Sequence[OutboxItem]) -> int:
    """Adds the messages whose dedup keys are new; returns how many they are."""
    known = known_keys(connection, [item.dedup_key for item in items])
    new: dict[str, OutboxItem] = {}
    for item in items:
        if item.dedup_key not in known:
            new.setdefault(item.dedup_key, item)
    last: int = connection.execute(select(func.coalesce(func.max(outbox.c.position), 0))).scalar_one()
    rows = [
        {
            "message_id": item.message_id,
            "dedup_key": item.dedup_key,
            "position": position,
            "channel": item.channel,
            "alert_id": item.alert_id,
            "incident": item.incident,
            "record": item.record,
            "state": "pending",
            "doubtful": item.doubtful,
            "attempts": 0,
            # The wall clock, whatever moment counts as now for the rules.
            "next_attempt_at": item.created_at,
            "created_at": item.created_at,
            "not_before": item.not_before,
            "held_by": item.held_by,
        }
        for position, item in enumerate(new.values(), start=last + 1)
    ]
    if rows:
        connection.execute(insert(outbox), rows)
    pictures = [{"message_id": item.message_id, "png": item.picture} for item in new.values() if item.picture]
    if pictures:
        connection.execute(insert(outbox_picture), pictures)
    several = [
        {"message_id": item.message_id, "alert_id": alert_id} for item in new.values() for alert_id in item.alert_ids
    ]
    if several:
        connection.execute(insert(outbox_alert), several)
    return len(rows)


def claim_messages(
    connection: Connection, now: datetime, lease: timedelta, limit: int, channel: str | None
) -> list[OutboxItem]:
    """Gives up to `limit` messages that are due to the caller until `now + lease`, the oldest first.

    `channel` restricts them to those of one channel.

    Raises:
        ValueError: the lease is longer than `LONGEST_LEASE`.
    """
    if lease > LONGEST_LEASE:
        raise ValueError(f"a lease of {lease} is longer than {LONGEST_LEASE}")
    mute_what_is_over(connection)
    claimed = list(islice(due_messages(waiting_messages(connection, now, channel), now), limit))
    if not claimed:
        return []
    # The first attempt may have reached its receiver if its process did not finish it.
    unfinished = [message.message_id for message in claimed if message.progress.state == "sending"]
    ids = [message.message_id for message in claimed]
    connection.execute(
        update(outbox)
        .where(outbox.c.message_id.in_(ids))
        .values(
            state="sending",
            attempts=outbox.c.attempts + 1,
            attempted_at=now,
            lease_until=now + lease,
            doubtful=or_(outbox.c.doubtful, outbox.c.message_id.in_(unfinished)),
        )
    )
    query = select(outbox, outbox_picture.c.png).outerjoin(outbox_picture).where(outbox.c.message_id.in_(ids))
    several = _alerts_of_several(connection, ids)
    return [
        replace(_item(row), picture=row.png, alert_ids=several.get(row.message_id, ()))
        for row in connection.execute(query.order_by(*ORDER))
    ]


def release_messages(connection: Connection, ids: Sequence[str], lease_until: datetime) -> None:
    """Returns claimed messages of which no attempt has begun; those of another claim stay as they are."""
    connection.execute(
        update(outbox)
        .where(outbox.c.message_id.in_(ids), outbox.c.state == "sending", outbox.c.lease_until == lease_until)
        .values(state="pending", attempts=outbox.c.attempts - 1, lease_until=None)
    )


def keep_receipt(connection: Connection, message_id: str, receipt: Mapping[str, Any]) -> None:
    """Stores what the receiver has confirmed so far about a message of which an attempt is under way."""
    connection.execute(
        update(outbox).where(outbox.c.message_id == message_id, outbox.c.state != "sent").values(receipt=dict(receipt))
    )


def read_receipts(connection: Connection, incident: str, channel: str) -> list[StoredReceipt]:
    """Returns the receipts of the messages about an incident that a channel has sent, the oldest message first."""
    query = (
        select(outbox.c.message_id, outbox.c.dedup_key, outbox.c.receipt)
        .where(outbox.c.incident == incident, outbox.c.channel == channel, outbox.c.state == "sent")
        .order_by(*ORDER)
    )
    return [
        StoredReceipt(row.message_id, row.dedup_key, row.receipt) for row in connection.execute(query) if row.receipt
    ]


def read_threads(connection: Connection, alert_ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """Returns the incidents of the latest messages about alerts that are not muted, by alert and channel.

    A message that replaces one of another channel belongs to the thread of that one.
    """
    found: dict[tuple[str, str], str] = {}
    for some in in_parts(alert_ids):
        columns = (outbox.c.position, outbox.c.message_id, outbox.c.channel, outbox.c.incident)
        is_known = (outbox.c.state != "muted") & outbox.c.incident.is_not(None) & ~outbox.c.dedup_key.endswith(FALLBACK)
        of_one = select(outbox.c.alert_id, *columns).where(outbox.c.alert_id.in_(some), is_known)
        of_several = (
            select(outbox_alert.c.alert_id, *columns).join(outbox).where(outbox_alert.c.alert_id.in_(some), is_known)
        )
        rows = connection.execute(of_one.union_all(of_several)).all()
        for row in sorted(rows, key=lambda row: (row.position, row.message_id)):
            found[row.alert_id, row.channel] = row.incident
    return found


def read_alerts_in_thread(connection: Connection, incident: str, channel: str) -> list[str]:
    """Returns the ids of the alerts that the messages of an incident through a channel are about, in no order."""
    is_of_thread = (outbox.c.incident == incident, outbox.c.channel == channel, outbox.c.state != "muted")
    of_one = select(outbox.c.alert_id).where(*is_of_thread, outbox.c.alert_id.is_not(None))
    of_several = select(outbox_alert.c.alert_id).join(outbox).where(*is_of_thread)
    return list(connection.execute(of_one.union(of_several)).scalars())


def mark_message_sent(
    connection: Connection,
    message_id: str,
    now: datetime,
    *,
    receipt: Mapping[str, Any] | None,
    fallback: OutboxItem | None,
) -> None:
    """Records that the receiver accepted a message; its alert counts it once, however often this is called.

    Raises:
        LedgerError: the message is unknown.
    """
    row = _row(connection, message_id)
    if row.state == "sent":
        return
    connection.execute(
        update(outbox)
        .where(outbox.c.message_id == message_id)
        .values(
            state="sent",
            sent_at=now,
            lease_until=None,
            last_error=None,
            receipt=row.receipt if receipt is None else dict(receipt),
        )
    )
    of_several = select(outbox_alert.c.alert_id).where(outbox_alert.c.message_id == message_id)
    for alert_id in [row.alert_id] if row.alert_id is not None else connection.execute(of_several).scalars().all():
        count_sent_message(connection, alert_id)
    if fallback is not None:
        add_messages(connection, [fallback])


def mark_message_failed(
    connection: Connection,
    message_id: str,
    now: datetime,
    error: str,
    *,
    can_retry: bool,
    retry_after: float | None,
    may_have_arrived: bool,
    fallback: OutboxItem | None,
) -> OutboxState:
    """Records a failed attempt; returns the state of the message afterwards.

    A message that is not being sent stays as it is: another process has taken it over and finished it.

    Raises:
        LedgerError: the message is unknown.
    """
    row = _row(connection, message_id)
    current: OutboxState = row.state
    if current != "sending":
        return current
    waited = [end_of_last_silence(connection, message_id, now), _end_of_hold(connection, row.held_by, now)]
    state, due = after_failure(
        attempts=row.attempts,
        since=max(moment for moment in (row.created_at, row.not_before, *waited) if moment is not None),
        now=now,
        can_retry=can_retry,
        retry_after=retry_after,
    )
    connection.execute(
        update(outbox)
        .where(outbox.c.message_id == message_id)
        .values(
            state=state,
            attempted_at=now,
            next_attempt_at=due,
            lease_until=None,
            doubtful=row.doubtful or may_have_arrived,
            last_error=error[:_LONGEST_ERROR],
        )
    )
    if state != "pending" and fallback is not None:
        add_messages(connection, [fallback])
    return state


def _end_of_hold(connection: Connection, held_by: str | None, now: datetime) -> datetime | None:
    """Returns when the alert ended for whose end a message waited, None if there was none."""
    if held_by is None:
        return None
    ended: datetime | None = connection.execute(
        select(alert.c.resolved_at).where(alert.c.alert_id == held_by, alert.c.resolved_at <= now)
    ).scalar()
    return ended


def read_undelivered(connection: Connection, now: datetime) -> list[Undelivered]:
    """Returns the messages that are pending, being sent, failed or expired, the oldest first, without held ones."""
    waits = (outbox.c.state == "pending") & is_held(now)
    query = select(outbox).where(outbox.c.state.not_in(["sent", "muted"]), ~waits).order_by(*ORDER)
    return [
        Undelivered(
            item=_item(row),
            state=row.state,
            attempts=row.attempts,
            next_attempt_at=row.next_attempt_at,
            last_error=row.last_error,
        )
        for row in connection.execute(query)
    ]


def has_due_message(connection: Connection, now: datetime) -> bool:
    """Returns whether a claim at `now` would find a message."""
    return next(due_messages(waiting_messages(connection, now, None), now), None) is not None


def read_due_channels(connection: Connection, now: datetime) -> list[str]:
    """Returns the channels for which a claim at `now` would find a message, those of the oldest messages first."""
    due = due_messages(waiting_messages(connection, now, None), now)
    return list(dict.fromkeys(message.channel for message in due))


def known_keys(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Returns which dedup keys belong to a message that was ever added."""
    known: set[str] = set()
    for some in in_parts(keys):
        known.update(connection.execute(select(outbox.c.dedup_key).where(outbox.c.dedup_key.in_(some))).scalars())
    return known


def _alerts_of_several(connection: Connection, message_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    query = select(outbox_alert).where(outbox_alert.c.message_id.in_(message_ids)).order_by(outbox_alert.c.alert_id)
    for row in connection.execute(query):
        found[row.message_id] = (*found.get(row.message_id, ()), row.alert_id)
    return found


def _row(connection: Connection, message_id: str) -> Row[Any]:
    row = connection.execute(select(outbox).where(outbox.c.message_id == message_id)).first()
    if row is None:
        raise LedgerError(f"the ledger has no message {message_id}: was it restored from a backup?")
    return row


def _item(row: Row[Any]) -> OutboxItem:
    return OutboxItem(
        message_id=row.message_id,
        dedup_key=row.dedup_key,
        channel=row.channel,
        alert_id=row.alert_id,
        record=row.record,
        created_at=row.created_at,
        doubtful=row.doubtful,
        incident=row.incident,
        receipt=row.receipt,
        not_before=row.not_before,
        held_by=row.held_by,
    )
