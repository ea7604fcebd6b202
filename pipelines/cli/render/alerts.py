"""Open alerts and silences."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipelines.cli.render.values import MAX_TEXT_LENGTH, SEVERITY_STYLES, to_date, write_period, write_value
from pipelines.kpis import Kpi
from pipelines.ledger import Silence
from pipelines.notify.sanitize import readable
from pipelines.settings import Company

# The widths of terminals, in characters, from which the table has all columns, or all but the KPI's label.
_ALL_COLUMNS_WIDTH, _NO_LABEL_WIDTH = 130, 100

_TEXT_COLUMNS = ("rule", "KPI", "segment")
_NUMBER_COLUMNS = ("value", "threshold")


def alerts_table(
    alerts: Sequence[Mapping[str, Any]],
    silences: Sequence[Silence],
    company: Company,
    kpis: Mapping[str, Kpi],
    *,
    width: int,
) -> RenderableType:
    """Returns a table of the open alerts, critical ones first, that fits a terminal of `width` characters."""
    if not alerts:
        return Text("No open alerts.", style="green")
    statuses = {alert["alert_id"]: _status(alert, silences) for alert in alerts}
    columns = _columns(width, has_status=any(statuses.values()))
    table = Table(
        title=f"Open alerts: {len(alerts)}", title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0)
    )
    for column in columns:
        # The id is there to be copied, so it is never wrapped. Texts are.
        is_text = column in _TEXT_COLUMNS
        table.add_column(
            column,
            justify="right" if column in _NUMBER_COLUMNS else "left",
            overflow="fold",
            no_wrap=not is_text,
            min_width=10 if is_text else None,
        )
    for alert in sorted(alerts, key=lambda found: (found["severity"] != "critical", found["rule"], found["segment"])):
        cells = _cells(alert, kpis.get(alert["kpi"]), statuses[alert["alert_id"]], company)
        table.add_row(*(cells[column] for column in columns))
    return table


def _columns(width: int, *, has_status: bool) -> list[str]:
    columns = ["id", "", "rule", "KPI", "segment", "period", "value", "threshold", "since"]
    if has_status:
        columns.append("status")
    if width >= _ALL_COLUMNS_WIDTH:
        return columns
    hidden = {"KPI"} if width >= _NO_LABEL_WIDTH else {"KPI", "period", "since"}
    return [column for column in columns if column not in hidden]


def _cells(alert: Mapping[str, Any], kpi: Kpi | None, status: str, company: Company) -> dict[str, str]:
    segment = f"{alert['segment_type']} {readable(alert['segment'])}"
    return {
        "id": f"[dim]{alert['alert_id']}[/]",
        "": f"[{SEVERITY_STYLES[alert['severity']]}]{alert['severity']}[/]",
        "status": status,
        "rule": escape(alert["rule"]),
        "KPI": escape(kpi.label(company.language) if kpi else alert["kpi"]),
        "segment": "" if alert["segment_type"] == "all" else escape(segment),
        "period": write_period(to_date(alert["period_start"]), alert["grain"]),
        "value": escape(write_value(kpi, alert["value"], company)),
        "threshold": escape(write_value(kpi, alert["threshold"], company)),
        "since": f"{to_date(alert['opened_period']):%Y-%m-%d}",
    }


def _status(alert: Mapping[str, Any], silences: Sequence[Silence]) -> str:
    flags = {"acknowledged": alert["acknowledged_at"], "silenced": _silence_on(alert, silences)}
    return ", ".join(flag for flag, is_set in flags.items() if is_set)


def _silence_on(alert: Mapping[str, Any], silences: Sequence[Silence]) -> Silence | None:
    return next((silence for silence in silences if silence.covers(alert["rule"], alert["segment"])), None)


def alerts_as_json(alerts: Sequence[Mapping[str, Any]], silences: Sequence[Silence]) -> list[dict[str, object]]:
    """Returns the open alerts, each with the end of its silence in `silent_until`, or None."""
    found = [(alert, _silence_on(alert, silences)) for alert in alerts]
    return [{**alert, "silent_until": silence.until if silence else None} for alert, silence in found]


def silences_table(silences: Sequence[Silence], company: Company) -> RenderableType:
    """Returns a table of the active silences, in the order given; ends are in the company's time zone."""
    if not silences:
        return Text("No active silences.")
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("rule", "segment", "until", "reason"):
        table.add_column(heading, overflow="fold")
    for silence in silences:
        until = silence.until.astimezone(ZoneInfo(company.timezone))
        table.add_row(
            escape(silence.rule),
            escape(readable(silence.segment or "all")),
            f"{until:%Y-%m-%d %H:%M %Z}",
            escape(readable(silence.reason, MAX_TEXT_LENGTH)),
        )
    return table
