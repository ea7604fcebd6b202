"""What the messages of exports and digests say: what is off target, what has improved, what is open."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from math import isnan
from typing import Any

from pipelines.export.content import ExportContent
from pipelines.export.series import latest_of_each
from pipelines.notify.reports import Incident, KpiReading, Situation

# A change of a KPI without a confidence interval counts as an improvement from this share of the value before.
_LEAST_CHANGE = 0.05


def situation_of(content: ExportContent, *, previous_tick: datetime) -> Situation:
    """Returns what the message of an export says; alerts count as resolved since `previous_tick` (aware)."""
    rows = list(_latest(content))
    off = [row for row in rows if row.status in {"warn", "critical"}]
    better = [row for row in rows if row not in off and has_improved(content.catalogue[row.kpi].direction, row)]
    alerts = sorted(content.alerts, key=lambda each: (each["severity"] != "critical", each["rule"], each["segment"]))
    resolved = [each for each in content.resolved if previous_tick <= each["resolved_at"] <= content.tick]
    starts = [row.period_start for row in rows]
    return Situation(
        name=content.export.name,
        tick=content.tick,
        known_at=content.known_at,
        grain=content.export.grain,
        period_start=max(starts).date() if starts else None,
        with_target=sum(row.status in {"good", "warn", "critical"} for row in rows),
        off_target=[_reading(row, content) for row in sorted(off, key=lambda row: row.status != "critical")],
        improved=[_reading(row, content) for row in better],
        open_alerts=list(_incidents(alerts, content)),
        resolved=list(_incidents(resolved, content)),
    )


def has_improved(direction: str, row: Any) -> bool:
    """Returns whether a value is better than the one before by more than chance.

    Where the value has a confidence interval, the value before must be outside of it.

    Args:
        direction: which way is better: `up`, `down`, or `none`.
        row: a row of an export: value, previous_value, ci_low, ci_high.
    """
    if direction == "none" or isnan(row.previous_value):
        return False
    change = row.value - row.previous_value
    if change == 0 or (change > 0) != (direction == "up"):
        return False
    if isnan(row.ci_low) or isnan(row.ci_high):
        return bool(abs(change) >= _LEAST_CHANGE * abs(row.previous_value))
    return bool(row.previous_value < row.ci_low if direction == "up" else row.previous_value > row.ci_high)


def _latest(content: ExportContent) -> Iterator[Any]:
    """Yields the row of each KPI as a whole in its latest period, in the order of the export, if it has a value."""
    rows = latest_of_each(content.rows)
    rows = rows[(rows["segment_type"] == "all") & rows["value"].notna()]
    order = {name: place for place, name in enumerate(content.export.kpis)}
    yield from sorted(rows.itertuples(), key=lambda row: order[str(row.kpi)])


def _reading(row: Any, content: ExportContent) -> KpiReading:
    return KpiReading(
        kpi=content.catalogue[row.kpi],
        period_start=row.period_start.date(),
        value=row.value,
        previous_value=None if isnan(row.previous_value) else row.previous_value,
        target=None if isnan(row.target) else row.target,
    )


def _incidents(alerts: Iterable[Mapping[str, Any]], content: ExportContent) -> Iterator[Incident]:
    """Yields alerts as messages show them; one of a KPI that the catalogue has no more is omitted."""
    for alert in alerts:
        kpi = content.subject_of(alert)
        if kpi is not None:
            yield Incident(
                kpi=kpi,
                grain=alert["grain"],
                segment_type=alert["segment_type"],
                segment=alert["segment"],
                severity=alert["severity"],
                breached_periods=alert["breached_periods"],
                value=alert["value"],
                threshold=alert["threshold"],
            )
