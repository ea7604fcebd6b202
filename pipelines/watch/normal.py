"""What is normal for a series: the facts beside which a reader of an alert sees the value."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pipelines.kpis import Kpi, previous_period
from pipelines.kpis.formatting import says_nothing
from pipelines.watch.baseline import RHYTHMS, Numbers, period_numbers, scale_of, usual_limits
from pipelines.watch.evaluation import EvaluatedReadings
from pipelines.watch.reading import number_or_none
from pipelines.watch.state import Event

# Of values in the usual range, one a year is beyond its ends by chance.
_A_YEAR = 1


@dataclass(frozen=True, slots=True)
class Normal:
    """What is normal for a series in the period of a reading, in the KPI's unit; None where it is not known.

    `before` is the last value before the incident, unless that is the value of the period before the reading, which
    the reading has itself. `usual` are the ends of the usual range of the series' own past before the incident.
    """

    before: float | None = None
    usual: tuple[float, float] | None = None
    year_ago: float | None = None
    target: float | None = None


def normals(events: Iterable[Event], evaluated: EvaluatedReadings, kpi: Kpi) -> Mapping[Event, Normal]:
    """Returns what is normal for the series of events; those that the rule does not watch any more have nothing.

    Args:
        events: what happened to series of one rule.
        evaluated: the readings of the rule.
        kpi: the KPI that it watches.
    """
    if not evaluated.rule.condition.measures_kpi:
        return {}
    places = {series: place for place, series in enumerate(evaluated.series)}
    known = [event for event in dict.fromkeys(events) if event.series in places]
    spans = [_span(evaluated, places[event.series], event.opened_period) for event in known]
    ranges = _usual_ranges(known, spans, evaluated, kpi)
    return {
        event: Normal(
            before=_before(event, span, evaluated),
            usual=usual,
            year_ago=event.reading.previous_year_value,
            target=event.reading.target,
        )
        for event, span, usual in zip(known, spans, ranges, strict=True)
    }


def _span(evaluated: EvaluatedReadings, place: int, opened: date) -> slice:
    """Returns the positions of a series' readings before the period in which an incident began."""
    start, stop = (int(position) for position in evaluated.starts[place : place + 2])
    return slice(start, start + int(evaluated.periods[start:stop].searchsorted(np.datetime64(opened))))


def _before(event: Event, span: slice, evaluated: EvaluatedReadings) -> float | None:
    # What is too small a sample was not evaluated either.
    counted = np.flatnonzero((evaluated.is_counted & evaluated.is_large_enough)[span])
    if counted.size == 0:
        return None
    position = span.start + int(counted[-1])
    if evaluated.period_at(position) == previous_period(event.series.grain, event.reading.period_start):
        return None
    return number_or_none(evaluated.numbers["value"].item(position))


def _usual_ranges(
    events: Sequence[Event], spans: Sequence[slice], evaluated: EvaluatedReadings, kpi: Kpi
) -> list[tuple[float, float] | None]:
    """Returns the usual ranges of the readings of events, from what came before the incidents."""
    rhythm = RHYTHMS.get(evaluated.rule.grain)
    if rhythm is None or not events:
        return [None] * len(events)
    numbers = period_numbers(evaluated.periods, evaluated.rule.grain)
    of_events = np.array([event.reading.period_start for event in events], dtype="datetime64[D]")
    rows = np.maximum(period_numbers(of_events, evaluated.rule.grain) - numbers.min(), 0)
    values = np.full((int(rows.max()) + 1, len(events)), np.nan)
    is_usable = evaluated.is_counted & evaluated.is_large_enough
    for column, span in enumerate(spans):
        usable = np.flatnonzero(is_usable[span]) + span.start
        values[numbers[usable] - numbers.min(), column] = evaluated.numbers["value"][usable]
    scale, chance = scale_of(kpi), _A_YEAR / rhythm.a_year / 2
    ends = usual_limits(scale.of(values), int(numbers.min()), rhythm, [("below", chance), ("above", chance)])
    columns = np.arange(len(events))
    low, high = (_possible(scale.back(end[rows, columns]), kpi) for end in ends)
    return [
        _range(event, *pair, kpi)
        for event, pair in zip(events, zip(low.tolist(), high.tolist(), strict=True), strict=True)
    ]


def _possible(values: Numbers, kpi: Kpi) -> Numbers:
    lowest = -np.inf if kpi.lowest is None else kpi.lowest
    return np.clip(values, lowest, np.inf if kpi.highest is None else kpi.highest)


def _range(event: Event, low: float, high: float, kpi: Kpi) -> tuple[float, float] | None:
    """Returns a range that says something. That of a rule on the usual range has the end that the event is beyond."""
    if event.condition == "baseline":
        low, high = (event.threshold, high) if event.side == "below" else (low, event.threshold)
    if not (math.isfinite(low) and math.isfinite(high)) or low >= high or says_nothing(kpi.shown_unit, low, high):
        return None
    return low, high
