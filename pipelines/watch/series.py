"""The evaluation of a rule: what is new in the readings of its series, and what that changes in their states.

Readings are compared with limits for all series at once. A series that is `ok` stays `ok` until its next breach, so the
step by step evaluation runs only from a breach until the series is `ok` again; the result is the same as that of a step
for every reading.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from math import isfinite

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.kpis import Grain, Kpi, next_period
from pipelines.watch.alert import Transition, event_of, is_repeated, ok_state, step, step_again
from pipelines.watch.evaluation import EvaluatedReadings, Positions, evaluate_readings, readings_of
from pipelines.watch.no_data import ENDED_AFTER
from pipelines.watch.reading import Series
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event, SeriesChange, State

# Sums of the same numbers in another order differ in their last digits.
_SAME = 1e-9

# A year begins later than that after the one before.
_LONGEST_GAPS: Mapping[Grain, np.timedelta64] = {"year": np.timedelta64(366, "D")}

_Dates = npt.NDArray[np.datetime64]


def evaluate_series(
    rule: Rule,
    kpi: Kpi,
    readings: pd.DataFrame,
    states: Mapping[Series, State],
    now: datetime,
    replayed: Collection[Series] = (),
) -> list[SeriesChange]:
    """Evaluates what is new in the readings of a rule's series; returns a change for each series with readings.

    The readings of a series count up to the first new one that is incomplete. A series that was never evaluated before
    (no state, or no period evaluated so far) is replayed silently: incidents that are over raise no event, one that is
    still open raises a single `fired` with its severity of today and the reading of its latest breached period. That of
    a segment that ended long ago is over: it has had no value for some months in which others had one.
    If late data has changed the value of the last period of an incident, that period counts with its new value.

    Args:
        rule: the rule.
        kpi: the KPI that it watches.
        readings: a frame of readings with all periods of the series; those that the rule does not watch are ignored.
        states: the states of the series so far.
        now: the moment of the evaluation, in the company's time zone.
        replayed: series with a state that an earlier version of the rule has just replayed: the replay goes on.

    Raises:
        ValueError: the readings are not series by series in the order of their periods.
    """
    evaluated = evaluate_readings(rule, kpi, rule.condition.compared(readings_of(rule, readings), now))
    now = now.astimezone(UTC)
    before = [states.get(series) for series in evaluated.series]
    last_periods = _as_dates([None if state is None else state.last_period for state in before])
    first = _first_new(evaluated, last_periods)
    is_restated = _restated(evaluated, before, last_periods, first)
    first, stop = while_active(evaluated, first, first_incomplete(evaluated, first))
    is_first_evaluation = np.isnat(last_periods)
    start, known_periods = _skip_settled(evaluated, first, stop, is_first_evaluation)
    has_breach = _counts(evaluated.breached, start, stop) > 0
    counted, last_periods = _last_counted(evaluated, start, stop, known_periods)
    has_ended = _have_ended(evaluated)

    changes = []
    ok_states: dict[date | None, State] = {None: State()}
    rows = zip(
        evaluated.series, before, is_first_evaluation.tolist(), has_breach.tolist(), counted.tolist(),
        is_restated.tolist(), has_ended.tolist(), known_periods.tolist(), last_periods.tolist(), start.tolist(),
        stop.tolist(), strict=True,
    )  # fmt: skip
    for series, state, is_first, breaches, counts, restated, ended, known, last, begin, end in rows:
        events: tuple[Event, ...] = ()
        if state is not None and series in replayed:
            after, events = _replay(state, evaluated, range(begin, end), now)
        elif is_first and breaches:
            after, events = _replay(State(last_period=known), evaluated, range(begin, end), now)
            if ended:
                after, events = State(last_period=after.last_period), ()
        elif state is not None and restated:
            after, events = _correct(state, evaluated, range(begin, end), now)
        elif state is not None and not is_first and (breaches or state.status != "ok" or state.resolved is not None):
            after, events = fold(state, evaluated, range(begin, end), now)
        elif state is not None and not is_first and not counts:
            after = state
        else:
            after = ok_states.get(last) or ok_states.setdefault(last, State(last_period=last))
        changes.append(SeriesChange(series, state, after, events))
    return [_with_repetition(change, evaluated, now) for change in _with_values(changes, evaluated)]


def fold(
    state: State, evaluated: EvaluatedReadings, positions: range, now: datetime
) -> tuple[State, tuple[Event, ...]]:
    """Returns the state of a series after its readings at `positions`, and every event on the way.

    Args:
        state: the state before.
        evaluated: the readings of the rule.
        positions: those of one series, none of them incomplete.
        now: the moment of the evaluation, aware.
    """
    state, transitions = _follow(state, evaluated, positions, now)
    return state, tuple(event_of(transition, evaluated.rule, now) for transition in transitions)


def _correct(
    state: State, evaluated: EvaluatedReadings, positions: range, now: datetime
) -> tuple[State, tuple[Event, ...]]:
    """Returns the state after the last period with its new value and the readings at `positions`, and every event."""
    before = state.corrections or 0
    state, correction = step_again(state, evaluated.at(positions.start - 1), evaluated.rule, now)
    number = before if correction is None else before + 1
    if number:
        state = replace(state, corrections=number)
    state, events = fold(state, evaluated, positions, now)
    if correction is None:
        return state, events
    # A value may go back and forth: each change is an event of its own.
    return state, (replace(event_of(correction, evaluated.rule, now), correction=number), *events)


def _restated(
    evaluated: EvaluatedReadings, before: Sequence[State | None], last_periods: _Dates, first: Positions
) -> npt.NDArray[np.bool_]:
    """Returns of which series the value of the last period is not the one with which it was evaluated."""
    old = np.array([np.nan if each is None or each.last_value is None else each.last_value for each in before])
    is_restated: npt.NDArray[np.bool_] = ~np.isnan(old) & (first > evaluated.starts[:-1])
    if not evaluated.rule.condition.measures_kpi:
        # The age of the newest data of a day changes as data comes: the next day says so.
        is_restated[:] = False
    last = first[is_restated] - 1
    is_counted = evaluated.is_counted[last] & (evaluated.periods[last] == last_periods[is_restated])
    rule = evaluated.rule
    is_counted &= evaluated.periods[last] >= np.datetime64(rule.first_day)
    is_counted &= evaluated.periods[last] <= np.datetime64(rule.last_day)
    is_restated[is_restated] = is_counted & ~np.isclose(evaluated.numbers["value"][last], old[is_restated], _SAME, 0)
    return is_restated


def _with_values(changes: Sequence[SeriesChange], evaluated: EvaluatedReadings) -> list[SeriesChange]:
    """Returns changes whose states have the value of their last period, and the gap that was known before."""
    last = _first_new(evaluated, _as_dates([change.after.last_period for change in changes])) - 1
    values = [value if isfinite(value) else None for value in evaluated.numbers["value"][last].tolist()]
    gaps = [None if change.before is None else change.before.gap for change in changes]
    return [
        change
        if change.after.last_period is None or (change.after.last_value == value and change.after.gap == gap)
        else replace(change, after=replace(change.after, last_value=value, gap=gap))
        for change, value, gap in zip(changes, values, gaps, strict=True)
    ]


def _with_repetition(change: SeriesChange, evaluated: EvaluatedReadings, now: datetime) -> SeriesChange:
    """Returns a change with one more event if its incident is due to be reported again and has no other event."""
    incident, rule = change.after.incident, evaluated.rule
    is_in_effect = rule.first_day <= now.date() <= rule.last_day
    if incident is None or change.events or not is_in_effect or not is_repeated(change.after, rule, now):
        return change
    series = evaluated.series.index(change.series)
    start, stop = evaluated.starts[series], evaluated.starts[series + 1]
    breach = start + int(evaluated.periods[start:stop].searchsorted(np.datetime64(incident.breached_period)))
    if breach == stop or evaluated.period_at(breach) != incident.breached_period:
        return change
    incident = replace(incident, reported_at=now)
    event = event_of(Transition("repeated", incident, evaluated.at(breach)), evaluated.rule, now)
    return replace(change, after=replace(change.after, incident=incident), events=(event,))


def _have_ended(evaluated: EvaluatedReadings) -> npt.NDArray[np.bool_]:
    """Returns which series are those of segments that have had no value for so long that they count as ended."""
    ended = np.zeros(len(evaluated.series), dtype=np.bool_)
    if evaluated.rule.by is None or not evaluated.is_counted.any():
        return ended
    counted = np.flatnonzero(evaluated.is_counted)
    behind = np.searchsorted(counted, evaluated.starts)
    has_value = np.diff(behind) > 0
    last = evaluated.periods[counted[behind[1:][has_value] - 1]]
    longest = _LONGEST_GAPS.get(evaluated.rule.grain, ENDED_AFTER)
    ended[has_value] = evaluated.periods[counted].max() - last > longest
    return ended


def first_incomplete(evaluated: EvaluatedReadings, start: Positions) -> Positions:
    """Returns for each series the first position from `start` on whose period is incomplete, or the series' end."""
    stop = evaluated.starts[1:].copy()
    incomplete = np.flatnonzero(~evaluated.is_complete)
    found = np.searchsorted(incomplete, start)
    exists = found < incomplete.size
    stop[exists] = np.minimum(stop[exists], incomplete[found[exists]])
    return stop


