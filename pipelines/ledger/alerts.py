"""The table of alerts: the incidents that have fired, open and resolved ones."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from pipelines.ledger.acknowledgements import latest_acknowledgements
from pipelines.ledger.tables import alert, in_parts, upsert
from pipelines.watch.reading import Series
from pipelines.watch.state import AlertRecord

_PUBLISHED = tuple(column for column in alert.c if column.name not in {"opened_period", "breached_periods"})
_KEPT_ON_UPDATE = {"alert_id", "acknowledged_at", "messages_sent"}
_UPDATED = tuple(column.name for column in alert.c if column.name not in _KEPT_ON_UPDATE)
_ORDER = (alert.c.opened_at, alert.c.alert_id)


def read_alerts(connection: Connection) -> list[dict[str, Any]]:
    """Returns every alert, the oldest first, with the columns of `fct_alert`."""
    return [dict(row._mapping) for row in connection.execute(select(*_PUBLISHED).order_by(*_ORDER))]


def read_open_alerts(connection: Connection) -> list[dict[str, Any]]:
    """Returns the alerts that are firing or recovering, the oldest first, with every column."""
    query = select(alert).where(alert.c.status != "resolved").order_by(*_ORDER)
    return [dict(row._mapping) for row in connection.execute(query)]


def read_every_alert(connection: Connection) -> list[dict[str, Any]]:
    """Returns open and resolved alerts, the oldest first, with every column."""
    return [dict(row._mapping) for row in connection.execute(select(alert).order_by(*_ORDER))]


def read_some_alerts(connection: Connection, alert_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Returns the alerts with some ids, the oldest first, with every column."""
    rows = [
        dict(row._mapping)
        for some in in_parts(alert_ids)
        for row in connection.execute(select(alert).where(alert.c.alert_id.in_(some)))
    ]
    return sorted(rows, key=lambda row: (row["opened_at"], row["alert_id"]))


def with_acknowledgements(connection: Connection, alerts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns `alerts` with the columns `acknowledged_by` and `comment`, None where nobody or nothing is known."""
    latest = latest_acknowledgements(connection, {each["alert_id"] for each in alerts if each["acknowledged_at"]})
    found = ((each, latest.get(each["alert_id"])) for each in alerts)
    return [
        {**each, "acknowledged_by": entry.person if entry else None, "comment": entry.comment if entry else None}
        for each, entry in found
    ]


def save_alerts(connection: Connection, records: Iterable[AlertRecord]) -> None:
    """Adds alerts, or updates those that are known; the acknowledgement and the count of messages stay."""
    rows = [
        record.series._asdict()
        | {
            "alert_id": record.alert_id,
            "severity": record.severity,
            "status": record.status,
            "opened_at": record.opened_at,
            "fired_at": record.fired_at,
            "resolved_at": record.resolved_at,
            "period_start": record.period_start,
            "value": record.value,
            "threshold": record.threshold,
            "peak_value": record.peak_value,
            "opened_period": record.opened_period,
            "breached_periods": record.breached_periods,
            "messages_sent": 0,
        }
        for record in records
    ]
    if rows:
        connection.execute(upsert(connection, alert, *_UPDATED), rows)


def close_alerts(connection: Connection, series: Collection[Series], now: datetime) -> int:
    """Resolves the open alerts of some series at `now`; returns how many there were."""
    of_series = [
        row for row in read_open_alerts(connection) if Series(*(row[name] for name in Series._fields)) in series
    ]
    if of_series:
        statement = update(alert).where(alert.c.alert_id == bindparam("its_id"))
        connection.execute(
            statement.values(status="resolved", resolved_at=now), [{"its_id": row["alert_id"]} for row in of_series]
        )
    return len(of_series)


def count_sent_message(connection: Connection, alert_id: str) -> None:
    """Adds one to the messages that were sent about an alert."""
    connection.execute(
        update(alert).where(alert.c.alert_id == alert_id).values(messages_sent=alert.c.messages_sent + 1)
    )
