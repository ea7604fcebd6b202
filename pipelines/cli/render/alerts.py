"""Open alerts and silences."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.cli.render.values import LONGEST_TEXT, SEVERITY_STYLES, as_date, short_period, written
from pipelines.kpis import Kpi
from pipelines.ledger import Silence
from pipelines.notify.sanitize import readable
from pipelines.settings import Company, Settings

_WIDE, _USUAL = 130, 100


def show_alerts(
    alerts: Sequence[Mapping[str, Any]],
    silences: Sequence[Silence],
    settings: Settings,
    kpis: Mapping[str, Kpi],
    out: Console,
) -> None:
    """Prints the open alerts, the most severe first; messages about silenced ones are sent when the silence ends."""
    if not alerts:
        out.print("No open alerts.", style="green")
        return
    company = settings.company
    table = Table(title=f"Open alerts: {len(alerts)}", title_justify="left", title_style="bold", box=None,
                  padding=(0, 2, 0, 0))  # fmt: skip
    # The id is to be copied, so it is never broken; a narrow terminal does without what can be looked up.
    headings = ["id", "", "rule", "KPI", "segment", "period", "value", "bound", "since"]
    marks = {alert["alert_id"]: _marks(alert, silences) for alert in alerts}
    if any(marks.values()):
        headings.append("noted")
    left_out = set() if out.width >= _WIDE else {"KPI"} if out.width >= _USUAL else {"KPI", "period", "since"}
    for heading in headings:
        if heading not in left_out:
            is_text = heading in ("rule", "KPI", "segment")
            table.add_column(
                heading,
                justify="right" if heading in ("value", "bound") else "left",
                overflow="fold",
                no_wrap=not is_text,
                min_width=10 if is_text else None,
            )
    for alert in sorted(alerts, key=lambda found: (found["severity"] != "critical", found["rule"], found["segment"])):
        known = kpis.get(alert["kpi"])
        style = SEVERITY_STYLES[alert["severity"]]
        cells = {
            "id": f"[dim]{alert['alert_id']}[/]",
            "": f"[{style}]{alert['severity']}[/]",
            "noted": marks[alert["alert_id"]],
            "rule": escape(alert["rule"]),
            "KPI": escape(known.label(company.language) if known else alert["kpi"]),
            "segment": ""
            if alert["segment_type"] == "all"
            else escape(f"{alert['segment_type']} {readable(alert['segment'])}"),
            "period": short_period(as_date(alert["period_start"]), alert["grain"]),
            "value": escape(written(known, alert["value"], company) if known else str(alert["value"])),
            "bound": escape(written(known, alert["threshold"], company) if known else str(alert["threshold"])),
            "since": f"{as_date(alert['opened_period']):%Y-%m-%d}",
        }
        table.add_row(*(cells[heading] for heading in headings if heading not in left_out))
    out.print(table)


def _marks(alert: Mapping[str, Any], silences: Sequence[Silence]) -> str:
    marks = {"seen": alert["acknowledged_at"], "silent": _silence_on(alert, silences)}
    return ", ".join(mark for mark, is_set in marks.items() if is_set)


def _silence_on(alert: Mapping[str, Any], silences: Sequence[Silence]) -> Silence | None:
    return next((found for found in silences if found.covers(alert["rule"], alert["segment"])), None)


def alerts_as_json(alerts: Sequence[Mapping[str, Any]], silences: Sequence[Silence]) -> list[dict[str, object]]:
    """The open alerts, each with the end of its silence or None."""
    found = [(alert, _silence_on(alert, silences)) for alert in alerts]
    return [{**alert, "silent_until": silence.until if silence else None} for alert, silence in found]


def show_silences(silences: Sequence[Silence], company: Company, out: Console) -> None:
    """The silences that are on, the first to end first."""
    if not silences:
        out.print("Nothing is silent.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("rule", "segment", "until", "reason"):
        table.add_column(heading, overflow="fold")
    for silence in silences:
        until = silence.until.astimezone(ZoneInfo(company.timezone))
        table.add_row(
            escape(silence.rule),
            escape(readable(silence.segment or "all")),
            f"{until:%Y-%m-%d %H:%M %Z}",
            escape(readable(silence.reason, LONGEST_TEXT)),
        )
    out.print(table)
