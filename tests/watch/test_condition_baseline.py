"""The condition `baseline`: false alarms and shifts on realistic walks, and that no limit knows what comes later."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from realistic_walks import KINDS, Numbers, frame_of_walk
from watch_samples import CSAT, NOW, rule

from pipelines.kpis import Grain, Kpi
from pipelines.watch.backtest import replay
from pipelines.watch.baseline import RHYTHMS
from pipelines.watch.evaluation import EvaluatedReadings, evaluate_readings
from pipelines.watch.rule import Rule, mistakes

SERIES = {"day": 24, "week": 80, "month": 120}


def watched(grain: Grain, **keys: Any) -> Rule:
    return rule(grain=grain, min_sample=0, **({"baseline": {}} | keys))


def evaluated(values: Numbers, kpi: Kpi, grain: Grain, **keys: Any) -> EvaluatedReadings:
    return evaluate_readings(watched(grain, **keys), kpi, frame_of_walk(values, grain))


def threshold(found: EvaluatedReadings, index: int = 0) -> Numbers:
    column = found.limits[index][1].column
    assert isinstance(column, np.ndarray)
    return column


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(("a_year", "missing"), [(0.5, 0.0), (1.0, 0.0), (2.0, 0.0), (1.0, 0.3)])
def test_a_walk_without_incident_raises_no_more_false_alarms_than_configured(
    name: str, a_year: float, missing: float
) -> None:
    kind = KINDS[name]
    generator = np.random.default_rng(1)
    values = kind.draw(generator, kind.periods, SERIES[kind.grain]).values.copy()
    # Periods with too small a sample have no value for the range either.
    values[generator.uniform(size=values.shape) < missing] = np.nan
    keys = {"baseline": {"false_alarms_per_year": a_year}}
    found = replay(watched(kind.grain, **keys), kind.kpi, frame_of_walk(values, kind.grain), NOW, first=None, last=None)
    years = found.periods_evaluated / RHYTHMS[kind.grain].a_year
    assert years > 0.4 * values.size / RHYTHMS[kind.grain].a_year
    assert len(found.incidents) / years <= 1.5 * a_year


def detected(name: str, deviations: float) -> float:
    """The share of planted shifts of so many standard deviations that are found within three periods."""
    kind = KINDS[name]
    generator = np.random.default_rng(2)
    series = SERIES[kind.grain]
    walk = kind.draw(generator, kind.periods, series)
    begins = generator.integers(kind.periods * 6 // 10, kind.periods - 4, series)
    sign = 1 if kind.kpi.direction == "down" else -1
    is_after = np.arange(kind.periods)[:, None] >= begins
    values = walk.values + sign * deviations * walk.deviation * is_after
    if kind.kpi.lowest is not None:
        values = np.clip(values, kind.kpi.lowest, kind.kpi.highest)
    crossed = evaluated(values, kind.kpi, kind.grain).crossed.reshape(series, kind.periods) >= 0
    return float(np.mean([crossed[number, begin : begin + 3].any() for number, begin in enumerate(begins)]))


# The share of shifts found by how many standard deviations they are: once and twice as much as values usually vary.
FOUND = {
    "satisfaction by week": (0.65, 0.95), "revenue by week": (0.5, 0.95), "tickets by day": (0.25, 0.95),
    "conversion by day": (0.5, 0.95), "promoter score by month": (0.85, 0.95), "time to resolution by week": (0.45, 0.95),
    "customers by week": (0.25, 0.85), "revenue by month": (0.8, 0.95),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_a_shift_of_twice_the_usual_variation_is_found_within_three_periods(name: str) -> None:
    # 95 % of the values of a series are within two standard deviations of its course: that is its usual variation.
    # What a shift by as much hides among, it hides in; a level that never comes back looks like shifts all the time.
    once, twice = FOUND[name]
    assert detected(name, 2) >= once
    assert detected(name, 4) >= twice


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(["day", "week", "month", "quarter"]),
    st.integers(45, 70),
    st.lists(st.floats(0, 1) | st.just(float("nan")), min_size=1, max_size=20),
    st.integers(0, 2**32 - 1),
)
def test_later_periods_change_no_limit(grain: Grain, periods: int, later: list[float], seed: int) -> None:
    generator = np.random.default_rng(seed)
    values = generator.uniform(0.2, 0.9, (periods, 2))
    values[generator.uniform(size=values.shape) < 0.1] = np.nan
    longer = np.vstack([values, np.column_stack([later, later])])
    keys: dict[str, Any] = {"baseline": {"false_alarms_per_year": {"warn": 0.5, "critical": 0.1}, "side": "both"}}
    before = evaluated(values, CSAT, grain, **keys)
    after = evaluated(longer, CSAT, grain, **keys)
    for index in range(4):
        kept = threshold(after, index).reshape(2, -1)[:, :periods]
        np.testing.assert_array_equal(kept, threshold(before, index).reshape(2, -1))


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter"])
def test_there_is_no_limit_without_enough_history(grain: Grain) -> None:
    least = RHYTHMS[grain].least
    values = np.random.default_rng(3).uniform(0.4, 0.6, (least + 10, 1))
    found = evaluated(values, CSAT, grain, baseline={"false_alarms_per_year": 0.5})
    assert [found.at(position).obstacle for position in range(least)] == ["no_limit"] * least
    assert found.at(least + RHYTHMS[grain].every - 1).obstacle is None


def test_values_that_never_changed_have_no_usual_variation() -> None:
    found = evaluated(np.array([[0.5]] * 40 + [[0.1]]), CSAT, "week")
    assert found.at(40).obstacle == "no_limit"


def test_a_past_incident_does_not_hide_the_next() -> None:
    generator = np.random.default_rng(4)
    values = generator.normal(100, 5, (120, 40))
    values[60:63] -= 60
    values[110] -= 30
    found = evaluated(values, replace(CSAT, unit="score"), "week").crossed.reshape(40, 120) >= 0
    assert found[:, 60].all()
    assert found[:, 110].mean() >= 0.9


def test_what_comes_every_year_is_expected() -> None:
    generator = np.random.default_rng(6)
    values = generator.normal(100, 3, (52 * 3, 40))
    values[50::52] -= 40
    found = evaluated(values, replace(CSAT, unit="score"), "week").crossed.reshape(40, -1) >= 0
    assert found[:, 50].all()
    assert found[:, 50 + 104].mean() < 0.1


def test_it_fires_on_the_worse_side_by_default() -> None:
    values = np.random.default_rng(5).normal(100, 5, (60, 1))
    up = replace(CSAT, unit="score")
    sides = {
        side: [limit.side for _, limit in evaluated(values, up, "week", baseline={"side": side}).limits]
        for side in ("worse", "below", "above", "both")
    }
    assert sides == {"worse": ["below"], "below": ["below"], "above": ["above"], "both": ["below", "above"]}
    for direction, expected in (("down", ["above"]), ("none", ["below", "above"])):
        found = evaluated(values, replace(up, direction=direction), "week")
        assert [limit.side for _, limit in found.limits] == expected


def test_what_is_critical_is_beyond_the_warning() -> None:
    values = np.random.default_rng(7).normal(100, 5, (100, 3))
    keys = {"baseline": {"false_alarms_per_year": {"warn": 4, "critical": 0.5}}}
    found = evaluated(values, replace(CSAT, unit="score"), "week", **keys)
    assert [severity for severity, _ in found.limits] == ["critical", "warn"]
    critical, warn = threshold(found, 0), threshold(found, 1)
    is_known = ~np.isnan(warn)
    assert (critical[is_known] <= warn[is_known]).all()


def test_a_single_number_has_the_severity_of_the_rule() -> None:
    assert rule(baseline={}, severity="critical").condition.severities == ("critical",)
    assert rule(baseline={"false_alarms_per_year": 2}).condition.severities == ("warn",)


@pytest.mark.parametrize(
    ("baseline", "message"),
    [
        (2, "write {false_alarms_per_year: 1} or {}"),
        ({"false_alarms_per_year": 0}, "write how many false alarms a year"),
        ({"false_alarms_per_year": "5%"}, "write how many false alarms a year"),
        ({"false_alarms_per_year": {"warn": 1, "critical": 2}}, "critical (2) must not be more than warn (1)"),
        ({"false_alarms_per_year": {}}, "give warn, critical or both"),
        ({"side": "left"}, "'worse', 'below', 'above' or 'both'"),
        ({"zscore": 3}, "Extra inputs"),
    ],
)
def test_mistakes_in_the_settings(baseline: object, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        rule(baseline=baseline)
    assert message in str(caught.value)


def test_what_makes_no_sense_at_a_grain() -> None:
    [year] = mistakes(rule(by=None, baseline={}, grain="year"), {"csat": CSAT})
    assert (year.key, year.given) == (("grain",), "year")
    [quarter] = mistakes(rule(by=None, baseline={}, grain="quarter"), {"csat": CSAT})
    assert "write at most 0.8 at this grain" in quarter.message
    assert mistakes(rule(by=None, baseline={"false_alarms_per_year": 0.5}, grain="quarter"), {"csat": CSAT}) == []
