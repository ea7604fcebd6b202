"""Versions of a rule: each period is evaluated by the one in effect, and the history of an incident goes on."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from watch_samples import CSAT, INCOMPLETE, NOW, SERIES, Week, brief, readings, rule, week

from pipelines.watch.backtest import replay
from pipelines.watch.reading import frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event, State
from pipelines.watch.versions import by_name, evaluate_versions, is_over, version_mistakes, version_on

CHANGED = week(4)
EARLIER = rule(below=0.8, reopen_within=0, active={"to": CHANGED - timedelta(days=1)})
LATER = rule(below=0.6, reopen_within=0, active={"from": CHANGED})


def evaluate(
    state: State | None, weeks: Sequence[Week], versions: Sequence[Rule] = (EARLIER, LATER)
) -> tuple[State, tuple[Event, ...]]:
    known = {} if state is None else {SERIES: state}
    [change] = evaluate_versions([(each, CSAT) for each in versions], frame_of(readings(weeks)), known, NOW)
    assert change.before is state
    return change.after, change.events


def test_each_period_is_evaluated_by_the_version_in_effect() -> None:
    state, _ = evaluate(None, [0.9])
    state, events = evaluate(state, [0.9, 0.7, 0.9, 0.7, 0.7, 0.5])
    assert brief(events) == [
        (1, "fired", "warn"),
        (2, "resolved", "warn"),
        (3, "fired", "warn"),
        (4, "resolved", "warn"),
        (5, "fired", "warn"),
    ]
    assert [event.threshold for event in events if event.kind == "fired"] == [0.8, 0.8, 0.6]
    assert state.last_period == week(5)


def test_an_incident_goes_on_with_the_next_version() -> None:
    state, _ = evaluate(None, [0.9])
    state, fired = evaluate(state, [0.9, 0.7])
    state, events = evaluate(state, [0.9, 0.7, 0.7, 0.7, 0.5, 0.4])
    assert events == ()
    assert state.incident is not None
    assert (state.incident.alert_id, state.incident.threshold) == (fired[0].alert_id, 0.6)
    assert state.incident.breached_periods == 5
    _, events = evaluate(state, [0.9, 0.7, 0.7, 0.7, 0.5, 0.4, 0.7])
    assert brief(events) == [(6, "resolved", "warn")]


def test_passes_after_each_period_find_what_one_pass_finds() -> None:
    weeks: list[Week] = [0.9, 0.7, 0.5, 0.7, 0.7, 0.5, 0.5, 0.9]
    start, _ = evaluate(None, weeks[:1])
    _, at_once = evaluate(start, weeks)
    state, one_by_one = start, []
    for number in range(2, len(weeks) + 1):
        state, events = evaluate(state, weeks[:number])
        one_by_one += events
    assert brief(one_by_one) == brief(at_once)


@pytest.mark.parametrize(
    ("weeks", "raised"),
    [
        # Incidents that are over raise no event, whichever version found them.
        ([0.7, 0.9, 0.9, 0.7, 0.7, 0.5, 0.9], []),
        # One that is open raises a single event, by the version that found its latest breach.
        ([0.9, 0.9, 0.9, 0.7, 0.5], [(4, "fired", 0.6)]),
        ([0.9, 0.9, 0.7, 0.7, INCOMPLETE], [(3, "fired", 0.8)]),
        ([0.9, 0.9, 0.9, 0.9, 0.9, 0.5], [(5, "fired", 0.6)]),
    ],
)
def test_a_first_evaluation_is_silent_across_versions(weeks: list[Week], raised: list[tuple[int, str, float]]) -> None:
    state, events = evaluate(None, weeks)
    found = [(number, kind, event.threshold) for (number, kind, _), event in zip(brief(events), events, strict=True)]
    assert found == raised
    assert (state.status == "firing") == bool(raised)


def test_no_version_evaluates_the_days_between_two() -> None:
    versions = (EARLIER, rule(below=0.6, active={"from": week(6)}))
    state, _ = evaluate(None, [0.9], versions)
    _, events = evaluate(state, [0.9, 0.9, 0.9, 0.9, 0.1, 0.1, 0.5], versions)
    assert brief(events) == [(6, "fired", "warn")]


def test_a_limit_may_come_from_days_before_the_version() -> None:
    versions = (
        rule(change="-50%", active={"to": CHANGED - timedelta(days=1)}),
        rule(change="-10%", active={"from": CHANGED}),
    )
    state, _ = evaluate(None, [0.9], versions)
    _, events = evaluate(state, [0.9, 0.9, 0.9, 0.9, 0.7], versions)
    assert brief(events) == [(4, "fired", "warn")]


values = st.lists(st.sampled_from([0.9, 0.7, 0.5]), min_size=1, max_size=12)


@given(values, st.integers(1, 12), st.integers(1, 10))
def test_equal_versions_are_one_rule(weeks: list[float], cut: int, turn: int) -> None:
    one = [rule()]
    two = [rule(active={"to": week(turn) - timedelta(days=1)}), rule(active={"from": week(turn)})]
    expected, expected_events = evaluate(None, weeks[:cut], one)
    state, events = evaluate(None, weeks[:cut], two)
    assert (state, brief(events)) == (expected, brief(expected_events))
    after, later = evaluate(state, weeks, two)
    expected_after, expected_later = evaluate(expected, weeks, one)
    assert (after, brief(later)) == (expected_after, brief(expected_later))


def test_a_backtest_of_a_version_counts_its_own_periods() -> None:
    history = frame_of(readings([0.7, 0.9, 0.9, 0.9, 0.7, 0.5]))
    found = [replay(version, CSAT, history, NOW, first=None, last=None) for version in (EARLIER, LATER)]
    assert [(each.periods_evaluated, each.periods_breached, len(each.incidents)) for each in found] == [
        (4, 1, 1),
        (2, 1, 1),
    ]


def test_versions_are_ordered_by_their_days() -> None:
    versions = by_name([LATER, EARLIER, rule(name="other")])
    assert versions["csat-floor"] == [EARLIER, LATER]
    assert version_on([EARLIER, LATER], CHANGED) is LATER
    assert version_on([EARLIER, LATER], CHANGED - timedelta(days=1)) is EARLIER
    assert version_on([LATER], week(0)) is LATER


def test_a_version_is_over_some_time_after_its_last_period() -> None:
    ended = rule(active={"to": date(2024, 1, 31)})
    assert not is_over(ended, CSAT, date(2024, 3, 1))
    assert is_over(ended, CSAT, date(2024, 4, 1))
    assert not is_over(rule(), CSAT, date.max)


def found(*rules: dict[str, Any]) -> list[tuple[int, tuple[str, ...], str]]:
    made = [rule(**keys) for keys in rules]
    return [(position, mistake.key, mistake.message) for position, mistake in version_mistakes(made)]


def test_what_does_not_fit_between_versions() -> None:
    before, after = {"to": "2024-01-31"}, {"from": "2024-02-01"}
    assert found({"active": before}, {"active": after}) == []
    assert found({"active": after}, {"active": before}) == []
    [(position, key, message)] = found({"active": before}, {"active": {"from": "2024-01-31"}})
    assert (position, key) == (1, ("active",))
    assert "overlap" in message
    [(_, key, message)] = found({"active": before, "grain": "month"}, {"active": after})
    assert (key, "grain: month" in message) == (("grain",), True)
    [(_, key, _)] = found({"active": before}, {"active": after, "by": None})
    assert key == ("name",)


@pytest.mark.parametrize(
    ("active", "message"),
    [
        ({}, "give from, to or both"),
        ({"from": "2024-02-01", "to": "2024-01-31"}, "before it begins"),
        ({"from": "tomorrow"}, "valid date"),
        ({"since": "2024-01-01"}, "Extra inputs"),
    ],
)
def test_mistakes_in_the_settings(active: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        rule(active=active)
