"""The silences: no messages about a rule, or about one of its segments, for a while."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, delete, exists, func, insert, or_, select, update

from pipelines.ledger.tables import alert, outbox, outbox_alert
from pipelines.ledger.tables import silence as table


@dataclass(frozen=True, slots=True)
class Silence:
    """No messages about the alerts of a rule, or about those of one of its segments, from `since` until `until`."""

    rule: str
    segment: str | None
    reason: str
    since: datetime
    until: datetime

    def covers(self, rule: str, segment: str) -> bool:
        """Returns whether it mutes the messages about a rule's segment."""
        return self.rule == rule and self.segment in (None, segment)


def silence_on(alert: Mapping[str, Any], silences: Sequence[Silence]) -> Silence | None:
    """Returns the first of the silences that mutes the messages about an alert, or None."""
    return next((silence for silence in silences if silence.covers(alert["rule"], alert["segment"])), None)


def read_silences(connection: Connection, now: datetime) -> list[Silence]:
    """Returns the silences that are active at `now`, the first to end first."""
    query = (
        select(*(table.c[each.name] for each in fields(Silence)))
        .where(table.c.since <= now, table.c.until > now)
        .order_by(table.c.until, table.c.silence_id)
    )
    return [Silence(**row._mapping) for row in connection.execute(query)]


def add_silence(connection: Connection, silence: Silence) -> None:
    """Adds a silence; it replaces the one on the same alerts, from its beginning on."""
    is_same = table.c.segment.is_not_distinct_from(silence.segment)
    _end(connection, silence.rule, silence.since, is_same)
    connection.execute(insert(table).values(asdict(silence)))


def end_silences(connection: Connection, rule: str, segment: str | None, now: datetime) -> int:
    """Ends the silences of a rule's segment, or all of the rule if None; returns how many there were."""
    if segment is None:
        return _end(connection, rule, now)
    return _end(connection, rule, now, table.c.segment == segment)


def is_silenced(message: FromClause, at: datetime | ColumnElement[Any]) -> ColumnElement[bool]:
    """Returns the condition that a silence is active, at a moment, on the alert of a message in the outbox.

    A message about several alerts is silenced only if each of them is.
    """
    is_active = (table.c.since <= at, table.c.until > at)
    member, its_alert = outbox_alert.alias("member"), alert.alias("its_alert")
    is_member = member.c.message_id == message.c.message_id
    is_covered = exists().where(its_alert.c.alert_id == member.c.alert_id, *_is_on(its_alert), *is_active)
    are_all = exists().where(is_member) & ~exists().where(is_member, ~is_covered)
    return exists().where(*_covers(message), *is_active) | are_all


def end_of_last_silence(connection: Connection, message_id: str, now: datetime) -> datetime | None:
    """Returns when the latest silence on a message ended, None if none has ended by `now`."""
    members = select(outbox_alert.c.alert_id).where(outbox_alert.c.message_id == message_id)
    query = (
        select(func.max(table.c.until))
        .select_from(outbox.join(alert, or_(alert.c.alert_id == outbox.c.alert_id, alert.c.alert_id.in_(members))))
        .where(outbox.c.message_id == message_id, *_is_on(alert), table.c.until <= now)
    )
    ended: datetime | None = connection.execute(query).scalar_one()
    return ended


def _covers(message: FromClause) -> tuple[ColumnElement[bool], ...]:
    return alert.c.alert_id == message.c.alert_id, *_is_on(alert)


def _is_on(alerts: FromClause) -> tuple[ColumnElement[bool], ...]:
    return table.c.rule == alerts.c.rule, or_(table.c.segment.is_(None), table.c.segment == alerts.c.segment)


def _end(connection: Connection, rule: str, now: datetime, *conditions: ColumnElement[bool]) -> int:
    of_rule = (table.c.rule == rule, *conditions)
    is_active = (table.c.since <= now, table.c.until > now)
    ended = connection.execute(update(table).where(*of_rule, *is_active).values(until=now)).rowcount
    # A silence that begins later was added by a clock that was ahead: without this it would begin unexpectedly.
    return ended + connection.execute(delete(table).where(*of_rule, table.c.since > now)).rowcount
