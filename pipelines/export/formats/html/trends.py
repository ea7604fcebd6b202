"""The charts of the page: each KPI as a whole with bounds, target, the year before, and incidents."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isnan
from typing import Any

import pandas as pd
from markupsafe import Markup

from pipelines.charts import Chart, Incident, Line
from pipelines.charts.drawing import draw_svg
from pipelines.export.content import ExportContent
from pipelines.export.formats.html.texts import Texts
from pipelines.export.series import as_day, by_kpi
from pipelines.kpis import Grain, Kpi, next_period


@dataclass(frozen=True, slots=True)
class Trend:
    """A chart and its title."""

    title: str
    picture: Markup


def trends(content: ExportContent, texts: Texts) -> Sequence[Trend]:
    """Returns a chart for each KPI that has a value as a whole, in the order of the export."""
    found = by_kpi(content.rows[content.rows["segment_type"] == "all"])
    pictures = []
    for number, kpi in enumerate(content.kpis):
        rows = found.get(kpi.name)
        if rows is not None and rows["value"].notna().any():
            chart = _chart(kpi, rows, content, texts)
            svg = draw_svg(chart, prefix=f"chart{number}-")
            # The drawing escapes the title itself.
            pictures.append(Trend(chart.title, Markup(svg)))  # noqa: S704
    return pictures


def _chart(kpi: Kpi, rows: pd.DataFrame, content: ExportContent, texts: Texts) -> Chart:
    grain = content.export.grain
    by_period: dict[date, Any] = dict(zip(rows["period_start"].dt.date, rows.itertuples(), strict=True))
    periods = _consecutive(grain, min(by_period), max(by_period))

    def numbers(column: str) -> list[float | None]:
        found = (getattr(by_period.get(period), column, None) for period in periods)
        return [None if number is None or isnan(number) else float(number) for number in found]

    lines = [Line("target", numbers("target")), Line("previous_year", numbers("previous_year_value"))]
    lines += [
        Line(bound.severity, [bound.thresholds.get(period) for period in periods])
        for bound in content.bounds
        if bound.kpi == kpi.name
    ]
    ranges = content.usual.get(kpi.name, {})
    return Chart(
        title=kpi.label(texts.language),
        unit=kpi.shown_unit,
        grain=grain,
        language=texts.language,
        currency=content.company.currency,
        periods=periods,
        values=numbers("value"),
        lines=[line for line in lines if any(number is not None for number in line.values)],
        usual=[ranges.get(period) for period in periods] if ranges else (),
        incidents=list(_incidents(kpi, content)),
    )


def _consecutive(grain: Grain, first: date, last: date) -> list[date]:
    periods = [first]
    while periods[-1] < last:
        periods.append(next_period(grain, periods[-1]))
    return periods


def _incidents(kpi: Kpi, content: ExportContent) -> Iterator[Incident]:
    """Yields the incidents of a KPI as a whole at the grain of the export."""
    for alert in (*content.resolved, *content.alerts):
        if (alert["kpi"], alert["grain"], alert["segment_type"]) == (kpi.name, content.export.grain, "all"):
            yield Incident(alert["severity"], as_day(alert["opened_period"]), _last_period(alert))


def _last_period(alert: Mapping[str, Any]) -> date | None:
    """Returns the last period of a resolved incident that breached its threshold; None while it is open."""
    if alert["status"] != "resolved":
        return None
    last = as_day(alert["opened_period"])
    for _ in range(alert["breached_periods"] - 1):
        last = next_period(alert["grain"], last)
    return last