def while_active(evaluated: EvaluatedReadings, start: Positions, stop: Positions) -> tuple[Positions, Positions]:
    """Returns the part of the positions from each start to each stop whose periods begin while the rule is active."""
    rule, begins = evaluated.rule, evaluated.starts[:-1]
    if rule.active is None or begins.size == 0:
        return start, stop
    is_before = evaluated.periods < np.datetime64(rule.first_day)
    is_until = evaluated.periods <= np.datetime64(rule.last_day)
    start = np.maximum(start, begins + np.add.reduceat(is_before, begins, dtype=np.intp))
    return start, np.maximum(start, np.minimum(stop, begins + np.add.reduceat(is_until, begins, dtype=np.intp)))


def _replay(
    state: State, evaluated: EvaluatedReadings, positions: range, now: datetime
) -> tuple[State, tuple[Event, ...]]:
    """Returns the state after the readings at `positions`, and a single event if an incident is open then."""
    state, _ = _follow(state, evaluated, positions, now)
    incident = state.incident
    if incident is None or incident.fired_at is None:
        return state, ()
    periods = evaluated.periods[positions.start : positions.stop]
    if periods.size == 0 or np.datetime64(incident.breached_period) < periods[0]:
        # An earlier version of the rule found it.
        return state, ()
    breach = positions.start + int(periods.searchsorted(np.datetime64(incident.breached_period)))
    reason = f"found in the history, beyond the limits since {incident.opened_period.isoformat()}"
    fired = Transition("fired", incident, evaluated.at(breach))
    return state, (event_of(fired, evaluated.rule, now, reason=reason),)


