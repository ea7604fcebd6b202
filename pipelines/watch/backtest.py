"""A backtest: the incidents that a rule would have raised in the past, with the same steps as the live watch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
import pandas as pd

from pipelines.kpis import Kpi, period_end
from pipelines.watch.evaluation import EvaluatedReadings, Positions, evaluate_readings, readings_of
from pipelines.watch.limit import Severity
from pipelines.watch.no_data import complete_periods, periods_without_data
from pipelines.watch.rule import Rule
from pipelines.watch.series import first_incomplete, fold, while_active
from pipelines.watch.state import Event, State


@dataclass(frozen=True, slots=True)
class PastIncident:
    """An incident that would have fired.

    `severity` is the worst it had; `first_period` and `last_period` are the first and the latest period that breached a
    limit; it fired with `fired_period` and resolved with `resolved_period`, None while it is open. `worst_value` is in
    the KPI's unit.
    """

    segment_type: str
    segment: str
    severity: Severity
    first_period: date
    last_period: date
    fired_period: date
    resolved_period: date | None
    worst_value: float


@dataclass(slots=True)
class Backtest:
    """A rule's replay: how many periods of all its series were evaluated, breached, had no value, and the incidents."""

    periods_evaluated: int = 0
    periods_breached: int = 0
    periods_without_data: int = 0
    incidents: list[PastIncident] = field(default_factory=list)


def replay(
    rule: Rule, kpi: Kpi, readings: pd.DataFrame, now: datetime, *, first: date | None, last: date | None
) -> Backtest:
    """Replays a rule over a frame of readings.

    A series ends at its first incomplete period, as in the live watch.

    Args:
        rule: the rule.
        kpi: the KPI that it watches.
        readings: the frame, with the KPI as a whole; readings that the rule does not watch are not evaluated.
        now: the moment of the replay, in the company's time zone.
        first: only periods that start on this day or later count; every series begins there with no state.
        last: only periods that start on this day or earlier count.
    """
    # A relapse is listed by itself, with the periods that it lasted, whether or not it reopens an alert.
    rule = rule.model_copy(update={"reopen_within": 0})
    # Limits may come from periods before the first that counts, as they do in the live watch.
    known = _until(readings, last)
    evaluated = evaluate_readings(
        rule, kpi, rule.condition.compared(readings_of(rule, known), _moment(rule, known, now))
    )
    starts = _from(evaluated, first)
    starts, stops = while_active(evaluated, starts, first_incomplete(evaluated, starts))
    found = Backtest()
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        found.periods_evaluated += int(np.count_nonzero(evaluated.is_evaluated[start:stop]))
        breached = evaluated.breached.searchsorted([start, stop])
        found.periods_breached += int(breached[1] - breached[0])
        state, events = fold(State(), evaluated, range(start, stop), now)
        found.incidents += _incidents(state, events)
    complete = complete_periods(rule, known)
    complete = complete[complete >= np.datetime64(max(first or date.min, rule.first_day))]
    complete = complete[complete <= np.datetime64(rule.last_day)]
    missing = periods_without_data(evaluated, complete)
    found.periods_without_data = sum(periods.size for _, periods in missing)
    found.incidents.sort(key=lambda incident: (incident.fired_period, incident.segment_type, incident.segment))
    return found


def _moment(rule: Rule, readings: pd.DataFrame, now: datetime) -> datetime:
    """Returns the end of the last complete period, of which the readings know everything, if it is before `now`."""
    complete = complete_periods(rule, readings)
    if complete.size == 0:
        return now
    end = period_end(rule.grain, complete[-1].item())
    return min(now, datetime.combine(end, datetime.min.time(), now.tzinfo))


def _until(readings: pd.DataFrame, last: date | None) -> pd.DataFrame:
    return readings if last is None else readings[readings["period_start"] <= pd.Timestamp(last)]


def _from(evaluated: EvaluatedReadings, first: date | None) -> Positions:
    """Returns the position of the first reading of each series on `first` or later."""
    starts = evaluated.starts[:-1]
    if first is None or starts.size == 0:
        return starts
    is_before = evaluated.periods < np.datetime64(first)
    return starts + np.add.reduceat(is_before, starts, dtype=np.intp)


def _incidents(state: State, events: Sequence[Event]) -> list[PastIncident]:
    """Returns the incidents of a series, in the order of their periods.

    Args:
        state: the state of the series after the replay.
        events: every event of the replay.
    """
    found = []
    of_one: list[Event] = []
    for event in events:
        of_one.append(event)
        if event.kind == "resolved":
            found.append(_incident(of_one, event.breached_period, event.peak_value, event.reading.period_start))
            of_one = []
    if of_one and state.incident is not None:
        found.append(_incident(of_one, state.incident.breached_period, state.incident.peak_value, None))
    return found


def _incident(
    events: Sequence[Event], last_period: date, worst_value: float, resolved_period: date | None
) -> PastIncident:
    fired = events[0]
    is_critical = any(event.severity == "critical" for event in events)
    return PastIncident(
        segment_type=fired.series.segment_type,
        segment=fired.series.segment,
        severity="critical" if is_critical else "warn",
        first_period=fired.opened_period,
        last_period=last_period,
        fired_period=fired.reading.period_start,
        resolved_period=resolved_period,
        worst_value=worst_value,
    )
