"""What assets show of their content in Dagster's UI: open alerts as a table, KPI values as plots."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from pipelines.notify.sanitize import readable
from pipelines.warehouse.readings import Score

# A table or a page of plots that is longer is not read.
MOST_ALERTS = 100
MOST_PLOTS = 48
# The entry that says of which period each value is, by its first day.
PERIODS = "periods"

_ALERT_COLUMNS = dg.TableSchema(
    columns=[
        dg.TableColumn("rule", "string", "The rule in the settings."),
        dg.TableColumn("kpi", "string", "The KPI that it watches."),
        dg.TableColumn("segment", "string", "`all`, or the dimension and its value."),
        dg.TableColumn("severity", "string", "critical or warn."),
        dg.TableColumn("value", "float", "The latest value that breached the threshold, in the unit of the KPI."),
        dg.TableColumn("threshold", "float", "What it breached, in the unit of the KPI."),
        dg.TableColumn("since", "string", "When the alert fired, in the company's time zone."),
    ]
)
_SIGNIFICANT_DIGITS = 6


def alert_table(alerts: Sequence[Mapping[str, Any]], timezone: str) -> dg.TableMetadataValue:
    """Returns open alerts as a table, the critical ones first, then those that fired last; at most `MOST_ALERTS`.

    Args:
        alerts: open alerts as the ledger has them.
        timezone: the company's, an IANA name.
    """
    by_time = sorted(alerts, key=lambda alert: alert["fired_at"], reverse=True)
    by_severity = sorted(by_time, key=lambda alert: alert["severity"] != "critical")
    zone = ZoneInfo(timezone)
    return dg.MetadataValue.table([_record(alert, zone) for alert in by_severity[:MOST_ALERTS]], _ALERT_COLUMNS)


def kpi_values(scores: Iterable[Score], preferred: Collection[str]) -> dict[str, dg.MetadataValue]:
    """Returns the value of each KPI as a whole in its latest complete period, under the KPI's name: a plot each.

    At most `MOST_PLOTS`, in the order of their names; the preferred KPIs have theirs before any other. One that is
    complete later than others has its value of an earlier period: `PERIODS` has the KPIs of each period.

    Args:
        scores: the latest complete period of each KPI, at one grain.
        preferred: the KPIs that the settings watch.
    """
    values = {score.kpi: (score.period_start, score.value) for score in scores if score.value is not None}
    chosen = sorted(sorted(values, key=lambda name: (name not in preferred, name))[:MOST_PLOTS])
    plots: dict[str, dg.MetadataValue] = {name: dg.MetadataValue.float(float(values[name][1])) for name in chosen}
    periods: dict[date, list[str]] = {}
    for name in chosen:
        periods.setdefault(values[name][0], []).append(name)
    lines = [f"- {start:%Y-%m-%d}: {', '.join(names)}" for start, names in sorted(periods.items(), reverse=True)]
    return {**plots, **({PERIODS: dg.MetadataValue.md("\n".join(lines))} if lines else {})}


def _record(alert: Mapping[str, Any], zone: ZoneInfo) -> dg.TableRecord:
    whole = alert["segment_type"] == "all"
    fired_at: datetime = alert["fired_at"]
    return dg.TableRecord(
        {
            "rule": alert["rule"],
            "kpi": alert["kpi"],
            "segment": "all" if whole else f"{alert['segment_type']}: {readable(alert['segment'])}",
            "severity": alert["severity"],
            "value": _rounded(alert["value"]),
            "threshold": _rounded(alert["threshold"]),
            "since": f"{fired_at.astimezone(zone):%Y-%m-%d %H:%M}",
        }
    )


def _rounded(value: float | None) -> float | None:
    """Returns a number with as many digits as a person reads; None of missing data."""
    return None if value is None else float(f"{value:.{_SIGNIFICANT_DIGITS}g}")
