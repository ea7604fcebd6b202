"""`confidence`: values that are surely beyond their limits, and how many of them may be chance."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from watch_samples import CSAT, brief, evaluate, readings, rule, week

from pipelines.kpis import Kpi
from pipelines.watch.certainty import discoveries
from pipelines.watch.evaluation import evaluate_readings
from pipelines.watch.reading import Reading, frame_of
from pipelines.watch.rule import mistakes

SHARE = replace(CSAT, interval="wilson", lowest=0, highest=1)
MEAN = replace(CSAT, interval="student")
Z = 1.959963984540054


def share(successes: int, trials: int, number: int = 0, segment: str = "chat") -> Reading:
    """A week with a share and Wilson's interval at 95 %."""
    value = successes / trials
    centre, spread = value + Z * Z / (2 * trials), Z * np.sqrt(value * (1 - value) / trials + Z * Z / (4 * trials**2))
    low, high = ((centre + sign * spread) / (1 + Z * Z / trials) for sign in (-1, 1))
    return Reading(
        "csat", "week", week(number), "channel", segment, value, successes, trials, trials, low, high, is_complete=True
    )


def severities(of: Sequence[Reading], kpi: Kpi = SHARE, **keys: object) -> list[str | None]:
    evaluated = evaluate_readings(rule(min_sample=0, **keys), kpi, frame_of(of))
    return [(found := evaluated.at(position).breach) and found.severity for position in range(len(of))]


@given(st.integers(1, 400), st.floats(0, 1), st.floats(0.05, 0.95))
def test_a_share_breaches_if_its_whole_interval_is_beyond_the_limit(trials: int, part: float, limit: float) -> None:
    current = share(round(part * trials), trials)
    assert current.ci_low is not None
    assert current.ci_high is not None
    if abs(current.ci_high - limit) > 1e-9:
        assert severities([current], below=limit, confidence=0.95) == ["warn" if current.ci_high < limit else None]
    if abs(current.ci_low - limit) > 1e-9:
        assert severities([current], above=limit, confidence=0.95) == ["warn" if current.ci_low > limit else None]


def test_a_higher_confidence_needs_a_clearer_value() -> None:
    current = share(60, 100)
    keys = {"below": {"warn": 0.7, "critical": 0.61}}
    assert severities([current], **keys) == ["critical"]
    assert severities([current], confidence=0.95, **keys) == ["warn"]
    assert severities([current], confidence="99%", **keys) == [None]


def test_other_values_have_the_half_of_their_interval_on_the_side_of_the_limit() -> None:
    current = replace(readings([4.0])[0], ci_low=3.9, ci_high=4.4)
    assert severities([current], MEAN, below=4.3, confidence=0.95) == [None]
    assert severities([current], MEAN, below=4.5, confidence=0.95) == ["warn"]
    assert severities([current], MEAN, above=3.85, confidence=0.95) == ["warn"]
    assert severities([current], MEAN, above=3.95, confidence=0.95) == [None]
    assert severities([replace(current, ci_low=None, ci_high=None)], MEAN, below=5.0, confidence=0.95) == [None]


def test_a_value_that_is_not_surely_beyond_is_neither_a_breach_nor_a_recovery() -> None:
    weeks = [share(50, 100), share(66, 100, 1), share(50, 100, 2), share(75, 100, 3)]
    watched = rule(below=0.7, confidence=0.95, min_sample=0)
    evaluated = evaluate_readings(watched, SHARE, frame_of(weeks))
    assert [evaluated.at(position).is_recovered for position in range(4)] == [False, False, False, True]
    assert "not surely beyond" in evaluated.at(1).reason
    unsure = [replace(each, ci_low=0.0, ci_high=1.0) for each in weeks[1:2]]
    sure = [replace(each, ci_low=each.value, ci_high=(each.value or 0) + 0.01) for each in (weeks[0], weeks[2])]
    state, events = evaluate(None, [sure[0], unsure[0], sure[1]], watched)
    assert brief(events) == [(2, "fired", "warn")]
    assert state.incident is not None
    assert state.incident.breached_periods == 2


