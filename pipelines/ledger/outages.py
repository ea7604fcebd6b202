"""The outages: parts of the pipeline that fail, from their first failure until they work again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from pipelines.ledger.tables import outage


@dataclass(frozen=True, slots=True)
class OutageChange:
    """An outage that has begun or ended.

    `incident` names the outage from its beginning to its end, and no other one. `since` is when it began, never later
    than the change. `failures` is the number of failures.
    """

    incident: str
    since: datetime
    failures: int


def save_outcome(
    connection: Connection, subject: str, name: str, *, failed: bool, now: datetime
) -> OutageChange | None:
    """Saves whether a part of the pipeline failed; returns the outage that begins or ends with it, if one does."""
    this = (outage.c.subject == subject) & (outage.c.name == name)
    known = connection.execute(select(outage).where(this)).first()
    if known is None:
        if not failed:
            return None
        connection.execute(insert(outage).values(subject=subject, name=name, since=now, failures=1))
        return OutageChange(_incident(subject, name, now), now, 1)
    if failed:
        connection.execute(update(outage).where(this).values(failures=known.failures + 1))
        return None
    connection.execute(delete(outage).where(this))
    # The clock may have been ahead when the outage began; nothing ends before it begins.
    return OutageChange(_incident(subject, name, known.since), min(known.since, now), known.failures)


def names_of_outages(connection: Connection, subject: str) -> list[str]:
    """Returns the names of what fails now, of one subject, in their order."""
    return list(connection.scalars(select(outage.c.name).where(outage.c.subject == subject).order_by(outage.c.name)))


def _incident(subject: str, name: str, since: datetime) -> str:
    return f"{subject}:{name}:{since.isoformat()}"
