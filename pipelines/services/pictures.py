"""The charts of messages: the series of an alert with the limits of its rule and the span of the incident, as PNG."""

from datetime import date

import numpy as np

from pipelines.charts import Chart, Incident, Line
from pipelines.charts.drawing import draw_png
from pipelines.kpis import Grain, Kpi, next_period
from pipelines.notify.compose import CompanyFacts, series_name
from pipelines.watch.evaluation import EvaluatedReadings
from pipelines.watch.limit import SEVERITIES
from pipelines.watch.state import Event

# Enough to show what is usual, few enough to be read in a message.
_PERIODS: dict[Grain, int] = {"day": 42, "week": 26, "month": 24, "quarter": 12, "year": 6}


def picture_of(event: Event, evaluated: EvaluatedReadings, kpi: Kpi, company: CompanyFacts) -> bytes | None:
    """Returns the chart of an event's series up to its reading; None if it has fewer than two values.

    There is none either of a series that the rule does not watch any more.

    Args:
        event: what happened.
        evaluated: the readings of its rule.
        kpi: what the rule compares.
        company: how the company's messages are written.
    """
    if event.series not in evaluated.series:
        return None
    chart = chart_of(event, evaluated, kpi, company)
    return None if sum(value is not None for value in chart.values) < 2 else draw_png(chart)


def chart_of(event: Event, evaluated: EvaluatedReadings, kpi: Kpi, company: CompanyFacts) -> Chart:
    """Returns what the picture of an event shows."""
    series, last = event.series, event.reading.period_start
    place = list(evaluated.series).index(series)
    start, stop = int(evaluated.starts[place]), int(evaluated.starts[place + 1])
    stop = start + int(evaluated.periods[start:stop].searchsorted(np.datetime64(last), side="right"))
    start = max(start, stop - _PERIODS[series.grain])
    positions = {evaluated.period_at(position): position for position in range(start, stop)}
    periods = _consecutive(series.grain, evaluated.period_at(start), last)

    def numbers(of: dict[date, float]) -> list[float | None]:
        found = (of.get(period) for period in periods)
        return [number if number is not None and np.isfinite(number) else None for number in found]

    values = {
        period: evaluated.at(position).value for period, position in positions.items() if evaluated.is_counted[position]
    }
    lines = [
        Line(severity, numbers({period: limit.at(position).value for period, position in positions.items()}))
        for severity in SEVERITIES
        for of_severity, limit in evaluated.limits
        if of_severity == severity
    ]
    end = event.breached_period if event.kind == "resolved" else None
    return Chart(
        title=series_name(kpi.label(company.language), series.segment_type, series.segment, company.language),
        unit=kpi.shown_unit,
        grain=series.grain,
        language=company.language,
        currency=company.currency,
        periods=periods,
        values=numbers(values),
        lines=[line for line in lines if any(number is not None for number in line.values)],
        incidents=[Incident(event.severity, max(event.opened_period, periods[0]), end)],
    )


def _consecutive(grain: Grain, first: date, last: date) -> list[date]:
    periods = [first]
    while periods[-1] < last:
        periods.append(next_period(grain, periods[-1]))
    return periods
