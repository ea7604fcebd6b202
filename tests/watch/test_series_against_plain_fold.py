"""Random rules, series, states and readings: the evaluation of all series at once equals a plain fold over each.

The plain fold below compares every reading by itself, in scalars read from the keys of the rule, and steps through all
of them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from watch_samples import CSAT, NOW, plain_fold

from pipelines.kpis import GRAINS, Grain, next_period
from pipelines.watch.backtest import replay
from pipelines.watch.evaluation import evaluate_readings
from pipelines.watch.reading import Reading, Series, frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series
from pipelines.watch.state import Event, State

EARLIER = NOW - timedelta(weeks=8)
STARTS: dict[Grain, date] = {
    "day": date(2023, 12, 27), "week": date(2023, 12, 25), "month": date(2023, 11, 1), "quarter": date(2020, 10, 1),
    "year": date(2000, 1, 1),
}  # fmt: skip

conditions = st.sampled_from(
    [
        {"below": 0.8},
        {"below": {"warn": 0.8, "critical": 0.6}},
        {"below": {"critical": 0.7}, "clear": 0.85},
        {"below": {"warn": 0.8, "critical": 0.8}, "clear": 0.8},
        {"above": 0.6},
        {"above": {"warn": 0.6, "critical": 0.8}, "clear": 0.5},
        {"outside": [0.4, 0.7]},
        {"outside": {"warn": [0.5, 0.7], "critical": [0.3, 0.9]}, "clear": [0.55, 0.65]},
        {"outside": {"critical": [0.4, 0.7]}, "clear": [0.4, 0.7]},
    ]
)
modifiers = st.fixed_dictionaries(
    {
        "for": st.integers(1, 3),
        "keep_firing": st.integers(1, 3),
        "reopen_within": st.integers(0, 3),
        "min_sample": st.sampled_from([0, 30]),
    }
)
rules = st.builds(lambda condition, others: {**condition, **others}, conditions, modifiers)
# Values at, around and far from the thresholds; the same one often, so that runs are long.
values = (
    st.sampled_from([0.9, 0.85, 0.8, 0.7, 0.65, 0.6, 0.6, 0.6, 0.5, 0.4, 0.3, 0.1])
    | st.floats(0, 1)
    | st.sampled_from([None, math.nan, math.inf, -math.inf])
)
samples = st.sampled_from([100, 100, 100, 30, 29, 0, None])
# A value with its sample, whether its period is complete, and how many periods are missing before it.
rows = st.tuples(values, samples, st.integers(0, 30).map(bool), st.sampled_from([0, 0, 0, 0, 0, 1, 2]))
histories = st.dictionaries(st.sampled_from(["chat", "email", "phone", "é"]), st.lists(rows, max_size=25), max_size=4)


def readings(grain: Grain, segment: str, history: Sequence[tuple[Any, ...]]) -> Iterator[Reading]:
    period = STARTS[grain]
    for value, size, is_complete, missing in history:
        for _ in range(missing):
            period = next_period(grain, period)
        yield Reading("csat", grain, period, "channel", segment, value, 1.0, 2.0, size, 0.1, None, is_complete)
        period = next_period(grain, period)


def is_evaluated(rule: Rule, current: Reading) -> bool:
    if not current.is_complete or current.value is None or not math.isfinite(current.value):
        return False
    return rule.min_sample == 0 or (current.sample_size is not None and current.sample_size >= rule.min_sample)


def breach(keys: dict[str, Any], value: float) -> tuple[str, str, float] | None:
    """The most severe threshold of the keys of a rule that a value is beyond."""
    [(key, levels)] = [(key, keys[key]) for key in ("below", "above", "outside") if key in keys]
    for severity in ("critical", "warn"):
        level = levels.get(severity) if isinstance(levels, dict) else levels if severity == "warn" else None
        if level is None:
            continue
        low, high = level if key == "outside" else (level, level)
        if key in ("below", "outside") and value < low:
            return severity, "below", low
        if key in ("above", "outside") and value > high:
            return severity, "above", high
    return None


def is_recovered(keys: dict[str, Any], value: float) -> bool:
    if breach(keys, value) is not None:
        return False
    match keys.get("clear"):
        case None:
            return True
        case [low, high]:
            return bool(low <= value <= high)
        case clear:
            return bool(value >= clear if "below" in keys else value <= clear)


@given(rules, histories)
def test_readings_are_compared_at_once_as_they_are_one_by_one(
    keys: dict[str, Any], history: dict[str, list[tuple[Any, ...]]]
) -> None:
    rule = Rule.model_validate({"name": "watched", "kpi": "csat", "by": "channel"} | keys)
    all_readings = [each for segment, rows in history.items() for each in readings("week", segment, rows)]
    evaluated = evaluate_readings(rule, CSAT, frame_of(all_readings))
    for position, current in enumerate(all_readings):
        found = evaluated.at(position)
        if is_evaluated(rule, current):
            assert current.value is not None
            assert found.obstacle is None
            assert found.breach == breach(keys, current.value)
            assert found.is_recovered == is_recovered(keys, current.value)
        else:
            assert (found.obstacle is None, found.breach, found.is_recovered) == (False, None, False)


def plainly(
    state: State | None, of_series: list[Reading], rule: Rule, now: datetime
) -> tuple[State, tuple[Event, ...]]:
    """The evaluation of one series, a step for each reading."""
    if state is not None and state.last_period is not None:
        return plain_fold(state, of_series, rule, now)
    after, events = plain_fold(State(), of_series, rule, now)
    if after.incident is None or after.incident.fired_at is None:
        return after, ()
    incident = after.incident
    [breached] = [each for each in of_series if each.period_start == incident.breached_period]
    last = events[-1]
    fired = replace(
        last,
        kind="fired",
        reading=breached,
        severity=incident.severity,
        threshold=incident.threshold,
        side=incident.side,
        mildest_threshold=evaluate_readings(rule, CSAT, frame_of([breached])).at(0).mildest_threshold(incident.side)
        or 0.0,
        peak_value=incident.peak_value,
        breached_periods=incident.breached_periods,
        breached_period=incident.breached_period,
        breached_value=incident.value,
        previous_severity=None,
        reason=f"found in the history, beyond the limits since {incident.opened_period}",
    )
    return after, (fired,)


def last_value(of_series: Sequence[Reading]) -> date | None:
    """The period of the last complete reading with a value."""
    counted = [
        each.period_start
        for each in of_series
        if each.is_complete and each.value is not None and math.isfinite(each.value)
    ]
    return max(counted, default=None)


@settings(max_examples=200)
@given(
    st.sampled_from(GRAINS), rules, rules, histories, st.lists(st.none() | st.integers(0, 25), min_size=4, max_size=4)
)
def test_series_are_evaluated_at_once_as_they_are_step_by_step(
    grain: Grain,
    keys: dict[str, Any],
    earlier_keys: dict[str, Any],
    history: dict[str, list[tuple[Any, ...]]],
    cuts: list[int | None],
) -> None:
    """`earlier_keys` are the rule as it was when states were stored after the first `cuts` readings of each series."""
    fixed = {"name": "watched", "kpi": "csat", "grain": grain, "by": "channel"}
    rule, earlier = Rule.model_validate(fixed | keys), Rule.model_validate(fixed | earlier_keys)
    of_segments = {segment: list(readings(grain, segment, rows)) for segment, rows in history.items()}
    states = {
        Series("watched", "csat", grain, "channel", segment): plainly(None, of_series[:cut], earlier, EARLIER)[0]
        for (segment, of_series), cut in zip(of_segments.items(), cuts, strict=False)
        if cut is not None
    }
    frame = frame_of([each for of_series in of_segments.values() for each in of_series])
    changes = evaluate_series(rule, CSAT, frame, states, NOW)
    last_values = {segment: last_value(of_series) for segment, of_series in of_segments.items()}
    newest = max((each for each in last_values.values() if each is not None), default=date.min)
    assert [change.series.segment for change in changes] == [segment for segment, of in of_segments.items() if of]
    for change in changes:
        before = states.get(change.series)
        assert change.before is before
        after, events = plainly(before, of_segments[change.series.segment], rule, NOW)
        last = last_values[change.series.segment]
        is_first = before is None or before.last_period is None
        if is_first and last is not None and newest - last > timedelta(days=366 if grain == "year" else 92):
            # A segment that ended long ago raises nothing when a rule is evaluated for the first time.
            assert change.after.incident is None
            assert change.events == ()
            continue
        assert change.after == after
        assert change.events == tuple(replace(event, reading=_without_nan(event.reading)) for event in events)


@given(rules, histories)
def test_a_backtest_counts_what_a_plain_fold_finds(
    keys: dict[str, Any], history: dict[str, list[tuple[Any, ...]]]
) -> None:
    rule = Rule.model_validate({"name": "watched", "kpi": "csat", "by": "channel"} | keys)
    of_segments = {segment: list(readings("week", segment, rows)) for segment, rows in history.items()}
    found = replay(
        rule, CSAT, frame_of([each for of in of_segments.values() for each in of]), NOW, first=None, last=None
    )
    counted = [
        current
        for of_series in of_segments.values()
        for position, current in enumerate(of_series)
        if all(each.is_complete for each in of_series[: position + 1]) and is_evaluated(rule, current)
    ]
    assert found.periods_evaluated == len(counted)
    assert found.periods_breached == sum(breach(keys, current.value or 0.0) is not None for current in counted)
    fired = [
        (event.reading.period_start, event.series.segment)
        for of_series in of_segments.values()
        for event in plain_fold(State(), of_series, rule)[1]
        if event.kind == "fired"
    ]
    assert [(incident.fired_period, incident.segment) for incident in found.incidents] == sorted(fired)


def _without_nan(reading: Reading) -> Reading:
    return replace(reading, value=None) if reading.value is not None and math.isnan(reading.value) else reading
