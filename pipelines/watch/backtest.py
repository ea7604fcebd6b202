"""A backtest: the incidents that a rule would have raised in the past, with the same steps as the live watch."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipelines.kpis import Grain, Kpi, next_period
from pipelines.watch.evaluation import EvaluatedReadings, Positions, evaluate_readings, readings_of
from pipelines.watch.limit import Severity
from pipelines.watch.no_data import complete_periods, periods_without_data
from pipelines.watch.reading import Series
from pipelines.watch.rule import Rule
from pipelines.watch.series import first_incomplete, fold, while_active
from pipelines.watch.state import Event, State


class Segment(NamedTuple):
    """One series of a rule: `all`, or a segment of a dimension."""

    segment_type: str
    segment: str


@dataclass(frozen=True, slots=True)
class PastIncident:
    """An incident that would have fired; with its relapses, where they reopen it, as in the table of alerts.

    `severity` is the worst it had; `first_period` and `last_period` are the first and the latest period that breached a
    limit; it fired with `fired_period` and resolved with `resolved_period`, None while it is open. `worst_value` is in
    the KPI's unit. `alert_periods` counts the evaluated periods at whose end its alert was open, `reopened` how often a
    relapse reopened it.
    """

    segment_type: str
    segment: str
    severity: Severity
    first_period: date
    last_period: date
    fired_period: date
    resolved_period: date | None
    worst_value: float
    alert_periods: int = 1
    reopened: int = 0


@dataclass(slots=True)
class Backtest:
    """A rule's replay: how many periods of all its series were evaluated, breached, had no value, and the incidents.

    `alert_periods` has the evaluated periods of each segment at whose end an alert was open, in order.
    """

    periods_evaluated: int = 0
    periods_breached: int = 0
    periods_without_data: int = 0
    incidents: list[PastIncident] = field(default_factory=list)
    alert_periods: dict[Segment, list[date]] = field(default_factory=dict)

    @property
    def periods_in_alert(self) -> int:
        """How many evaluated periods of all series had an open alert at their end."""
        return sum(map(len, self.alert_periods.values()))


class Stretch(NamedTuple):
    """Adjacent periods of a segment; `periods` counts them."""

    segment_type: str
    segment: str
    first_period: date
    last_period: date
    periods: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The periods in which two rules would have had an open alert: how many in both, and those of one alone."""

    in_both: int
    only_in_first: tuple[Stretch, ...]
    only_in_second: tuple[Stretch, ...]


@dataclass(slots=True)
class _History:
    """What a replay found in a series so far."""

    state: State = field(default_factory=State)
    events: list[Event] = field(default_factory=list)
    alert_periods: list[date] = field(default_factory=list)

    def go_on(self, evaluated: EvaluatedReadings, positions: range, now: datetime) -> None:
        """Follows the readings of the series at positions."""
        is_open = _is_firing(self.state)
        self.state, events = fold(self.state, evaluated, positions, now)
        if not events and not is_open:
            return
        self.events += events
        periods = evaluated.periods[positions.start : positions.stop]
        has_alert = np.zeros(periods.size, dtype=np.bool_)
        begin = 0
        for event in events:
            at = int(periods.searchsorted(np.datetime64(event.reading.period_start)))
            has_alert[begin:at] = is_open
            begin, is_open = at, event.kind != "resolved"
        has_alert[begin:] = is_open
        has_alert &= evaluated.is_evaluated[positions.start : positions.stop]
        self.alert_periods += periods[has_alert].tolist()


def replay(
    rule: Rule, kpi: Kpi, readings: pd.DataFrame, now: datetime, *, first: date | None, last: date | None
) -> Backtest:
    """Replays a rule of one version; see `replay_versions`."""
    return replay_versions([(rule, kpi)], readings, now, first=first, last=last)