def _follow(
    state: State, evaluated: EvaluatedReadings, positions: range, now: datetime
) -> tuple[State, list[Transition]]:
    """Returns the state after the readings at `positions`, and every transition on the way."""
    transitions: list[Transition] = []
    position = positions.start
    while position < positions.stop:
        if state.status == "ok":
            breach = min(_next(evaluated.breached, position), positions.stop)
            state = _pass_over(state, evaluated, position, breach)
            position = breach
            if position == positions.stop:
                break
        state, transition = step(state, evaluated.at(position), evaluated.rule, now)
        if transition is not None:
            transitions.append(transition)
        position += 1
    return state, transitions


def _pass_over(state: State, evaluated: EvaluatedReadings, start: int, stop: int) -> State:
    """Returns an `ok` state after readings that breach nothing."""
    counted = np.flatnonzero(evaluated.is_counted[start:stop])
    if counted.size == 0:
        return state
    return ok_state(evaluated.period_at(start + int(counted[-1])), state.resolved, evaluated.rule)


def _first_new(evaluated: EvaluatedReadings, last_periods: _Dates) -> Positions:
    """Returns for each series the position of its first reading after the period evaluated last."""
    starts = evaluated.starts[:-1]
    if np.isnat(last_periods).all():
        return starts
    lengths = np.diff(evaluated.starts)
    is_old = evaluated.periods <= np.repeat(last_periods, lengths)
    return starts + np.add.reduceat(is_old, starts, dtype=np.intp)


