"""The condition `change`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from watch_samples import (
    CSAT,
    INCOMPLETE,
    MISSING,
    NO_VALUE,
    SMALL,
    Week,
    brief,
    evaluate,
    readings,
    rule,
)

from pipelines.kpis import Kpi
from pipelines.watch.evaluation import EvaluatedReading, evaluate_readings
from pipelines.watch.reading import frame_of
from pipelines.watch.rule import Rule, mistakes


def found(watched: Rule, weeks: Sequence[Week]) -> list[EvaluatedReading]:
    evaluated = evaluate_readings(watched, CSAT, frame_of(readings(weeks)))
    return [evaluated.at(position) for position in range(len(readings(weeks)))]


def breaches(watched: Rule, weeks: Sequence[Week]) -> list[tuple[str, str] | None]:
    return [each.breach and each.breach[:2] for each in found(watched, weeks)]


def test_a_drop_of_just_as_much_is_allowed_and_a_larger_one_breaches() -> None:
    watched = rule(change={"drop": {"warn": "25%", "critical": "50%"}})
    assert breaches(watched, [0.8, 0.6, 0.44, 0.2]) == [None, None, ("warn", "below"), ("critical", "below")]
    fell = found(watched, [0.8, 0.5])[1]
    assert fell.breach is not None
    assert fell.breach.threshold == pytest.approx(0.6)


def test_drops_and_rises_have_limits_of_their_own() -> None:
    watched = rule(change={"drop": "5pp", "rise": {"critical": "20pp"}})
    values = [0.5, 0.46, 0.40, 0.55, 0.76]
    assert breaches(watched, values) == [None, None, ("warn", "below"), None, ("critical", "above")]
    assert breaches(rule(change="-10%"), [0.5, 0.4, 0.5]) == [None, ("warn", "below"), None]
    assert breaches(rule(change="+10%", severity="critical"), [0.5, 0.4, 0.5]) == [None, None, ("critical", "above")]
    both = rule(change={"drop": "5pp", "rise": "5pp"}, severity="critical")
    assert breaches(both, [0.5, 0.4, 0.5]) == [None, ("critical", "below"), ("critical", "above")]


def test_what_cannot_be_compared_is_passed_over() -> None:
    watched = rule(change="-10%")
    first, gap, small = (
        found(watched, [0.9, MISSING, 0.1])[1],
        found(watched, [0.9, NO_VALUE, 0.1])[2],
        found(watched, [0.9, SMALL, 0.1])[2],
    )
    assert [each.obstacle for each in (first, gap, small)] == ["no_limit"] * 3
    assert found(watched, [0.9, INCOMPLETE, 0.1])[2].obstacle == "no_limit"


def test_a_share_of_nothing_or_of_a_debt_says_nothing() -> None:
    assert breaches(rule(change="-10%"), [0.0, -1.0, -5.0]) == [None, None, None]
    assert breaches(rule(change={"drop": 2}), [0.0, -1.0, -5.0]) == [None, None, ("warn", "below")]


def test_the_same_week_of_the_year_before_counts() -> None:
    watched = rule(change={"from": "previous_year", "drop": "10%"})
    weeks: list[Week] = [0.9, 0.5, *[0.2] * 50, 0.8, 0.46, 0.44]
    evaluated = found(watched, weeks)
    assert [each.obstacle for each in evaluated[:52]] == ["no_limit"] * 52
    assert [each.breach and each.breach.side for each in evaluated[52:]] == ["below", None, None]


def test_the_same_day_of_the_year_before_counts_in_leap_years_too() -> None:
    watched = rule(change={"from": "previous_year", "drop": "10%"}, grain="day", min_sample=0)
    days = [date(2023, 2, 28), date(2024, 2, 28), date(2024, 2, 29), date(2025, 2, 28)]
    frame = frame_of(
        replace(each, grain="day", period_start=day)
        for each, day in zip(readings([0.9, 0.5, 0.9, 0.46]), days, strict=True)
    )
    evaluated = evaluate_readings(watched, CSAT, frame)
    assert [evaluated.at(position).breach is not None for position in range(4)] == [False, True, False, False]


def test_an_incident_ends_when_the_value_no_longer_falls() -> None:
    state, events = evaluate(None, readings([0.9, 0.9]), rule(change="-10%"))
    assert events == ()
    _, events = evaluate(state, readings([0.9, 0.9, 0.5, 0.5]), rule(change="-10%"))
    assert brief(events) == [(2, "fired", "warn"), (3, "resolved", "warn")]


def test_series_are_compared_with_themselves() -> None:
    frame = frame_of([*readings([0.9, 0.9]), *readings([0.1, 0.1], "email")])
    evaluated = evaluate_readings(rule(change={"drop": "1%", "rise": "1%"}), CSAT, frame)
    assert evaluated.breached.size == 0
    empty = evaluate_readings(rule(change="-1%"), CSAT, frame.iloc[:0])
    assert empty.breached.size == 0


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=8), st.integers(0, 5))
def test_a_later_value_changes_no_limit(values: list[float], more: int) -> None:
    watched = rule(change={"drop": "10%", "rise": "10%"})
    before = [each.thresholds for each in found(watched, values)[1:]]
    after = [each.thresholds for each in found(watched, [*values, *[0.5] * more])[1:]]
    assert after[: len(before)] == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("10%", "does 10% mean a drop or a rise? Write -10%, +10%"),
        ("fast", "cannot read 'fast' as a change"),
        ({"from": "previous"}, "give drop, rise or both"),
        ({"drop": "-10%"}, "write how far without a sign"),
        ({"drop": {"warn": "20%", "critical": "10%"}}, "critical (10%) must not be less than warn (20%)"),
        ({"drop": {"warn": "20%", "critical": "30pp"}}, "must be of one kind"),
        ({"drop": {}}, "give warn, critical or both"),
        ({"from": "yesterday", "drop": "10%"}, "'previous' or 'previous_year'"),
    ],
)
def test_mistakes_in_the_settings(change: object, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        rule(change=change)
    assert message in str(caught.value)


SHARE = replace(CSAT, lowest=0, highest=1)
NPS = replace(CSAT, name="nps", unit="score")
REVENUE = replace(CSAT, name="revenue", unit="currency")
DURATION = replace(CSAT, name="resolution_time", unit="seconds", lowest=0)
UPLIFT = replace(CSAT, name="uplift", lowest=-1, highest=1)


@pytest.mark.parametrize(
    ("kpi", "keys", "key", "message"),
    [
        (NPS, {"change": "-10%"}, ("change", "drop"), "nps may be zero or negative, so that 10% of it says nothing: write points, such as 10"),
        (UPLIFT, {"change": "-10%"}, ("change", "drop"), "such as 10pp"),
        (NPS, {"change": "-5pp"}, ("change", "drop"), "is no percentage"),
        (SHARE, {"change": -0.1}, ("change", "drop"), "write 10% of the earlier value or 10pp instead of 0.1"),
        (SHARE, {"change": {"drop": {"warn": "5pp", "critical": "120pp"}}}, ("change", "drop", "critical"), "by more than 100pp"),
        (SHARE, {"change": "-100%"}, ("change", "drop"), "cannot fall by more than 100%"),
        (REVENUE, {"change": "-2h"}, ("change", "drop"), "is not a duration"),
        (SHARE, {"change": {"from": "previous_year", "drop": "5%"}, "grain": "year"}, ("change", "from"), "write from: previous"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_for_a_kpi(kpi: Kpi, keys: dict[str, Any], key: tuple[str, ...], message: str) -> None:
    [mistake] = mistakes(rule(kpi=kpi.name, by=None, **keys), {kpi.name: kpi})
    assert mistake.key == key
    assert message in mistake.message


@pytest.mark.parametrize(
    ("kpi", "change"),
    [(NPS, -10), (SHARE, "+300%"), (REVENUE, "-10%"), (REVENUE, "-1000"), (DURATION, "+2h"), (UPLIFT, "-5pp")],
)
def test_what_is_allowed(kpi: Kpi, change: object) -> None:
    assert mistakes(rule(kpi=kpi.name, by=None, change=change), {kpi.name: kpi}) == []


def test_clear_is_refused() -> None:
    with pytest.raises(ValidationError, match="`clear` cannot be used with `change`"):
        rule(change="-10%", clear=0.8)
