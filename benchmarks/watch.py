"""The evaluation of many series, against the same rules as one vectorised pandas expression each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import TypeAdapter

from benchmarks.figure import Figure, measured
from pipelines.transform.catalogue import load_catalogue
from pipelines.transform.project import project_folder
from pipelines.watch.reading import NUMBER_COLUMNS, READING_COLUMNS
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series

_PERIODS = 104
_FIRST = date(2024, 1, 1)
_NOW = datetime(2026, 1, 5, tzinfo=UTC)
_SAMPLE = 50
_DAY = np.timedelta64(1, "D")
_RULES = TypeAdapter(list[Rule]).validate_python(
    [
        {"name": "floor", "kpi": "csat", "grain": "week", "by": "agent", "below": 0.6},
        {
            "name": "twice",
            "kpi": "csat",
            "grain": "week",
            "by": "agent",
            "below": {"warn": 0.7, "critical": 0.6},
            "for": 2,
        },
        {"name": "range", "kpi": "csat", "grain": "week", "by": "agent", "outside": [0.5, 0.99], "min_sample": 20},
    ]
)

_WATCHED: Mapping[str, Any] = {"kpi": "csat", "grain": "week", "by": "agent"}
# Every condition, three rules at a time; `stale` watches days.
_CONDITIONS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "band, target, stale": [
        {"name": "band", "band": {"warn": "good", "critical": "average"}, "for": 2},
        {"name": "target", "target": {"warn": "95%", "critical": "85%"}, "min_sample": 20},
        {"name": "stale", "grain": "day", "stale": "2d"},
    ],
    "changes and confidence": [
        {"name": "previous", "change": {"drop": {"warn": "20%", "critical": "30%"}, "rise": "30%"}},
        {"name": "year", "change": {"from": "previous_year", "drop": "10pp"}, "confidence": 0.95},
        {"name": "sure", "below": {"warn": 0.7, "critical": 0.6}, "confidence": 0.95},
    ],
    "three baselines": [
        {"name": "usual", "baseline": {}},
        {"name": "levels", "baseline": {"false_alarms_per_year": {"warn": 4, "critical": 0.5}, "side": "both"}},
        {"name": "sure", "baseline": {"false_alarms_per_year": 2}, "confidence": 0.9},
    ],
}


def figure(series: int, repetitions: int) -> Figure:
    """Times the first evaluation of 3 rules over the whole history of `series` series, 104 periods each."""
    readings = _readings(series)
    kpi = load_catalogue(project_folder() / "target")["csat"]

    def evaluate() -> None:
        for rule in _RULES:
            evaluate_series(rule, kpi, readings, {}, _NOW)

    def expressions() -> None:
        for first_breaches in (_floor(readings), _twice(readings), _outside(readings)):
            first_breaches.groupby(readings["segment"], observed=True).sum()

    return measured(
        f"watch, {series:,} series x {_PERIODS} periods x {len(_RULES)} rules",
        evaluate,
        "one pandas expression a rule",
        expressions,
        "at most 5 times and at most 5 s",
        repetitions,
    )


def figures_of_conditions(series: int, repetitions: int) -> Iterator[Figure]:
    """Times the first evaluation of rules with the other conditions, against that of rules with fixed thresholds."""
    values = np.random.default_rng(8).normal(0.8, 0.04, series * _PERIODS).clip(0, 1)
    weekly = _readings(series, values)
    daily = weekly.assign(
        grain=_names(np.zeros(len(weekly), dtype=np.int8), ["day"]),
        period_start=np.tile(np.datetime64(_NOW.date(), "us") - np.arange(_PERIODS)[::-1] * _DAY, series),
    )
    kpi = load_catalogue(project_folder() / "target")["csat"].in_sector(None)

    def evaluation(rules: Sequence[Rule]) -> Callable[[], None]:
        def evaluate() -> None:
            for rule in rules:
                evaluate_series(rule, kpi, daily if rule.grain == "day" else weekly, {}, _NOW)

        return evaluate

    for label, keys in _CONDITIONS.items():
        rules = [Rule.model_validate({**_WATCHED, **of_rule}) for of_rule in keys]
        yield measured(
            f"watch, {series:,} series x {_PERIODS} periods: {label}",
            evaluation(rules),
            "3 rules with fixed thresholds",
            evaluation(_RULES),
            "at most 5 s",
            repetitions,
        )


def _readings(series: int, values: npt.NDArray[np.float64] | None = None) -> pd.DataFrame:
    """Returns a frame of readings with some values, by default random ones of 0.55 to 0.99."""
    size = series * _PERIODS
    weeks = np.datetime64(_FIRST, "us") + np.arange(_PERIODS) * np.timedelta64(7, "D")
    values = np.random.default_rng(7).uniform(0.55, 0.99, size) if values is None else values
    half = 1.96 * np.sqrt(values * (1 - values) / _SAMPLE)
    columns: dict[str, Any] = {
        **dict.fromkeys(NUMBER_COLUMNS, np.full(size, np.nan)),
        "kpi": _names(np.zeros(size, dtype=np.int8), ["csat"]),
        "grain": _names(np.zeros(size, dtype=np.int8), ["week"]),
        "period_start": np.tile(weeks, series),
        "segment_type": _names(np.zeros(size, dtype=np.int8), ["agent"]),
        "segment": _names(np.repeat(np.arange(series), _PERIODS), [f"a{number:07}" for number in range(series)]),
        "value": values,
        "numerator": values * _SAMPLE,
        "denominator": np.full(size, float(_SAMPLE)),
        "sample_size": np.full(size, float(_SAMPLE)),
        "ci_low": values - half,
        "ci_high": values + half,
        "target": np.full(size, 0.8),
        "is_complete": np.ones(size, dtype=np.bool_),
    }
    return pd.DataFrame({name: columns[name] for name in READING_COLUMNS})


def _names(codes: npt.NDArray[np.integer], names: list[str]) -> "pd.Categorical[str]":
    return pd.Categorical.from_codes(codes, pd.Index(names))


def _floor(readings: pd.DataFrame) -> "pd.Series[bool]":
    return _first_of_run(readings, readings["is_complete"] & (readings["value"] < 0.6))


def _twice(readings: pd.DataFrame) -> "pd.Series[bool]":
    breached = readings["is_complete"] & (readings["value"] < 0.7)
    return _first_of_run(readings, breached & _previous(readings, breached))


def _outside(readings: pd.DataFrame) -> "pd.Series[bool]":
    value, is_large_enough = readings["value"], readings["sample_size"] >= 20
    return _first_of_run(readings, readings["is_complete"] & is_large_enough & ((value < 0.5) | (value > 0.99)))


def _first_of_run(readings: pd.DataFrame, breached: "pd.Series[bool]") -> "pd.Series[bool]":
    return breached & ~_previous(readings, breached)


def _previous(readings: pd.DataFrame, breached: "pd.Series[bool]") -> "pd.Series[bool]":
    return breached.groupby(readings["segment"], observed=True).shift(1, fill_value=False)
