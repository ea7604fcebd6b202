"""The condition `target`."""

from dataclasses import replace

import pytest
from pydantic import ValidationError
from watch_samples import CSAT, reading, rule

from pipelines.kpis import Kpi
from pipelines.watch.evaluation import evaluate_readings
from pipelines.watch.reading import frame_of
from pipelines.watch.rule import Rule, mistakes

DOWN = replace(CSAT, direction="down")


def breaches(watched: Rule, kpi: Kpi, values: list[tuple[float, float | None]]) -> list[tuple[str, str, float] | None]:
    rows = [replace(reading(number, value), target=target) for number, (value, target) in enumerate(values)]
    evaluated = evaluate_readings(watched, kpi, frame_of(rows))
    return [evaluated.at(position).breach for position in range(len(values))]


def test_the_target_is_that_of_the_period() -> None:
    values = [(0.8, 0.8), (0.79, 0.8), (0.79, 0.75), (0.1, None)]
    assert breaches(rule(target="100%"), CSAT, values) == [None, ("warn", "below", 0.8), None, None]


def test_a_share_of_the_target_may_be_enough() -> None:
    watched = rule(target={"warn": "100%", "critical": "75%"})
    assert breaches(watched, CSAT, [(0.6, 0.8), (0.59, 0.8)]) == [
        ("warn", "below", 0.8),
        ("critical", "below", pytest.approx(0.6)),
    ]
    assert breaches(rule(target="125%"), DOWN, [(0.25, 0.2), (0.26, 0.2)]) == [
        None,
        ("warn", "above", pytest.approx(0.25)),
    ]


def test_less_than_a_target_below_zero_is_further_below_zero() -> None:
    assert breaches(rule(target="90%"), CSAT, [(-10.5, -10.0), (-11.5, -10.0)]) == [
        None,
        ("warn", "below", pytest.approx(-11.0)),
    ]


@pytest.mark.parametrize("target", ["0%", "95", 0.95, "2000%", "4h", True, {"warn": "90%", "critical": "110%"}])
def test_mistakes_in_the_settings(target: object) -> None:
    with pytest.raises(ValidationError, match=r"write a share of the target|cannot read|one of 90% and 110%"):
        rule(target=target)


def test_what_makes_no_sense_for_a_kpi() -> None:
    [too_much] = mistakes(rule(by=None, target="105%"), {"csat": CSAT})
    assert too_much.message == "more of csat is better, so that 105% of the target is no miss: write at most 100%"
    [too_little] = mistakes(rule(by=None, target="95%"), {"csat": DOWN})
    assert "write at least 100%" in too_little.message
    [neither] = mistakes(rule(by=None, target="95%"), {"csat": replace(CSAT, direction="none")})
    assert "it cannot miss a target" in neither.message
    [order] = mistakes(rule(by=None, target={"warn": "80%", "critical": "90%"}), {"csat": CSAT})
    assert order.key == ("target", "critical")
    assert mistakes(rule(by=None, target={"warn": "110%", "critical": "130%"}), {"csat": DOWN}) == []


def test_words_differ_for_a_share() -> None:
    assert rule(target="100%").condition.wording == "target"
    assert rule(target={"warn": "100%", "critical": "90%"}).condition.wording == "target_share"
