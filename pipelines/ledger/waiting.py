"""The messages that wait in the outbox: for their turn, or for what holds them back.

A silence, a quiet time of its rule, or an open alert of the whole holds a message back; what comes after it in its
queue waits with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, or_, select, update

from pipelines.ledger.retry import LONGEST_QUIET_TIME, Progress, Waiting
from pipelines.ledger.silences import is_silenced
from pipelines.ledger.tables import alert, outbox, outbox_alert
from pipelines.watch.reading import Series

ORDER = (outbox.c.position, outbox.c.message_id)


def waiting_messages(connection: Connection, now: datetime, channel: str | None) -> Iterator[Waiting]:
    """Returns the messages that are pending or being sent, the oldest first; the rows are read as they are needed."""
    query = (
        select(
            outbox.c.message_id,
            outbox.c.channel,
            outbox.c.alert_id,
            outbox.c.incident,
            *(outbox.c[each.name] for each in fields(Progress)),
            *(alert.c[name] for name in Series._fields),
            is_held(now).label("is_held"),
        )
        .select_from(outbox.outerjoin(alert))
        .where(outbox.c.state.in_(["pending", "sending"]))
        .order_by(*ORDER)
    )
    if channel is not None:
        query = query.where(outbox.c.channel == channel)
    several = _series_of_several(connection)
    with connection.execute(query) as rows:
        for row in rows:
            yield Waiting(
                message_id=row.message_id,
                channel=row.channel,
                queues=_queues(row, several),
                is_held=row.is_held,
                progress=Progress(row.state, row.attempts, row.attempted_at, row.next_attempt_at, row.lease_until),
            )


def _queues(row: Row[Any], several: Mapping[str, Sequence[Series]]) -> frozenset[tuple[str, ...]]:
    """Returns what the messages that follow each other have in common: a channel, and a series or an incident."""
    if row.alert_id is not None:
        return frozenset([(row.channel, *(getattr(row, name) for name in Series._fields))])
    if row.message_id in several:
        return frozenset((row.channel, *series) for series in several[row.message_id])
    return frozenset() if row.incident is None else frozenset([(row.channel, row.incident)])


def _series_of_several(connection: Connection) -> Mapping[str, Sequence[Series]]:
    """Returns the series of the alerts of each waiting message about several."""
    query = (
        select(outbox_alert.c.message_id, *(alert.c[name] for name in Series._fields))
        .join(alert, alert.c.alert_id == outbox_alert.c.alert_id)
        .join(outbox, outbox.c.message_id == outbox_alert.c.message_id)
        .where(outbox.c.state.in_(["pending", "sending"]))
    )
    found: dict[str, list[Series]] = {}
    for row in connection.execute(query):
        series = Series(*(getattr(row, name) for name in Series._fields))
        found.setdefault(row.message_id, []).append(series)
    return found


def is_held(now: datetime) -> ColumnElement[bool]:
    """Returns the condition that a message waits: for the end of a silence, of a quiet time, or of another alert."""
    holder = alert.alias("holder")
    is_quiet = (outbox.c.not_before > now) & (outbox.c.not_before <= now + LONGEST_QUIET_TIME)
    is_inhibited = exists().where(holder.c.alert_id == outbox.c.held_by, holder.c.status != "resolved")
    return is_silenced(outbox, now) | func.coalesce(is_quiet, False) | is_inhibited


def mute_what_is_over(connection: Connection) -> None:
    """Mutes the messages about incidents that were resolved before their channel could hear of them.

    What held them back was a silence or an alert of the whole. A quiet time only delays: its messages are sent.

    It mutes all messages of such an incident: a channel must not get its end without its beginning, or the reverse.
    """
    other, silenced = outbox.alias("other"), outbox.alias("silenced")
    was_attempted = exists().where(
        other.c.alert_id == outbox.c.alert_id,
        other.c.channel == outbox.c.channel,
        or_(other.c.attempts > 0, other.c.state.not_in(["pending", "muted"])),
    )
    was_silenced = exists().where(
        silenced.c.alert_id == outbox.c.alert_id,
        silenced.c.channel == outbox.c.channel,
        is_silenced(silenced, silenced.c.created_at),
    )
    is_resolved = exists().where(alert.c.alert_id == outbox.c.alert_id, alert.c.status == "resolved")
    was_inhibited = exists().where(
        silenced.c.alert_id == outbox.c.alert_id,
        silenced.c.channel == outbox.c.channel,
        silenced.c.held_by.is_not(None),
    )
    is_muted = (outbox.c.state == "pending") & is_resolved & (was_silenced | was_inhibited) & ~was_attempted
    connection.execute(update(outbox).where(is_muted).values(state="muted"))
