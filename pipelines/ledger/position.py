"""How far the messages of a ledger have come, by which an older copy is known."""

from typing import NamedTuple

from sqlalchemy import Connection, case, func, select, update

from pipelines.ledger.tables import outbox


class Position(NamedTuple):
    """How many messages were ever added, and how many of them were sent."""

    added: int
    sent: int


def read_position(connection: Connection) -> Position:
    """Returns how far the messages have come."""
    row = connection.execute(
        select(func.count(), func.coalesce(func.sum(case((outbox.c.state == "sent", 1), else_=0)), 0)).select_from(
            outbox
        )
    ).one()
    return Position(int(row[0]), int(row[1]))


def doubt_messages(connection: Connection) -> None:
    """Marks all messages that are not sent: their receivers may have them."""
    connection.execute(update(outbox).where(outbox.c.state != "sent").values(doubtful=True))
