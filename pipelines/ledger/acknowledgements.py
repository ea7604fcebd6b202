"""Acknowledgements: who is working on an alert, since when, and what they say about it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, insert, select, update

from pipelines.ledger.tables import acknowledgement as log
from pipelines.ledger.tables import alert, in_parts
from pipelines.watch.state import SeriesChange

_BEGINNINGS = frozenset({"fired", "reopened"})


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """An entry of the log of an alert: a person acknowledged it, or withdrew the acknowledgement.

    `person` is None in ledgers of versions that did not ask for it.
    """

    action: Literal["acknowledged", "withdrawn"]
    at: datetime
    person: str | None
    comment: str | None


def acknowledge_alert(
    connection: Connection, alert_id: str, now: datetime, person: str | None, comment: str | None
) -> bool:
    """Stores that a person acknowledged an open alert; returns False if no such alert is open.

    The moment of the first acknowledgement counts. A later one is added to the log if it is somebody else's or has a
    comment.
    """
    is_this = (alert.c.alert_id == alert_id) & (alert.c.status != "resolved")
    found = connection.execute(select(alert.c.acknowledged_at).where(is_this)).first()
    if found is None:
        return False
    last = latest_acknowledgements(connection, [alert_id]).get(alert_id)
    if found.acknowledged_at is None or comment is not None or last is None or last.person != person:
        _add(connection, alert_id, Acknowledgement("acknowledged", now, person, comment))
    moment = func.coalesce(alert.c.acknowledged_at, now)
    connection.execute(update(alert).where(is_this).values(acknowledged_at=moment))
    return True


def withdraw_acknowledgement(connection: Connection, alert_id: str, now: datetime, person: str | None) -> bool:
    """Stores that nobody works on an open alert any more; returns False if no such alert is acknowledged."""
    is_this = (alert.c.alert_id == alert_id) & (alert.c.status != "resolved") & alert.c.acknowledged_at.is_not(None)
    if not connection.execute(update(alert).where(is_this).values(acknowledged_at=None)).rowcount:
        return False
    _add(connection, alert_id, Acknowledgement("withdrawn", now, person, None))
    return True


def end_acknowledgements(connection: Connection, changes: Iterable[SeriesChange], now: datetime) -> None:
    """Withdraws what was said of alerts that have begun again: nobody works on that yet."""
    begun = {each.alert_id for change in changes for each in change.events if each.kind in _BEGINNINGS}
    for some in in_parts(begun):
        is_of_before = alert.c.alert_id.in_(some) & alert.c.acknowledged_at.is_not(None)
        found: Sequence[str] = connection.execute(select(alert.c.alert_id).where(is_of_before)).scalars().all()
        for alert_id in found:
            _add(connection, alert_id, Acknowledgement("withdrawn", now, None, None))
        if found:
            connection.execute(update(alert).where(is_of_before).values(acknowledged_at=None))


def read_acknowledgements(connection: Connection, alert_id: str) -> list[Acknowledgement]:
    """Returns the log of an alert, the oldest entry first."""
    query = select(log).where(log.c.alert_id == alert_id).order_by(log.c.position)
    return [Acknowledgement(row.action, row.at, row.person, row.comment) for row in connection.execute(query)]


def latest_acknowledgements(connection: Connection, alert_ids: Collection[str]) -> dict[str, Acknowledgement]:
    """Returns the last entry of each of these alerts that is an acknowledgement; others are not in the result."""
    last = select(func.max(log.c.position)).where(log.c.alert_id.in_(alert_ids)).group_by(log.c.alert_id)
    query = select(log).where(log.c.position.in_(last), log.c.action == "acknowledged")
    return {
        row.alert_id: Acknowledgement(row.action, row.at, row.person, row.comment) for row in connection.execute(query)
    }


def _add(connection: Connection, alert_id: str, entry: Acknowledgement) -> None:
    connection.execute(
        insert(log).values(
            alert_id=alert_id, action=entry.action, at=entry.at, person=entry.person, comment=entry.comment
        )
    )
