"""The outages: parts of the pipeline that fail, from their first failure until they work again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from pipelines.ledger.tables import outage


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage that lasts, has begun or has ended.

    `incident` names the outage from its beginning to its end, and no other one. `since` is when it began, never later
    than its end. `failures` is the number of failures.
    """

    incident: str
    since: datetime
    failures: int


def save_outcome(connection: Connection, subject: str, name: str, *, failed: bool, now: datetime) -> Outage | None:
    """Saves whether a part of the pipeline failed; returns the outage that begins or ends with it, if one does."""
    this = (outage.c.subject == subject) & (outage.c.name == name)
    known = connection.execute(select(outage).where(this)).first()
    if known is None:
        if not failed:
            return None
        connection.execute(insert(outage).values(subject=subject, name=name, since=now, failures=1))
        return Outage(_incident(subject, name, now), now, 1)
    if failed:
        connection.execute(update(outage).where(this).values(failures=known.failures + 1))
        return None
    connection.execute(delete(outage).where(this))
    # The clock may have been ahead when the outage began; nothing ends before it begins.
    return Outage(_incident(subject, name, known.since), min(known.since, now), known.failures)


def read_outages(connection: Connection, subject: str) -> dict[str, Outage]:
    """Returns what fails now, of one subject, by name."""
    rows = connection.execute(select(outage).where(outage.c.subject == subject).order_by(outage.c.name))
    return {row.name: Outage(_incident(subject, row.name, row.since), row.since, row.failures) for row in rows}


def open_incidents(connection: Connection) -> list[str]:
    """Returns what names the outages of all subjects that last."""
    return [_incident(row.subject, row.name, row.since) for row in connection.execute(select(outage))]


def _incident(subject: str, name: str, since: datetime) -> str:
    return f"{subject}:{name}:{since.isoformat()}"
