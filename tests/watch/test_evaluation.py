"""One reading compared with the limits of a rule."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from watch_samples import CSAT

from pipelines.watch.evaluation import EvaluatedReading, Obstacle, evaluate_readings
from pipelines.watch.reading import Reading, frame_of
from pipelines.watch.rule import Rule


def rule(**keys: Any) -> Rule:
    return Rule.model_validate({"name": "csat-floor", "kpi": "csat"} | keys)


def reading(value: float | None, *, sample_size: int | None = 100, is_complete: bool = True) -> Reading:
    return Reading(
        "csat", "week", date(2024, 1, 1), "all", "all", value, None, None, sample_size, None, None, is_complete
    )


def evaluated(watched: Rule, current: Reading) -> EvaluatedReading:
    return evaluate_readings(watched, CSAT, frame_of([current])).at(0)


FLOOR = rule(below={"warn": 0.8, "critical": 0.7})
CEILING = rule(above={"warn": "4h", "critical": "8h"})
CORRIDOR = rule(outside={"warn": [10, 20], "critical": [5, 40]})


@pytest.mark.parametrize(
    ("watched", "value", "breach"),
    [
        (FLOOR, 0.9, None),
        (FLOOR, 0.8, None),
        (FLOOR, 16 / 20, None),
        (FLOOR, 0.79, ("warn", "below", 0.8)),
        (FLOOR, 0.7, ("warn", "below", 0.8)),
        (FLOOR, 0.69, ("critical", "below", 0.7)),
        (CEILING, 14_400.0, None),
        (CEILING, 14_401.0, ("warn", "above", 14_400.0)),
        (CEILING, 28_801.0, ("critical", "above", 28_800.0)),
        (CORRIDOR, 10.0, None),
        (CORRIDOR, 20.0, None),
        (CORRIDOR, 9.0, ("warn", "below", 10.0)),
        (CORRIDOR, 4.0, ("critical", "below", 5.0)),
        (CORRIDOR, 30.0, ("warn", "above", 20.0)),
        (CORRIDOR, 41.0, ("critical", "above", 40.0)),
        (rule(below=0.8, severity="critical"), 0.79, ("critical", "below", 0.8)),
    ],
)
def test_the_most_severe_limit_that_is_breached_counts(
    watched: Rule, value: float, breach: tuple[str, str, float] | None
) -> None:
    found = evaluated(watched, reading(value))
    assert (found.breach, found.obstacle) == (breach, None)
    assert f"{value:g}" in found.reason


@pytest.mark.parametrize(
    ("unfit", "obstacle", "reason"),
    [
        (reading(0.1, is_complete=False), "incomplete", "not complete"),
        (reading(None), "no_value", "no value"),
        (reading(float("nan")), "no_value", "no value"),
        (reading(float("inf")), "no_value", "no value"),
        (reading(0.1, sample_size=29), "small_sample", "of 29 is smaller than 30"),
        (reading(0.1, sample_size=None), "small_sample", "of unknown size"),
    ],
)
def test_an_unfit_reading_is_not_evaluated(unfit: Reading, obstacle: Obstacle, reason: str) -> None:
    watched = rule(below=0.8, min_sample=30)
    found = evaluated(watched, unfit)
    assert (found.obstacle, found.breach) == (obstacle, None)
    assert reason in found.reason
    assert not evaluated(watched, replace(unfit, value=0.99) if obstacle != "no_value" else unfit).is_recovered


def test_a_sample_of_just_the_size_is_evaluated() -> None:
    assert evaluated(rule(below=0.8, min_sample=30), reading(0.1, sample_size=30)).breach is not None
    assert evaluated(rule(below=0.8), reading(0.1, sample_size=None)).breach is not None


@pytest.mark.parametrize(
    ("watched", "value", "is_recovered"),
    [
        (rule(below=0.8), 0.8, True),
        (rule(below=0.8), 0.79, False),
        (rule(below=0.8, clear=0.85), 0.84, False),
        (rule(below=0.8, clear=0.85), 0.85, True),
        (rule(above=4, clear=3), 3.5, False),
        (rule(above=4, clear=3), 3.0, True),
        (rule(outside=[10, 20], clear=[12, 18]), 11.0, False),
        (rule(outside=[10, 20], clear=[12, 18]), 19.0, False),
        (rule(outside=[10, 20], clear=[12, 18]), 12.0, True),
    ],
)
def test_recovery(watched: Rule, value: float, is_recovered: bool) -> None:
    assert evaluated(watched, reading(value)).is_recovered is is_recovered


def test_an_evaluated_reading_returns_the_reading() -> None:
    whole = Reading("csat", "week", date(2024, 1, 1), "all", "all", 0.5, 5, 10, 10, 0.2, 0.8, True, 0.4, 0.3, 0.9)
    for current in (whole, reading(None, sample_size=None, is_complete=False)):
        assert evaluated(FLOOR, current).reading == current


def test_the_mildest_threshold_is_the_one_that_is_breached_first() -> None:
    assert evaluated(FLOOR, reading(0.5)).mildest_threshold("below") == 0.8
    assert evaluated(FLOOR, reading(0.5)).mildest_threshold("above") is None
    corridor = evaluated(CORRIDOR, reading(50.0))
    assert (corridor.mildest_threshold("below"), corridor.mildest_threshold("above")) == (10.0, 20.0)


numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(value=numbers, ends=st.lists(numbers, min_size=4, max_size=4, unique=True).map(sorted))
def test_severities_are_nested_and_excess_agrees_with_the_breach(value: float, ends: list[float]) -> None:
    lowest, low, high, highest = ends
    found = evaluated(rule(outside={"warn": [low, high], "critical": [lowest, highest]}), reading(value))
    severity = found.breach.severity if found.breach else None
    assert (severity is not None) == (value < low or value > high)
    assert (severity == "critical") == (value < lowest or value > highest)
    assert (found.excess(value) > 0) == (severity is not None)
    assert found.is_recovered == (severity is None)


@given(value=numbers, other=numbers, thresholds=st.lists(numbers, min_size=2, max_size=2).map(sorted))
def test_a_lower_value_is_never_a_milder_breach_of_a_floor(value: float, other: float, thresholds: list[float]) -> None:
    watched = rule(below={"critical": thresholds[0], "warn": thresholds[1]})
    ranks = {None: 0, "warn": 1, "critical": 2}
    worse, better = (evaluated(watched, reading(each)).breach for each in sorted((value, other)))
    assert ranks[worse and worse.severity] >= ranks[better and better.severity]


@pytest.mark.parametrize(
    ("value", "denominator", "sample_size", "obstacle"),
    [
        # A count of nothing at all is no small sample.
        (0.0, None, 0, None),
        # Few events are; so is a share of few, and a sum of zero of some.
        (3.0, None, 3, "small_sample"),
        (0.0, None, 2, "small_sample"),
        (0.0, 5.0, 5, "small_sample"),
        (0.0, 0.0, 0, "small_sample"),
        (0.0, None, None, "small_sample"),
    ],
)
def test_a_count_of_nothing_is_evaluated_whatever_the_smallest_sample(
    value: float, denominator: float | None, sample_size: int | None, obstacle: Obstacle | None
) -> None:
    current = replace(reading(value, sample_size=sample_size), numerator=value, denominator=denominator)
    found = evaluated(rule(below=20.0, min_sample=10), current)
    assert found.obstacle == obstacle
    assert (found.breach is None) is (obstacle is not None)


def test_without_a_smallest_sample_every_count_is_evaluated() -> None:
    assert evaluated(rule(below=20.0), reading(0.0, sample_size=0)).breach is not None
    assert evaluated(rule(below=20.0), reading(0.0, sample_size=None)).breach is not None
