"""How far the messages of a ledger have come, by which an older copy is known."""

from sqlalchemy import Connection, func, select, update

from pipelines.ledger.tables import outbox


def count_sent(connection: Connection) -> int:
    """Returns how many messages were sent."""
    query = select(func.count()).select_from(outbox).where(outbox.c.state == "sent")
    return int(connection.execute(query).scalar_one())


def doubt_messages(connection: Connection) -> None:
    """Marks all messages that are not sent: their receivers may have them."""
    connection.execute(update(outbox).where(outbox.c.state != "sent").values(doubtful=True))
