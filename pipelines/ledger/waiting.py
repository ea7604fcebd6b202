"""The messages that wait in the outbox: for their turn, or for what holds them back.

A silence, a quiet time of its rule, or an open alert of the whole holds a message back; what comes after it in its
queue waits with it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, exists, func, or_, select, update

from pipelines.ledger.retry import LONGEST_QUIET_TIME, Progress, Waiting
from pipelines.ledger.silences import is_silenced
from pipelines.ledger.tables import alert, in_parts, outbox, outbox_alert
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


def read_waiting_alerts(connection: Connection) -> set[tuple[str, str]]:
    """Returns the alerts about which a message is not sent yet, each with the channel."""
    is_waiting = outbox.c.state.in_(["pending", "sending"])
    of_one = select(outbox.c.alert_id, outbox.c.channel).where(is_waiting, outbox.c.alert_id.is_not(None))
    of_several = select(outbox_alert.c.alert_id, outbox.c.channel).join(outbox).where(is_waiting)
    return {(row.alert_id, row.channel) for query in (of_one, of_several) for row in connection.execute(query)}


def hold_messages(connection: Connection, rule: str, until: datetime) -> None:
    """Makes the messages about the alerts of a rule that are not sent wait until a moment at least."""
    of_rule = select(alert.c.alert_id).where(alert.c.rule == rule)
    of_several = select(outbox_alert.c.message_id).where(outbox_alert.c.alert_id.in_(of_rule))
    connection.execute(
        update(outbox)
        .where(
            outbox.c.state == "pending",
            or_(outbox.c.alert_id.in_(of_rule), outbox.c.message_id.in_(of_several)),
            or_(outbox.c.not_before.is_(None), outbox.c.not_before < until),
        )
        .values(not_before=until)
    )


def mute_what_is_over(connection: Connection) -> None:
    """Mutes the messages about incidents that were resolved before their channel could hear of them.

    What held them back was a silence or an alert of the whole. A quiet time only delays: its messages are sent.

    It mutes all messages of such an incident: a channel must not get its end without its beginning, or the reverse. A
    message about several incidents is muted with all that is about any of them, once they are all resolved.
    """
    other = outbox.alias("other")
    was_attempted = exists().where(
        other.c.alert_id == outbox.c.alert_id,
        other.c.channel == outbox.c.channel,
        or_(other.c.attempts > 0, other.c.state.not_in(["pending", "muted"])),
    )
    held = outbox.alias("held")
    was_held = exists().where(
        held.c.alert_id == outbox.c.alert_id, held.c.channel == outbox.c.channel, _was_held_back(held)
    )
    is_resolved = exists().where(alert.c.alert_id == outbox.c.alert_id, alert.c.status == "resolved")
    with_others = outbox.alias("with_others")
    is_in_group = exists().where(
        outbox_alert.c.alert_id == outbox.c.alert_id,
        with_others.c.message_id == outbox_alert.c.message_id,
        with_others.c.channel == outbox.c.channel,
        with_others.c.state != "muted",
    )
    is_muted = (outbox.c.state == "pending") & is_resolved & was_held & ~was_attempted & ~is_in_group
    connection.execute(update(outbox).where(is_muted).values(state="muted"))
    groups = select(outbox.c.message_id, outbox.c.channel).where(
        outbox.c.state == "pending",
        outbox.c.alert_id.is_(None),
        _was_held_back(outbox),
        exists().where(outbox_alert.c.message_id == outbox.c.message_id),
    )
    for group in connection.execute(groups.order_by(*ORDER)).all():
        _mute_group(connection, group.message_id, group.channel)


def _was_held_back(message: FromClause) -> ColumnElement[bool]:
    return message.c.held_by.is_not(None) | is_silenced(message, message.c.created_at)


def _mute_group(connection: Connection, message_id: str, channel: str) -> None:
    """Mutes a message about several alerts and all that is about any of them, if all are resolved and none was sent."""
    messages, alerts = set[str](), set[str]()
    new = {message_id}
    while new:
        messages |= new
        also = _alerts_of(connection, new) - alerts
        alerts |= also
        about = _messages_about(connection, also, channel)
        if any(row.state != "pending" or row.attempts for row in about):
            return
        new = {row.message_id for row in about} - messages
    for some in in_parts(alerts):
        is_open = (alert.c.alert_id.in_(some), alert.c.status != "resolved")
        if connection.execute(select(alert.c.alert_id).where(*is_open)).first() is not None:
            return
    for some in in_parts(messages):
        connection.execute(update(outbox).where(outbox.c.message_id.in_(some)).values(state="muted"))


def _alerts_of(connection: Connection, message_ids: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for some in in_parts(message_ids):
        of_several = select(outbox_alert.c.alert_id).where(outbox_alert.c.message_id.in_(some))
        of_one = select(outbox.c.alert_id).where(outbox.c.message_id.in_(some), outbox.c.alert_id.is_not(None))
        found.update(connection.execute(of_several.union(of_one)).scalars())
    return found


def _messages_about(connection: Connection, alert_ids: Iterable[str], channel: str) -> list[Row[Any]]:
    """Returns id, state and attempts of the messages to a channel about any of some alerts, without muted ones."""
    found: list[Row[Any]] = []
    for some in in_parts(alert_ids):
        of_several = select(outbox_alert.c.message_id).where(outbox_alert.c.alert_id.in_(some))
        is_about = or_(outbox.c.alert_id.in_(some), outbox.c.message_id.in_(of_several))
        columns = (outbox.c.message_id, outbox.c.state, outbox.c.attempts)
        query = select(*columns).where(is_about, outbox.c.channel == channel, outbox.c.state != "muted")
        found += connection.execute(query).all()
    return found