def test_the_earlier_value_of_a_change_is_uncertain_too() -> None:
    weeks = [share(80, 100), share(66, 100, 1)]
    assert severities(weeks, change="-0.1%", confidence=0.95) == [None, "warn"]
    # Against a fixed bound of 0.8 the same value would be surely below with a confidence of 99 %.
    assert severities(weeks, below=0.7992, confidence=0.99)[1] == "warn"
    assert severities(weeks, change="-0.1%", confidence=0.99) == [None, None]


def agents(successes: Sequence[int], number: int = 0) -> list[Reading]:
    return [share(count, 100, number, f"a{agent:03}") for agent, count in enumerate(successes)]


def test_one_of_many_segments_has_to_be_clearer_than_one_alone() -> None:
    alone = severities(agents([60]), below=0.7, confidence=0.95)
    assert alone == ["warn"]
    many = severities(agents([60, *[70] * 99]), below=0.7, confidence=0.95)
    assert many == [None] * 100
    assert severities(agents([50, *[70] * 99]), below=0.7, confidence=0.95)[0] == "warn"
    # Where many are bad, each of them needs less.
    assert severities(agents([60] * 100), below=0.7, confidence=0.95) == ["warn"] * 100


def test_each_period_is_a_group_of_its_own() -> None:
    rows = [
        each
        for agent in range(50)
        for each in (share(60, 100, 0, f"a{agent:03}"), share(60 if agent == 0 else 70, 100, 1, f"a{agent:03}"))
    ]
    found = severities(rows, below=0.7, confidence=0.95)
    assert found[::2] == ["warn"] * 50
    assert found[1::2] == [None] * 50


def test_of_segments_that_are_well_few_fire() -> None:
    generator = np.random.default_rng(5)
    fired = weeks = 0
    for number in range(20):
        rows = agents(generator.binomial(100, 0.7, 500).tolist(), number)
        fired += sum(each is not None for each in severities(rows, below=0.7, confidence=0.95))
        weeks += 1
    # Without control 2.5 % of them would: 250.
    assert fired / weeks <= 0.1


scores = st.lists(st.floats(-3, 8), min_size=1, max_size=30)


@given(scores, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_discoveries_are_those_of_benjamini_and_hochberg(found: list[float], confidence: float) -> None:
    from math import erfc, sqrt

    rate, tests = (1 - confidence) / 2, len(found)
    chances = sorted(0.5 * erfc(score / sqrt(2)) for score in found)
    passed = [rank for rank, chance in enumerate(chances, start=1) if chance <= rate * rank / tests]
    expected = max(passed, default=0)
    kept = discoveries(np.array(found), np.zeros(tests, dtype=np.int64), confidence)
    assert int(kept.sum()) == expected
    if 0 < expected < tests:
        assert min(np.array(found)[kept]) >= max(np.array(found)[~kept])


@given(st.lists(st.tuples(st.floats(0, 0.9), st.floats(0, 0.1)), min_size=1, max_size=20))
def test_what_is_surely_critical_is_surely_a_warning(pairs: list[tuple[float, float]]) -> None:
    rows = [share(round(value * 50), 50, 0, f"a{agent}") for agent, (value, _) in enumerate(pairs)]
    both = severities(rows, below={"warn": 0.7, "critical": 0.6}, confidence=0.9)
    warned = severities(rows, below=0.7, confidence=0.9)
    assert all(warning for found, warning in zip(both, warned, strict=True) if found == "critical")


@pytest.mark.parametrize("confidence", [0.4, 1, "95", "0.1%", "2d", "sure"])
def test_mistakes_in_the_settings(confidence: object) -> None:
    with pytest.raises(ValidationError, match=r"how sure it has to be|cannot read"):
        rule(below=0.8, confidence=confidence)


def test_a_kpi_without_interval_is_refused() -> None:
    [mistake] = mistakes(rule(by=None, below=0.8, confidence=0.9), {"csat": CSAT})
    assert mistake.key == ("confidence",)
    assert mistakes(rule(by=None, below=0.8, confidence=0.9), {"csat": SHARE}) == []
