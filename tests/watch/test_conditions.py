"""The interface of conditions: what a new one brings, and limits that differ from reading to reading."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import pandas as pd
import pytest
from watch_samples import CSAT, NOW, brief, reading, readings, week

from pipelines.kpis import Benchmark, Kpi
from pipelines.watch.amount import AMOUNT_SCHEMA, Amount
from pipelines.watch.conditions import CONDITIONS
from pipelines.watch.conditions.condition import Condition
from pipelines.watch.conditions.levels import Levels
from pipelines.watch.evaluation import EvaluatedReading, evaluate_readings
from pipelines.watch.limit import Limit
from pipelines.watch.reading import Reading, frame_of, readings_in
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series


class ShareOfPrevious(Levels[Amount]):
    """A condition whose limits are a share of the value of the period before, and of a benchmark of the KPI."""

    key: ClassVar[str] = "share_of_previous"
    description: ClassVar[str] = "fires under this share of the previous value"
    position: ClassVar[int] = 9
    level_schema = AMOUNT_SCHEMA
    clear_schema = AMOUNT_SCHEMA

    @classmethod
    def read_level(cls, given: object) -> Amount:
        return Amount.read(given)

    def read_clear(self, given: object) -> Amount:
        return Amount.read(given)

    def level_limits(self, level: Amount, readings: pd.DataFrame, kpi: Kpi) -> tuple[Limit, ...]:
        benchmark = [Limit("above", each.bound) for each in kpi.benchmarks]
        return (Limit("below", readings["previous_value"] * float(level)), *benchmark)

    def clear_limits(self, clear: Amount, readings: pd.DataFrame, kpi: Kpi) -> tuple[Limit, ...]:
        return (Limit("below", readings["previous_value"] * float(clear)),)

    def level_amounts(self, level: Amount) -> tuple[Amount, ...]:
        return (level,)

    def clear_amounts(self, clear: Amount) -> tuple[Amount, ...]:
        return (clear,)


class ChangeRule(Rule):
    """A rule with that condition in the place of its own."""

    @property
    def condition(self) -> Condition:
        return ShareOfPrevious(warn=Amount(0.9), critical=Amount(0.5))


WATCHED = ChangeRule.model_validate({"name": "csat-floor", "kpi": "csat", "by": "channel", "below": 0})


def with_previous(values: Sequence[float]) -> list[Reading]:
    """Weeks in which the first has no previous value."""
    return [
        replace(reading(number, value), previous_value=values[number - 1] if number else None)
        for number, value in enumerate(values)
    ]


def evaluated(values: Sequence[float], kpi: Kpi = CSAT) -> list[EvaluatedReading]:
    found = evaluate_readings(WATCHED, kpi, frame_of(with_previous(values)))
    return [found.at(position) for position in range(len(values))]


def test_the_conditions_are_those_of_the_package() -> None:
    assert [condition.key for condition in CONDITIONS][:3] == ["below", "above", "outside"]
    assert {condition.key for condition in CONDITIONS} <= Rule.model_fields.keys()
    assert isinstance(Rule.model_validate({"name": "a", "kpi": "csat", "above": 1}).condition, CONDITIONS[1])


def test_limits_may_differ_from_reading_to_reading() -> None:
    _, fell, slipped, rose = evaluated([0.9, 0.4, 0.35, 0.8])
    assert fell.breach == ("critical", "below", pytest.approx(0.45))
    assert slipped.breach == ("warn", "below", pytest.approx(0.36))
    assert (rose.breach, rose.is_recovered) == (None, True)
    assert slipped.mildest_threshold("below") == pytest.approx(0.36)


def test_a_value_at_a_computed_limit_is_not_beyond_it() -> None:
    # For a computer, 90 % of 0.8 is 0.7200000000000001, which is more than 0.72.
    _, at_the_limit, below_it = evaluated([0.8, 0.72, 0.647])
    assert (at_the_limit.breach, below_it.breach) == (None, ("warn", "below", pytest.approx(0.648)))


def test_a_reading_without_any_limit_is_passed_over() -> None:
    first, second = evaluated([0.1, 0.1])
    assert (first.obstacle, first.breach, first.is_recovered) == ("no_limit", None, False)
    assert first.mildest_threshold("below") is None
    assert "nothing to compare" in first.reason
    assert second.obstacle is None
    [change] = evaluate_series(WATCHED, CSAT, frame_of(with_previous([0.1, 0.1])), {}, NOW)
    assert change.after.last_period == week(1)


def test_a_limit_that_is_missing_does_not_hide_the_others() -> None:
    good = replace(CSAT, benchmarks=(Benchmark("good", 0.8),))
    first, second = evaluated([0.85, 0.2], good)
    assert (first.obstacle, first.breach) == (None, ("critical", "above", 0.8))
    assert (second.breach, second.excess(0.2)) == (("critical", "below", pytest.approx(0.425)), pytest.approx(0.565))
    assert math.isclose(first.excess(0.9), 0.1)


def test_the_events_of_such_a_condition_follow_from_its_limits() -> None:
    [change] = evaluate_series(WATCHED, CSAT, frame_of(with_previous([0.9, 0.9, 0.6, 0.5])), {}, NOW)
    assert brief(change.events) == [(3, "fired", "warn")]
    [fired] = change.events
    assert (fired.condition, fired.threshold, fired.peak_value) == ("share_of_previous", pytest.approx(0.54), 0.5)
    after = [*with_previous([0.9, 0.9, 0.6, 0.5]), replace(reading(4, 0.5), previous_value=0.5)]
    [change] = evaluate_series(WATCHED, CSAT, frame_of(after), {change.series: change.after}, NOW)
    [resolved] = change.events
    assert (resolved.kind, resolved.mildest_threshold) == ("resolved", pytest.approx(0.54))


def test_readings_survive_a_frame() -> None:
    history = [*with_previous([0.9, 0.4]), *readings([0.1, "no value"], "email")]
    assert readings_in(frame_of(history)) == history
    assert readings_in(frame_of([])) == []
