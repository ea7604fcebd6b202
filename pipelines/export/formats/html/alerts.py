"""The open alerts as the page shows them, critical ones first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.export.content import Advice, ExportContent
from pipelines.export.formats.html.texts import Texts
from pipelines.export.series import as_day
from pipelines.kpis import Kpi
from pipelines.kpis.formatting import ValueFormat
from pipelines.watch.limit import Severity


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An open alert, as texts; `segment` is empty for a KPI as a whole, other texts where nothing is known."""

    severity: Severity
    kpi: str
    segment: str
    value: str
    threshold: str
    worst: str
    period: str
    since: str
    acknowledged: str
    owner: str
    action: str
    rule: str
    alert_id: str


def open_alerts(content: ExportContent, texts: Texts) -> Sequence[OpenAlert]:
    """Returns the open alerts, critical ones first, those of one rule together."""
    ordered = sorted(content.alerts, key=lambda each: (each["severity"] != "critical", each["rule"], each["segment"]))
    return [_open_alert(alert, content, texts) for alert in ordered]


def _open_alert(alert: Mapping[str, Any], content: ExportContent, texts: Texts) -> OpenAlert:
    kpi = content.subject_of(alert)
    advice = content.advice.get(alert["rule"], Advice())
    value, threshold, worst = _values(alert, kpi, texts)
    start, opened = as_day(alert["period_start"]), as_day(alert["opened_period"])
    by = " · ".join(filter(None, (alert.get("acknowledged_by"), alert.get("comment"))))
    acknowledged = texts.moment(alert["acknowledged_at"]) if alert["acknowledged_at"] else ""
    is_whole = alert["segment_type"] == "all"
    dimension = texts.dimension(alert["segment_type"])
    name = texts.segment(alert["segment_type"], alert["segment"])
    return OpenAlert(
        severity=alert["severity"],
        kpi=kpi.label(texts.language) if kpi else alert["kpi"],
        segment="" if is_whole else name if alert["segment"] == "unknown" else f"{dimension} {name}",
        value=value,
        threshold=threshold,
        worst="" if worst == value else worst,
        period=texts.period(start, alert["grain"]),
        since="" if opened == start else texts.period(opened, alert["grain"]),
        acknowledged=f"{acknowledged} · {by}" if acknowledged and by else acknowledged,
        owner=advice.owner or "",
        action=advice.action or "",
        rule=alert["rule"],
        alert_id=alert["alert_id"],
    )


def _values(alert: Mapping[str, Any], kpi: Kpi | None, texts: Texts) -> tuple[str, str, str]:
    """Returns the value, the threshold and the worst value; an alert about missing data has none of them."""
    if alert["value"] is None:
        return texts.word("no_data"), "", ""
    value, threshold, worst = (float(alert[name]) for name in ("value", "threshold", "peak_value"))
    written = _format(kpi, value, threshold, texts)
    return written.format(value), written.format_threshold(threshold), written.format(worst)


def _format(kpi: Kpi | None, value: float, threshold: float, texts: Texts) -> ValueFormat:
    return ValueFormat.beside_threshold(
        kpi.shown_unit if kpi else "count", texts.language, texts.company.currency, value=value, threshold=threshold
    )
