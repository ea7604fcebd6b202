"""Incidents that were opened in a service which keeps them, and are over: nothing has closed them there."""

from collections.abc import Collection, Iterable
from urllib.parse import unquote

from sqlalchemy import Connection, and_, or_, select

from pipelines.ledger.outages import open_incidents
from pipelines.ledger.outbox import OutboxItem, read_items
from pipelines.ledger.tables import alert, in_parts, outbox, outbox_alert
from pipelines.ledger.waiting import ORDER
from pipelines.watch.state import incident_of

# The messages about an outage, and those about the rules that wait for its end.
_ABOUT_OUTAGES = ("pipeline", "held")


def read_unclosed(connection: Connection, channels: Collection[str]) -> list[OutboxItem]:
    """Returns the last messages about incidents that are over, of those that left them open in some channels.

    An incident is what its messages have in common in their dedup keys. It is over once all alerts that its messages
    are about are resolved, or once the outage that it is about has ended.
    """
    status = outbox.c.record["status"].as_string()
    is_given_up = outbox.c.state.in_(["failed", "expired"])
    query = (
        select(outbox.c.message_id, outbox.c.dedup_key, outbox.c.channel, status.label("status"))
        .where(outbox.c.channel.in_(channels), outbox.c.state != "muted", status.is_not(None))
        # What was given up may have opened an incident all the same.
        .where(or_(~is_given_up, and_(outbox.c.doubtful, status != "resolved")))
        .order_by(*ORDER)
    )
    left: dict[tuple[str, str], list[str]] = {}
    for row in connection.execute(query):
        story = (row.channel, incident_of(row.dedup_key))
        if row.status == "resolved":
            left.pop(story, None)
        else:
            left.setdefault(story, []).append(row.message_id)
    statuses = _alerts_of(connection, [each for messages in left.values() for each in messages])
    failing = {f"{kind}/{incident}" for incident in open_incidents(connection) for kind in _ABOUT_OUTAGES}
    over = []
    for (_, incident), messages in left.items():
        of_alerts = {each for message in messages for each in statuses.get(message, ())}
        if of_alerts == {"resolved"} or (not of_alerts and unquote(incident) not in failing):
            over.append(messages[-1])
    return read_items(connection, over)


def _alerts_of(connection: Connection, message_ids: Iterable[str]) -> dict[str, set[str]]:
    """Returns the statuses of the alerts that messages are about."""
    found: dict[str, set[str]] = {}
    for some in in_parts(message_ids):
        of_one = select(outbox.c.message_id, alert.c.status).join(alert, alert.c.alert_id == outbox.c.alert_id)
        of_several = select(outbox_alert.c.message_id, alert.c.status).join(
            alert, alert.c.alert_id == outbox_alert.c.alert_id
        )
        for query in (
            of_one.where(outbox.c.message_id.in_(some)),
            of_several.where(outbox_alert.c.message_id.in_(some)),
        ):
            for row in connection.execute(query):
                found.setdefault(row.message_id, set()).add(row.status)
    return found
