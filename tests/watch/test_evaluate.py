from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.watch.evaluate import Obstacle, excess, recovered, verdict
from pipelines.watch.reading import Reading
from pipelines.watch.rule import Rule


def rule(**keys: Any) -> Rule:
    return Rule.model_validate({"name": "csat-floor", "kpi": "csat"} | keys)


def reading(value: float | None, *, sample_size: int | None = 100, is_complete: bool = True) -> Reading:
    return Reading(
        "csat", "week", date(2024, 1, 1), "all", "all", value, None, None, sample_size, None, None, is_complete
    )


FLOOR = rule(below={"warn": 0.8, "critical": 0.7})
CEILING = rule(above={"warn": "4h", "critical": "8h"})
CORRIDOR = rule(outside={"warn": [10, 20], "critical": [5, 40]})


@pytest.mark.parametrize(
    ("watched", "value", "severity", "threshold", "side"),
    [
        (FLOOR, 0.9, None, None, None),
        (FLOOR, 0.8, None, None, None),
        (FLOOR, 16 / 20, None, None, None),
        (FLOOR, 0.79, "warn", 0.8, "below"),
        (FLOOR, 0.7, "warn", 0.8, "below"),
        (FLOOR, 0.69, "critical", 0.7, "below"),
        (CEILING, 14_400.0, None, None, None),
        (CEILING, 14_401.0, "warn", 14_400.0, "above"),
        (CEILING, 28_801.0, "critical", 28_800.0, "above"),
        (CORRIDOR, 10.0, None, None, None),
        (CORRIDOR, 20.0, None, None, None),
        (CORRIDOR, 9.0, "warn", 10.0, "below"),
        (CORRIDOR, 4.0, "critical", 5.0, "below"),
        (CORRIDOR, 30.0, "warn", 20.0, "above"),
        (CORRIDOR, 41.0, "critical", 40.0, "above"),
        (rule(below=0.8, severity="critical"), 0.79, "critical", 0.8, "below"),
    ],
)
def test_the_gravest_bound_that_is_crossed_counts(
    watched: Rule, value: float, severity: str | None, threshold: float | None, side: str | None
) -> None:
    found = verdict(watched, reading(value))
    assert (found.severity, found.threshold, found.side, found.judged) == (severity, threshold, side, True)
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
def test_an_unfit_reading_is_not_judged(unfit: Reading, obstacle: Obstacle, reason: str) -> None:
    watched = rule(below=0.8, min_sample=30)
    found = verdict(watched, unfit)
    assert (found.obstacle, found.severity, found.judged) == (obstacle, None, False)
    assert reason in found.reason
    assert not recovered(watched, replace(unfit, value=0.99) if obstacle != "no_value" else unfit)


def test_a_sample_of_just_the_size_is_judged() -> None:
    assert verdict(rule(below=0.8, min_sample=30), reading(0.1, sample_size=30)).severity == "warn"
    assert verdict(rule(below=0.8), reading(0.1, sample_size=None)).severity == "warn"


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
    assert recovered(watched, reading(value)) is is_recovered


numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(value=numbers, ends=st.lists(numbers, min_size=4, max_size=4, unique=True).map(sorted))
def test_severities_are_nested_and_excess_agrees_with_the_verdict(value: float, ends: list[float]) -> None:
    lowest, low, high, highest = ends
    watched = rule(outside={"warn": [low, high], "critical": [lowest, highest]})
    severity = verdict(watched, reading(value)).severity
    assert (severity is not None) == (value < low or value > high)
    assert (severity == "critical") == (value < lowest or value > highest)
    assert (excess(watched, value) > 0) == (severity is not None)
    assert recovered(watched, reading(value)) == (severity is None)


@given(value=numbers, other=numbers, bounds=st.lists(numbers, min_size=2, max_size=2).map(sorted))
def test_a_lower_value_is_never_judged_more_mildly_by_a_floor(value: float, other: float, bounds: list[float]) -> None:
    watched = rule(below={"critical": bounds[0], "warn": bounds[1]})
    ranks = {None: 0, "warn": 1, "critical": 2}
    worse, better = sorted((value, other))
    assert ranks[verdict(watched, reading(worse)).severity] >= ranks[verdict(watched, reading(better)).severity]
