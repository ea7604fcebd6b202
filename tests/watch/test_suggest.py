"""Suggested rules: valid, rarely beyond, and only from complete periods."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, get_args

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from watch_samples import CSAT, NOW

from pipelines.kpis import Grain, Kpi, Unit, next_period
from pipelines.watch.reading import Reading, frame_of
from pipelines.watch.rule import Rule, mistakes
from pipelines.watch.suggest import NothingSuggested, Suggestion, suggestions

KPI = replace(CSAT, lowest=0, highest=1)
FIRST: dict[Grain, date] = {"week": date(2021, 1, 4), "month": date(2021, 1, 1), "quarter": date(2021, 1, 1)}


def history(
    values: Sequence[float | None], grain: Grain = "week", size: int | None = 100, **keys: Any
) -> list[Reading]:
    found, period = [], FIRST[grain]
    for value in values:
        keys = {"is_complete": True, "denominator": 100.0} | keys
        found.append(
            Reading(
                "csat", grain, period, "all", "all", value, None,
                sample_size=None if value is None else size, ci_low=None, ci_high=None, **keys,
            )
        )  # fmt: skip
        period = next_period(grain, period)
    return found


def suggested(kpi: Kpi, rows: Sequence[Reading], taken: Sequence[str] = ()) -> list[Suggestion]:
    found = suggestions(kpi, frame_of(rows), NOW, taken)
    assert isinstance(found, list), found
    return found


def usual(periods: int, mean: float = 0.85, deviation: float = 0.03) -> list[float]:
    return [float(value) for value in np.random.default_rng(1).normal(mean, deviation, periods)]


def test_bounds_are_beyond_nearly_all_values() -> None:
    bounds, baseline = suggested(KPI, history(usual(120)))
    assert bounds.keys == {
        "name": "csat-bounds", "kpi": "csat", "grain": "week", "below": {"warn": "80%", "critical": "78%"},
        "min_sample": 50,
    }  # fmt: skip
    assert bounds.periods == 104
    assert 0 < bounds.beyond <= 4
    assert baseline.keys["baseline"] == {"false_alarms_per_year": 1}
    assert baseline.alerts_a_year is not None
    assert baseline.alerts_a_year < 3


@pytest.mark.parametrize(
    ("unit", "direction", "mean", "key", "bounds"),
    [
        ("seconds", "down", 30_000, "above", {"warn": "530m", "critical": "555m"}),
        ("currency", "up", 20_000, "below", {"warn": 18_200, "critical": 17_600}),
        ("score", "none", 40, "outside", {"warn": [36.5, 42.2], "critical": [35, 44.2]}),
        ("count", "down", 120, "above", {"warn": 127, "critical": 133}),
    ],
)
def test_amounts_are_written_in_the_unit_of_the_kpi(
    unit: Unit, direction: Any, mean: float, key: str, bounds: Any
) -> None:
    kpi = replace(CSAT, unit=unit, direction=direction, lowest=None, highest=None)
    [found, _] = suggested(kpi, history(usual(104, mean, mean / 20)))
    assert found.keys[key] == bounds


def test_the_grain_is_the_shortest_with_values_and_a_sample() -> None:
    weeks, months = history(usual(104), size=6), history(usual(24), "month", size=26)
    [bounds, _] = suggested(KPI, [*months, *weeks])
    assert (bounds.rule.grain, bounds.rule.min_sample) == ("month", 10)
    [bounds, _] = suggested(KPI, [*months, *history(usual(104), size=60)])
    assert bounds.rule.grain == "week"
    gaps = [value if number % 3 else None for number, value in enumerate(usual(104))]
    [bounds, _] = suggested(KPI, [*months, *history(gaps, size=60)])
    assert bounds.rule.grain == "month"
    # A count has no sample that could be too small.
    count = replace(CSAT, unit="count", direction="up", lowest=0, highest=None)
    [bounds, _] = suggested(count, history(usual(104, 9, 2), size=9, denominator=None))
    assert (bounds.rule.grain, bounds.rule.min_sample) == ("week", 0)


def test_periods_that_are_not_complete_count_for_nothing() -> None:
    rows = history(usual(60))
    bad = [replace(each, value=0.1, is_complete=False) for each in history([*usual(60), 0.1, 0.1])[60:]]
    assert [each.keys for each in suggested(KPI, [*rows, *bad])] == [each.keys for each in suggested(KPI, rows)]


def test_a_baseline_that_raises_too_many_alerts_accepts_fewer_of_them_or_is_not_suggested() -> None:
    generator = np.random.default_rng(3)
    # Nothing in most weeks, and something else each time: no range is usual.
    values = np.where(generator.uniform(size=150) < 0.12, generator.uniform(0.2, 0.8, 150), 0.01)
    values += generator.normal(0, 1e-3, 150).clip(-0.005, 0.005)
    kpi = replace(KPI, direction="down")
    for each in suggested(kpi, history(values.tolist())):
        if each.kind == "baseline":
            assert each.keys["baseline"]["false_alarms_per_year"] < 1
        assert each.alerts_a_year is not None
        assert each.alerts_a_year <= 3


def test_a_taken_name_is_not_suggested() -> None:
    names = [each.keys["name"] for each in suggested(KPI, history(usual(60)), ["CSAT_bounds", "csat-bounds-2"])]
    assert names == ["csat-bounds-3", "csat-baseline"]


@pytest.mark.parametrize(
    ("kpi", "rows", "expected"),
    [
        (KPI, [], NothingSuggested("csat", "no_values")),
        (KPI, history([None] * 40), NothingSuggested("csat", "no_values")),
        (KPI, history(usual(10)), NothingSuggested("csat", "few_periods", "week", 10, 26)),
        (KPI, history(usual(7), "month"), NothingSuggested("csat", "few_periods", "month", 7, 12)),
        (
            KPI,
            history([value if number % 3 else None for number, value in enumerate(usual(60))]),
            NothingSuggested("csat", "gaps", "week", 40, 26),
        ),
        (KPI, history([0.5] * 60), NothingSuggested("csat", "never_changed", "week", 60, 26)),
        (replace(KPI, is_constant_as_a_whole=True), history([1.0] * 60), NothingSuggested("csat", "always_one")),
    ],
)
def test_why_there_is_no_suggestion(kpi: Kpi, rows: list[Reading], expected: NothingSuggested) -> None:
    assert suggestions(kpi, frame_of(rows), NOW) == expected


def test_a_bound_that_no_value_can_be_beyond_is_not_suggested() -> None:
    # A share of nothing in most weeks cannot fall.
    values = [0.0 if number % 3 else 0.2 for number in range(104)]
    assert [each.kind for each in suggested(KPI, history(values))] == ["baseline"]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(get_args(Unit)),
    st.sampled_from(["up", "down", "none"]),
    st.sampled_from(["week", "month", "quarter"]),
    st.lists(st.floats(0, 1) | st.just(0.5), min_size=8, max_size=120),
    st.sampled_from([1.0, 7.0, 86_400.0, 1e7]),
    st.sampled_from([None, 0, 3, 25, 1_000]),
)
def test_every_suggestion_is_a_valid_rule_that_few_periods_breach(
    unit: Unit, direction: Any, grain: Grain, shares: list[float], factor: float, size: int | None
) -> None:
    bounded = unit == "ratio"
    kpi = replace(CSAT, unit=unit, direction=direction, lowest=0 if bounded else None, highest=1 if bounded else None)
    values = shares if bounded else [share * factor for share in shares]
    found = suggestions(kpi, frame_of(history(values, grain, size)), NOW)
    if isinstance(found, NothingSuggested):
        return
    assert len(found) <= 2
    for each in found:
        written = yaml.safe_load(yaml.safe_dump(dict(each.keys)))
        assert Rule.model_validate(written) == each.rule
        assert mistakes(each.rule, {"csat": kpi}) == []
        sides = 2 if direction == "none" else 1
        if each.kind == "bounds":
            assert each.beyond <= 0.04 * sides * each.periods
