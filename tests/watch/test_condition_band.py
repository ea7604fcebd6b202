"""The condition `band`."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from watch_samples import CSAT, readings, rule

from pipelines.kpis import Benchmark, Kpi
from pipelines.watch.evaluation import evaluate_readings
from pipelines.watch.reading import frame_of
from pipelines.watch.rule import Rule, mistakes

SHARE = replace(CSAT, benchmarks=(Benchmark("good", 0.7), Benchmark("average", 0.5)))
NPS = replace(CSAT, unit="score", benchmarks=(Benchmark("good", 0, True), Benchmark("average", 0, True)))
CHURN = replace(CSAT, direction="down", benchmarks=(Benchmark("good", 0.1), Benchmark("average", 0.2, True)))


def breaches(watched: Rule, kpi: Kpi, values: list[float]) -> list[tuple[str, str, float] | None]:
    evaluated = evaluate_readings(watched, kpi, frame_of(readings(values)))
    return [evaluated.at(position).breach for position in range(len(values))]


def test_a_level_begins_at_its_bound() -> None:
    watched = rule(band={"warn": "good", "critical": "average"})
    assert breaches(watched, SHARE, [0.7, 0.69, 0.5, 0.49]) == [
        None,
        ("warn", "below", 0.7),
        ("warn", "below", 0.7),
        ("critical", "below", 0.5),
    ]


def test_a_level_may_begin_beyond_its_bound() -> None:
    assert breaches(rule(band="good"), NPS, [0.0, 1.0]) == [("warn", "below", 0.0), None]


def test_of_some_kpis_less_is_better() -> None:
    watched = rule(band={"warn": "good", "critical": "average"})
    assert breaches(watched, CHURN, [0.1, 0.15, 0.2]) == [None, ("warn", "above", 0.1), ("critical", "above", 0.2)]


def test_the_benchmark_of_the_grain_counts() -> None:
    yearly = replace(CSAT, benchmarks=(Benchmark("good", 0.9, grain="year"), Benchmark("good", 0.7)))
    assert breaches(rule(band="good"), yearly, [0.8]) == [None]
    evaluated = evaluate_readings(
        rule(band="good", grain="year"), yearly, frame_of([replace(readings([0.8])[0], grain="year")])
    )
    assert evaluated.at(0).breach == ("warn", "below", 0.9)


def test_single_levels_have_the_severity_of_the_rule() -> None:
    assert breaches(rule(band="good", severity="critical"), SHARE, [0.6]) == [("critical", "below", 0.7)]


@pytest.mark.parametrize(
    ("band", "message"),
    [
        ("best", "there is no level called best: write good or average"),
        ({"warn": "average", "critical": "good"}, "critical must not be good if warn is average"),
        ({"warn": "best"}, "there is no level called best: write good or average"),
    ],
)
def test_mistakes_in_the_settings(band: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        rule(band=band)


@pytest.mark.parametrize(
    ("kpi", "keys", "message", "allowed"),
    [
        (CSAT, {"band": "good"}, "csat has no benchmark for a company of this sector", ()),
        (replace(SHARE, direction="none"), {"band": "good"}, "neither more nor less of csat is better", ()),
        (replace(CSAT, benchmarks=SHARE.benchmarks[:1]), {"band": "average"}, "has no level average", ("good",)),
        (replace(CSAT, benchmarks=(Benchmark("good", 1, grain="year"),)), {"band": "good"}, "of a year, not of a week", ()),
    ],
)  # fmt: skip
def test_a_level_that_a_kpi_does_not_have(
    kpi: Kpi, keys: dict[str, Any], message: str, allowed: tuple[str, ...]
) -> None:
    [mistake] = mistakes(rule(by=None, **keys), {"csat": kpi})
    assert (mistake.key, mistake.allowed) == (("band",), allowed)
    assert message in mistake.message
    assert mistakes(rule(by=None, band={"warn": "good", "critical": "average"}), {"csat": SHARE}) == []