def replay_versions(
    versions: Sequence[tuple[Rule, Kpi]],
    readings: pd.DataFrame,
    now: datetime,
    *,
    first: date | None,
    last: date | None,
) -> Backtest:
    """Replays a rule over a frame of readings, as if it had been evaluated after each period from the first on.

    A series ends at its first incomplete period, as in the live watch, and each period is evaluated by the version in
    effect at its beginning.

    Args:
        versions: the versions of the rule, the earliest first, with the KPI that they watch.
        readings: the frame, with the KPI as a whole; readings that the rule does not watch are not evaluated.
        now: the moment up to which the readings are known, in the company's time zone: that of the last build.
        first: only periods that start on this day or later count; every series begins there with no state.
        last: only periods that start on this day or earlier count.
    """
    # Limits may come from periods before the first that counts, as they do in the live watch.
    known = _until(readings, last)
    found = Backtest()
    histories: dict[Series, _History] = {}
    for rule, kpi in versions:
        compared = rule.condition.compared(readings_of(rule, known), _moment(now, last))
        evaluated = evaluate_readings(rule, kpi, compared)
        starts = _from(evaluated, first)
        starts, stops = while_active(evaluated, starts, first_incomplete(evaluated, starts))
        for series, start, stop in zip(evaluated.series, starts.tolist(), stops.tolist(), strict=True):
            found.periods_evaluated += int(np.count_nonzero(evaluated.is_evaluated[start:stop]))
            breached = evaluated.breached.searchsorted([start, stop])
            found.periods_breached += int(breached[1] - breached[0])
            histories.setdefault(series, _History()).go_on(evaluated, range(start, stop), now)
        complete = complete_periods(rule, known)
        complete = complete[complete >= np.datetime64(max(first or date.min, rule.first_day))]
        complete = complete[complete <= np.datetime64(rule.last_day)]
        missing = periods_without_data(evaluated, complete)
        found.periods_without_data += sum(periods.size for _, periods in missing)
    for series, history in histories.items():
        found.incidents += _incidents(history)
        if history.alert_periods:
            found.alert_periods[Segment(series.segment_type, series.segment)] = history.alert_periods
    found.incidents.sort(key=lambda incident: (incident.fired_period, incident.segment_type, incident.segment))
    return found


def compare(first: Backtest, second: Backtest, grain: Grain) -> Comparison:
    """Returns in which periods two rules of one grain would have had an open alert, both or one of them."""
    only: tuple[list[Stretch], list[Stretch]] = ([], [])
    in_both = 0
    for segment in sorted({*first.alert_periods, *second.alert_periods}):
        of_first, of_second = (set(each.alert_periods.get(segment, ())) for each in (first, second))
        in_both += len(of_first & of_second)
        for stretches, periods in zip(only, (of_first - of_second, of_second - of_first), strict=True):
            stretches.extend(_stretches(segment, sorted(periods), grain))
    return Comparison(in_both, tuple(only[0]), tuple(only[1]))


def _stretches(segment: Segment, periods: Iterable[date], grain: Grain) -> list[Stretch]:
    """Returns the periods of a segment, adjacent ones together."""
    found: list[Stretch] = []
    for period in periods:
        if found and next_period(grain, found[-1].last_period) == period:
            found[-1] = found[-1]._replace(last_period=period, periods=found[-1].periods + 1)
        else:
            found.append(Stretch(*segment, period, period, 1))
    return found


def _moment(now: datetime, last: date | None) -> datetime:
    """Returns the moment up to which ages are counted: the end of the last day that counts, if it is before `now`."""
    if last is None or last >= now.date():
        return now
    return datetime.combine(last + timedelta(days=1), time.min, now.tzinfo) - timedelta(seconds=1)


def _until(readings: pd.DataFrame, last: date | None) -> pd.DataFrame:
    return readings if last is None else readings[readings["period_start"] <= pd.Timestamp(last)]


def _from(evaluated: EvaluatedReadings, first: date | None) -> Positions:
    """Returns the position of the first reading of each series on `first` or later."""
    starts = evaluated.starts[:-1]
    if first is None or starts.size == 0:
        return starts
    is_before = evaluated.periods < np.datetime64(first)
    return starts + np.add.reduceat(is_before, starts, dtype=np.intp)


def _is_firing(state: State) -> bool:
    return state.incident is not None and state.incident.fired_at is not None


def _incidents(history: _History) -> list[PastIncident]:
    """Returns the incidents of a series, in the order of their periods."""
    by_alert: dict[str, list[Event]] = {}
    for event in history.events:
        by_alert.setdefault(event.alert_id, []).append(event)
    return [_incident(events, history) for events in by_alert.values()]


def _incident(events: Sequence[Event], history: _History) -> PastIncident:
    fired, latest, incident = events[0], events[-1], history.state.incident
    resolved = latest.reading.period_start if latest.kind == "resolved" else None
    if resolved is None and incident is not None:
        breached, worst = incident.breached_period, incident.peak_value
    else:
        breached, worst = latest.breached_period, latest.peak_value
    begin = bisect_left(history.alert_periods, fired.reading.period_start)
    end = len(history.alert_periods) if resolved is None else bisect_left(history.alert_periods, resolved)
    return PastIncident(
        segment_type=fired.series.segment_type,
        segment=fired.series.segment,
        severity="critical" if any(event.severity == "critical" for event in events) else "warn",
        first_period=fired.opened_period,
        last_period=breached,
        fired_period=fired.reading.period_start,
        resolved_period=resolved,
        worst_value=worst,
        alert_periods=end - begin,
        reopened=sum(event.kind == "reopened" for event in events),
    )
