"""A backtest finds what the live watch would have found, had it evaluated the rule after every period.

The live watch below knows the readings as they were after each period: the next ones are not complete yet.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from watch_samples import CSAT

from pipelines.kpis import Benchmark, Grain, Kpi, next_period, period_end
from pipelines.watch.backtest import Backtest, PastIncident, Segment, replay_versions
from pipelines.watch.evaluation import evaluate_readings
from pipelines.watch.reading import Reading, Series, frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event, State
from pipelines.watch.versions import by_name, evaluate_versions

KPI = replace(
    CSAT, lowest=0, highest=1, interval="wilson", benchmarks=(Benchmark("good", 0.8), Benchmark("average", 0.7))
)
STARTS: dict[Grain, date] = {"day": date(2024, 1, 1), "week": date(2024, 1, 1), "month": date(2022, 1, 1)}
PERIODS = 36

CONDITIONS: dict[str, list[dict[str, Any]]] = {
    "bounds": [
        {"below": {"warn": 0.8, "critical": 0.7}},
        {"below": 0.78, "clear": 0.82},
        {"above": 0.85},
        {"outside": {"warn": [0.75, 0.85], "critical": [0.65, 0.95]}},
    ],
    "band": [{"band": "good"}, {"band": {"warn": "good", "critical": "average"}}],
    "target": [{"target": "100%"}, {"target": {"warn": "95%", "critical": "85%"}}],
    "change": [{"change": "-5%"}, {"change": {"drop": {"warn": "5pp", "critical": "12pp"}, "rise": "10%"}}],
    "baseline": [
        {"baseline": {"false_alarms_per_year": 4}},
        {"baseline": {"false_alarms_per_year": {"warn": 8, "critical": 1}, "side": "both"}},
    ],
}
RUNS = st.fixed_dictionaries(
    {"for": st.integers(1, 3), "keep_firing": st.integers(1, 3), "reopen_within": st.integers(0, 3)}
)
SAMPLES = st.fixed_dictionaries(
    {"min_sample": st.sampled_from([0, 30]), "confidence": st.sampled_from([None, 0.6, 0.95])}
)
SEGMENTS = ("chat", "email", "forum", "phone", "post")


def history(seed: int, grain: Grain) -> list[Reading]:
    """Shares of answers by channel: they drift and shift; periods are missing, without value or thin now and then."""
    generator = np.random.default_rng(seed)
    found = []
    for segment in SEGMENTS[: generator.integers(1, len(SEGMENTS) + 1)]:
        period, begins, ends = STARTS[grain], generator.integers(0, 12), generator.integers(25, PERIODS + 12)
        share = 0.82 + np.cumsum(generator.normal(0, 0.015, PERIODS))
        share[generator.integers(0, PERIODS) :] -= generator.choice([0, 0.1])
        for number in range(PERIODS):
            what = generator.uniform()
            if begins <= number < ends and what > 0.05:
                size = int(generator.integers(5, 40) if what < 0.15 else generator.integers(60, 200))
                good = None if what < 0.08 else int(generator.binomial(size, np.clip(share[number], 0.05, 0.95)))
                value = None if good is None else good / size
                half = 0.0 if value is None else 1.96 * float(np.sqrt(value * (1 - value) / size))
                low, high = (None, None) if value is None else (value - half, value + half)
                found.append(
                    Reading(
                        "csat", grain, period, "channel", segment, value, good, size, size, low, high,
                        is_complete=True, target=0.8,
                    )
                )  # fmt: skip
            period = next_period(grain, period)
    return found


class LiveWatch:
    """A rule in its versions, evaluated pass by pass, with the alerts that it has raised."""

    def __init__(self, versions: Sequence[Rule], kpi: Kpi) -> None:
        self._versions = [(version, version.condition.subject(kpi)) for version in versions]
        self._states: dict[Series, State] = {}
        self._events: dict[str, list[Event]] = {}
        self.alert_periods: dict[Segment, list[date]] = {}

    def evaluate(self, known: Sequence[Reading], period: date, now: datetime) -> None:
        frame = frame_of(known)
        for change in evaluate_versions(self._versions, frame, self._states, now):
            self._states[change.series] = change.after
            for event in change.events:
                assert isinstance(event, Event)
                self._events.setdefault(event.alert_id, []).append(event)
        for series, state in self._states.items():
            if state.incident is not None and state.incident.fired_at is not None and state.last_period == period:
                segment = Segment(series.segment_type, series.segment)
                self.alert_periods.setdefault(segment, []).append(period)

    def keep_evaluated(self, known: pd.DataFrame, now: datetime) -> None:
        """Forgets the periods that were passed over while an alert was open."""
        evaluated = set()
        for rule, kpi in self._versions:
            found = evaluate_readings(rule, kpi, rule.condition.compared(known, now))
            for position in np.flatnonzero(found.is_evaluated).tolist():
                if rule.first_day <= found.period_at(position) <= rule.last_day:
                    evaluated.add((found.at(position).series.segment, found.period_at(position)))
        kept = {
            segment: [period for period in periods if (segment.segment, period) in evaluated]
            for segment, periods in self.alert_periods.items()
        }
        self.alert_periods = {segment: periods for segment, periods in kept.items() if periods}

    def incidents(self) -> list[PastIncident]:
        found = []
        for alert, events in self._events.items():
            series, last = events[0].series, events[-1]
            incident = self._states[series].incident
            is_open = incident is not None and incident.alert_id == alert
            resolved = None if is_open else last.reading.period_start
            assert is_open or last.kind == "resolved"
            of_series = self.alert_periods.get(Segment(series.segment_type, series.segment), [])
            fired = events[0].reading.period_start
            found.append(
                PastIncident(
                    series.segment_type, series.segment,
                    "critical" if "critical" in {event.severity for event in events} else "warn",
                    events[0].opened_period, incident.breached_period if is_open and incident else last.breached_period,
                    fired, resolved, incident.peak_value if is_open and incident else last.peak_value,
                    sum(fired <= period and (resolved is None or period < resolved) for period in of_series),
                    sum(event.kind == "reopened" for event in events),
                )
            )  # fmt: skip
        return sorted(found, key=lambda each: (each.fired_period, each.segment_type, each.segment))


def watched(grain: Grain, *versions: dict[str, Any]) -> list[Rule]:
    rules = [
        Rule.model_validate({"name": "watched", "kpi": "csat", "grain": grain, "by": "channel"} | version)
        for version in versions
    ]
    [found] = by_name(rules).values()
    return list(found)


def backtest(versions: Sequence[Rule], known: Sequence[Reading], now: datetime) -> Backtest:
    subjects = [(version, version.condition.subject(KPI)) for version in versions]
    return replay_versions(subjects, frame_of(known), now, first=None, last=None)


def assert_same(versions: Sequence[Rule], grain: Grain, known: Sequence[Reading]) -> Backtest:
    """Replays the days of a history through the live watch, and compares what a backtest finds at the end."""
    live = LiveWatch(versions, KPI)
    period = STARTS[grain]
    for _ in range(PERIODS):
        following = next_period(grain, period)
        so_far = [
            replace(each, is_complete=each.period_start <= period)
            for each in known
            if each.period_start <= (period if grain == "day" else following)
        ]
        # A day is over when its last second is, before the next one begins.
        end = datetime.combine(period_end(grain, period), time.min, UTC) - timedelta(seconds=1)
        live.evaluate(so_far, period, end)
        period = following
    found = backtest(versions, known, end)
    live.keep_evaluated(frame_of(known), end)
    assert found.alert_periods == live.alert_periods
    assert [_rounded(each) for each in found.incidents] == [_rounded(each) for each in live.incidents()]
    return found


def _rounded(incident: PastIncident) -> PastIncident:
    # The live watch looks at ages a second before the end of the day.
    return replace(incident, worst_value=round(incident.worst_value, -2 if incident.worst_value > 1 else 9))


@pytest.mark.parametrize("condition", CONDITIONS)
@settings(max_examples=10, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1), grain=st.sampled_from(["week", "month"]))
def test_a_backtest_is_the_live_watch_period_by_period(
    condition: str, data: st.DataObject, seed: int, grain: Grain
) -> None:
    keys = data.draw(st.sampled_from(CONDITIONS[condition])) | data.draw(RUNS) | data.draw(SAMPLES)
    assert_same(watched(grain, keys), grain, history(seed, grain))


@settings(max_examples=15, deadline=None)
@given(
    condition=st.sampled_from(sorted(CONDITIONS)),
    data=st.data(),
    seed=st.integers(0, 2**32 - 1),
    turn=st.integers(1, PERIODS - 1),
    pause=st.integers(0, 3),
)
def test_versions_of_a_rule_are_replayed_as_they_take_effect(
    condition: str, data: st.DataObject, seed: int, turn: int, pause: int
) -> None:
    earlier, later = (
        data.draw(st.sampled_from(CONDITIONS[condition])) | data.draw(RUNS) | data.draw(SAMPLES) for _ in range(2)
    )
    day = STARTS["week"] + timedelta(weeks=turn)
    versions = watched(
        "week",
        earlier | {"active": {"to": day - timedelta(days=1)}},
        later | {"active": {"from": day + timedelta(weeks=pause)}},
    )
    assert_same(versions, "week", history(seed, "week"))


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([{"stale": "1d"}, {"stale": "36h"}, {"stale": {"warn": "2d", "critical": "4d"}}]),
    RUNS,
    st.lists(st.sampled_from([True, True, True, False, False]), min_size=PERIODS, max_size=PERIODS),
)
def test_the_age_of_data_is_replayed_day_by_day(
    keys: dict[str, Any], runs: dict[str, Any], has_data: list[bool]
) -> None:
    days = [STARTS["day"] + timedelta(days=number) for number in range(PERIODS)]
    known = [
        Reading("csat", "day", day, "channel", "chat", 0.8, 8, 10, 10, None, None, True)
        for day, has in zip(days, has_data, strict=True)
        if has
    ]
    assert_same(watched("day", keys | runs), "day", known)


def test_the_histories_have_incidents_that_are_reopened_resolved_and_open() -> None:
    found = [
        incident
        for seed in range(10)
        for incident in assert_same(
            watched("week", {"below": {"warn": 0.8, "critical": 0.7}}), "week", history(seed, "week")
        ).incidents
    ]
    assert {incident.severity for incident in found} == {"warn", "critical"}
    assert any(incident.reopened for incident in found)
    assert {incident.resolved_period is None for incident in found} == {True, False}