def _skip_settled(
    evaluated: EvaluatedReadings, first: Positions, stop: Positions, is_first_evaluation: npt.NDArray[np.bool_]
) -> tuple[Positions, _Dates]:
    """Returns for each series the position from which on its readings matter, and the period before, if it is known.

    Whatever a series was before, it is `ok` after `keep_firing` recovered periods in a row, and a breach is a new
    incident after `reopen_within` more of them. The silent replay of a history therefore starts after the last such
    period. Other series start at `first`.
    """
    known_periods = np.full(first.size, np.datetime64("NaT"), dtype="datetime64[D]")
    if not is_first_evaluation.any():
        return first, known_periods
    settled = np.flatnonzero(_is_settled(evaluated))
    last = np.searchsorted(settled, stop) - 1
    is_found = is_first_evaluation & (last >= 0)
    is_found[is_found] = settled[last[is_found]] >= first[is_found]
    start = first.copy()
    start[is_found] = settled[last[is_found]] + 1
    known_periods[is_found] = evaluated.periods[settled[last[is_found]]]
    return start, known_periods


def _is_settled(evaluated: EvaluatedReadings) -> npt.NDArray[np.bool_]:
    """Returns which readings end a run of recovered ones that leaves nothing to resolve or to reopen."""
    needed = evaluated.rule.keep_firing + evaluated.rule.reopen_within
    if needed == 1:
        return evaluated.is_recovered
    # Only counted readings extend or break a run.
    counted = np.flatnonzero(evaluated.is_counted)
    recovered = evaluated.is_recovered[counted]
    starts_again = _follows_gap(evaluated, counted)
    breaks = evaluated.is_evaluated[counted] & ~recovered
    total = np.cumsum(recovered)
    # The recoveries before the run of each reading: those up to the last one that broke or began it.
    before = np.maximum.accumulate(np.where(breaks, total, np.where(starts_again, total - recovered, 0)))
    is_settled = np.zeros(evaluated.periods.size, dtype=np.bool_)
    is_settled[counted] = recovered & (total - before >= needed)
    return is_settled


def _follows_gap(evaluated: EvaluatedReadings, counted: Positions) -> npt.NDArray[np.bool_]:
    """Returns which counted readings do not follow the one before, because it is of another series or period."""
    numbers, periods = pd.factorize(evaluated.periods[counted])
    nexts = _as_dates(
        [next_period(evaluated.rule.grain, period) for period in periods.astype("datetime64[D]").tolist()]
    )
    follows_gap = np.ones(counted.size, dtype=np.bool_)
    is_late = evaluated.periods[counted[1:]] > nexts[numbers[:-1]]
    belongs_to = np.searchsorted(evaluated.starts, counted, side="right")
    follows_gap[1:] = is_late | (belongs_to[1:] != belongs_to[:-1])
    return follows_gap


def _last_counted(
    evaluated: EvaluatedReadings, start: Positions, stop: Positions, known_periods: _Dates
) -> tuple[npt.NDArray[np.bool_], _Dates]:
    """Returns for each series whether a reading counts, and the period of the last one, else the known period."""
    counted = np.flatnonzero(evaluated.is_counted)
    has_any = _counts(counted, start, stop) > 0
    last_periods = known_periods.copy()
    last_periods[has_any] = evaluated.periods[counted[np.searchsorted(counted, stop[has_any]) - 1]]
    return has_any, last_periods


def _counts(positions: Positions, start: Positions, stop: Positions) -> Positions:
    """Returns how many of the sorted `positions` are from each start to before each stop."""
    return np.searchsorted(positions, stop) - np.searchsorted(positions, start)


def _next(positions: Positions, position: int) -> int:
    """Returns the first of the sorted `positions` from `position` on; the largest integer if there is none."""
    found = int(positions.searchsorted(position))
    return int(positions[found]) if found < positions.size else np.iinfo(np.intp).max


def _as_dates(days: list[date | None]) -> _Dates:
    return np.array(days, dtype="datetime64[D]")
