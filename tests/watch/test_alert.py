"""The life of an alert, one reading at a time."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from watch_samples import (
    CSAT,
    INCOMPLETE,
    MISSING,
    NO_VALUE,
    NOW,
    SERIES,
    SMALL,
    Week,
    brief,
    evaluate,
    plain_fold,
    readings,
    rule,
    rules_of_all_kinds,
    week,
    weeks_of_all_kinds,
)

from pipelines.watch.alert import event_of, step
from pipelines.watch.evaluation import evaluate_readings
from pipelines.watch.reading import frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event, State, alert_id, alert_records, dedup_key


def statuses(weeks: list[Week], watched: Rule) -> list[str]:
    """The status after each week, as steps one by one give it."""
    evaluated = evaluate_readings(watched, CSAT, frame_of(readings(weeks)))
    state, position = State(), 0
    found: list[str] = []
    for what in weeks:
        if what != MISSING:
            state, _ = step(state, evaluated.at(position), watched, NOW)
            position += 1
        found.append(state.status)
    return found


@pytest.mark.parametrize(
    ("keys", "weeks", "expected_statuses", "expected_events"),
    [
        pytest.param({}, [0.9, 0.8], "ok ok", [], id="at the threshold is no breach"),
        pytest.param({}, [0.9, 0.7], "ok firing", [(1, "fired", "warn")], id="fires at once by default"),
        pytest.param(
            {},
            [0.7, 0.9],
            "firing ok",
            [(0, "fired", "warn"), (1, "resolved", "warn")],
            id="resolves at once by default",
        ),
        pytest.param({"for": 2}, [0.7, 0.9, 0.7], "pending ok pending", [], id="a pending that ends raises no event"),
        pytest.param(
            {"for": 2},
            [0.7, 0.5, 0.5],
            "pending firing firing",
            [(1, "fired", "critical")],
            id="fires as what it is then",
        ),
        pytest.param(
            {},
            [0.7, 0.5, 0.5, 0.7],
            "firing firing firing firing",
            [(0, "fired", "warn"), (1, "severity_changed", "critical"), (3, "severity_changed", "warn")],
            id="a change of severity belongs to the incident",
        ),
        pytest.param(
            {"keep_firing": 2},
            [0.7, 0.9, 0.7, 0.9, 0.9],
            "firing recovering firing recovering ok",
            [(0, "fired", "warn"), (4, "resolved", "warn")],
            id="a relapse while recovering raises no event",
        ),
        pytest.param(
            {"keep_firing": 2},
            [0.7, 0.9, 0.5],
            "firing recovering firing",
            [(0, "fired", "warn"), (2, "severity_changed", "critical")],
            id="a more severe relapse while recovering raises one",
        ),
        pytest.param(
            {"for": 2, "keep_firing": 2},
            [0.7, 0.7, 0.9, 0.7],
            "pending firing recovering firing",
            [(1, "fired", "warn")],
            id="a relapse while recovering need not wait again",
        ),
        pytest.param(
            {"clear": 0.85},
            [0.5, 0.82, 0.85],
            "firing firing ok",
            [(0, "fired", "critical"), (2, "resolved", "critical")],
            id="between threshold and clear nothing changes",
        ),
        pytest.param(
            {"clear": 0.85, "keep_firing": 2},
            [0.7, 0.9, 0.82, 0.9, 0.9],
            "firing recovering firing recovering ok",
            [(0, "fired", "warn"), (4, "resolved", "warn")],
            id="between threshold and clear the recovery is interrupted",
        ),
        pytest.param(
            {"clear": 0.85, "for": 2},
            [0.7, 0.82, 0.7],
            "pending ok pending",
            [],
            id="clear does not keep a pending alive",
        ),
        pytest.param(
            {"for": 2},
            [0.7, SMALL, 0.7],
            "pending pending firing",
            [(2, "fired", "warn")],
            id="a small sample is passed over while pending",
        ),
        pytest.param({"for": 3}, [0.7, SMALL, 0.7], "pending pending pending", [], id="a small sample extends no run"),
        pytest.param(
            {"for": 2}, [0.7, MISSING, 0.7], "pending pending pending", [], id="a missing period breaks a run"
        ),
        pytest.param(
            {"for": 2}, [0.7, NO_VALUE, 0.7], "pending pending pending", [], id="a period without a value breaks a run"
        ),
        pytest.param(
            {"for": 2},
            [0.7, MISSING, SMALL],
            "pending pending ok",
            [],
            id="a small sample after a gap does not keep a pending",
        ),
        pytest.param(
            {},
            [0.7, MISSING, 0.7],
            "firing firing firing",
            [(0, "fired", "warn")],
            id="a missing period resolves nothing",
        ),
        pytest.param(
            {"keep_firing": 2},
            [0.7, 0.9, MISSING, 0.9, 0.9],
            "firing recovering recovering recovering ok",
            [(0, "fired", "warn"), (4, "resolved", "warn")],
            id="a missing period interrupts the recovery",
        ),
        pytest.param(
            {"keep_firing": 2},
            [0.7, 0.9, SMALL, 0.9],
            "firing recovering recovering ok",
            [(0, "fired", "warn"), (3, "resolved", "warn")],
            id="a small sample is passed over while recovering",
        ),
        pytest.param(
            {}, [SMALL, NO_VALUE, INCOMPLETE], "ok ok ok", [], id="nothing fires without an evaluated reading"
        ),
        pytest.param(
            {},
            [0.7, SMALL, NO_VALUE, INCOMPLETE],
            "firing firing firing firing",
            [(0, "fired", "warn")],
            id="nothing resolves without an evaluated reading",
        ),
        pytest.param(
            {"outside": [0.4, 0.6]},
            [0.7, 0.3, 0.5],
            "firing firing ok",
            [(0, "fired", "warn"), (2, "resolved", "warn")],
            id="from one side of a range to the other is one incident",
        ),
    ],
)
def test_the_life_of_an_alert(
    keys: dict[str, Any], weeks: list[Week], expected_statuses: str, expected_events: list[tuple[int, str, str]]
) -> None:
    watched = rule(**keys)
    assert statuses(weeks, watched) == expected_statuses.split()
    _, events = plain_fold(State(), readings(weeks), watched)
    assert brief(events) == expected_events


def test_an_event_has_the_facts_of_a_message() -> None:
    started = NOW - timedelta(weeks=3)
    state, nothing = evaluate(None, readings([0.9]), rule(**{"for": 2}), started)
    assert nothing == ()
    weeks: list[Week] = [0.9, 0.75, 0.55, 0.5, 0.65, 0.9]
    state, nothing = evaluate(state, readings(weeks[:2]), rule(**{"for": 2}), started)
    assert nothing == ()
    state, [fired] = evaluate(state, readings(weeks[:3]), rule(**{"for": 2}), NOW)
    assert (fired.kind, fired.severity, fired.threshold, fired.side) == ("fired", "critical", 0.6, "below")
    assert (fired.condition, fired.mildest_threshold) == ("below", 0.8)
    assert (fired.opened_period, fired.reading.period_start) == (week(1), week(2))
    assert (fired.breached_periods, fired.peak_value) == (2, 0.55)
    assert (fired.opened_at, fired.fired_at, fired.at) == (started, NOW, NOW)
    assert fired.reason == "0.55 is below the critical threshold 0.6, for 2 periods in a row"
    assert fired.alert_id == alert_id(SERIES, week(1))

    later = NOW + timedelta(weeks=3)
    state, [eased, resolved] = evaluate(state, readings(weeks), rule(**{"for": 2}), later)
    assert (eased.kind, eased.previous_severity, eased.severity) == ("severity_changed", "critical", "warn")
    assert not eased.has_worsened
    assert eased.reason == "eased: 0.65 is below the warn threshold 0.8"
    assert (resolved.kind, resolved.reading.value, resolved.breached_value) == ("resolved", 0.9, 0.65)
    assert (resolved.breached_periods, resolved.peak_value, resolved.threshold) == (4, 0.5, 0.8)
    assert (resolved.fired_at, resolved.at) == (NOW, later)
    assert {eased.alert_id, resolved.alert_id} == {fired.alert_id}
    assert state == State(last_period=week(5), resolved=state.resolved)


def test_an_event_says_that_the_severity_has_worsened() -> None:
    _, events = plain_fold(State(), readings([0.7, 0.5]), rule())
    assert events[1].has_worsened
    assert events[1].reason.startswith("worse: 0.5 is below the critical threshold")


@pytest.mark.parametrize(
    ("keys", "weeks", "peak"),
    [
        ({}, [0.7, 0.5, 0.65], 0.5),
        ({"above": 0.6}, [0.7, 0.9, 0.65], 0.9),
        ({"outside": [0.4, 0.6]}, [0.7, 0.1, 0.65], 0.1),
        ({"outside": [0.4, 0.6]}, [0.3, 0.95, 0.35], 0.95),
    ],
)
def test_the_peak_is_the_value_farthest_beyond_the_limits(keys: dict[str, Any], weeks: list[Week], peak: float) -> None:
    state, _ = plain_fold(State(), readings(weeks), rule(**keys))
    assert state.incident is not None
    assert (state.incident.peak_value, state.incident.value) == (peak, weeks[-1])


def test_a_rule_that_changes_sides_while_an_incident_is_open_keeps_its_last_threshold() -> None:
    state, _ = evaluate(None, readings([0.5]), rule())
    _, [resolved] = evaluate(state, readings([0.5, 0.5]), rule(above=0.9))
    assert (resolved.kind, resolved.side) == ("resolved", "below")
    assert (resolved.threshold, resolved.mildest_threshold) == (0.6, 0.6)


@given(weeks_of_all_kinds, rules_of_all_kinds)
def test_every_event_has_its_cause_and_every_incident_one_life(weeks: list[Week], watched: Rule) -> None:
    state = State()
    raised: list[Event] = []
    history = readings(weeks)
    evaluated = evaluate_readings(watched, CSAT, frame_of(history))
    for position, current in enumerate(history):
        found = evaluated.at(position)
        state, transition = step(state, found, watched, NOW)
        events = [] if transition is None else [event_of(transition, watched, NOW)]
        for event in events:
            assert event.reading == current
            assert found.obstacle is None
            if event.kind == "resolved":
                assert found.is_recovered
            else:
                assert found.breach == (event.severity, event.side, event.threshold)
            if event.kind == "severity_changed":
                assert event.previous_severity not in {None, event.severity}
        raised += events
        kinds = [event.kind for event in raised]
        is_open = state.status in {"firing", "recovering"}
        assert kinds.count("fired") + kinds.count("reopened") - kinds.count("resolved") == int(is_open)
        assert (state.incident is not None) == (state.status != "ok")
    incidents = {event.alert_id for event in raised if event.kind == "fired"}
    assert len(incidents) == sum(event.kind == "fired" for event in raised)
    assert len({dedup_key(event, "log") for event in raised}) == len(raised)


@pytest.mark.parametrize(
    ("keys", "weeks", "expected"),
    [
        pytest.param({}, [0.7, 0.9, 0.9, 0.5], [(3, "reopened", "critical")], id="two periods later"),
        pytest.param({}, [0.7, 0.9, 0.9, 0.9, 0.5], [(4, "fired", "critical")], id="three periods later"),
        pytest.param({"reopen_within": 0}, [0.7, 0.9, 0.7], [(2, "fired", "warn")], id="never"),
        pytest.param({"reopen_within": 5}, [0.7, *[0.9] * 5, 0.7], [(6, "reopened", "warn")], id="five periods later"),
        pytest.param({}, [0.7, 0.9, MISSING, MISSING, 0.7], [(4, "fired", "warn")], id="missing periods pass"),
        pytest.param({}, [0.7, 0.9, SMALL, 0.7], [(3, "reopened", "warn")], id="small samples pass"),
        pytest.param(
            {},
            [0.7, 0.9, 0.7, 0.9, 0.7],
            [(2, "reopened", "warn"), (3, "resolved", "warn"), (4, "reopened", "warn")],
            id="again and again",
        ),
        pytest.param({"for": 2}, [0.7, 0.7, 0.9, 0.7, 0.9], [], id="a relapse that is too short"),
        pytest.param(
            {"for": 2}, [0.7, 0.7, 0.9, 0.9, 0.7, 0.7], [(5, "reopened", "warn")], id="one that begins in time"
        ),
        pytest.param({"for": 2}, [0.7, 0.7, 0.9, 0.7, 0.9, 0.7, 0.7], [(6, "fired", "warn")], id="one that does not"),
    ],
)
def test_a_relapse_soon_after_it_was_resolved_reopens_the_incident(
    keys: dict[str, Any], weeks: list[Week], expected: list[tuple[int, str, str]]
) -> None:
    _, events = plain_fold(State(), readings(weeks), rule(**keys))
    first, resolved, *later = events
    assert (first.kind, resolved.kind) == ("fired", "resolved")
    assert brief(later) == expected
    for event in later:
        assert (event.alert_id == first.alert_id) == (event.kind != "fired")


def test_a_reopened_incident_goes_on_with_what_it_was() -> None:
    started = NOW - timedelta(weeks=3)
    state, [fired] = evaluate(State(last_period=week(-1)), readings([0.5]), rule(), started)
    state, [resolved] = evaluate(state, readings([0.5, 0.9]), rule(), NOW - timedelta(weeks=2))
    state, [reopened] = evaluate(state, readings([0.5, 0.9, 0.7]), rule(), NOW)
    assert (reopened.kind, reopened.severity, reopened.breached_periods) == ("reopened", "warn", 2)
    assert (reopened.opened_period, reopened.peak_value, reopened.breached_value) == (week(0), 0.5, 0.7)
    assert (reopened.opened_at, reopened.fired_at, reopened.at) == (started, fired.fired_at, NOW)
    assert [each.status for each in alert_records(SERIES, state, [resolved, reopened])] == ["firing"]


@given(weeks_of_all_kinds, st.integers(0, 25), rules_of_all_kinds)
def test_what_comes_after_an_incomplete_period_does_not_matter(weeks: list[Week], position: int, watched: Rule) -> None:
    cut = [*weeks[:position], INCOMPLETE]
    assert evaluate(None, readings([*cut, *weeks[position:]]), watched) == evaluate(None, readings(cut), watched)
    known = State(last_period=week(-1))
    assert evaluate(known, readings([*cut, *weeks[position:]]), watched) == evaluate(known, readings(cut), watched)


@given(st.text("bg", max_size=40), st.integers(1, 4), st.integers(1, 4))
def test_incidents_are_what_a_regular_expression_finds(history: str, periods: int, recoveries: int) -> None:
    """With b for a breach and g for a good period, an incident is `for` b in a row up to `keep_firing` g in a row."""
    expected = []
    for incident in re.finditer(rf"b{{{periods}}}.*?(?:(g{{{recoveries}}})|$)", history):
        expected.append((incident.start() + periods - 1, "fired", "warn"))
        if incident[1]:
            expected.append((incident.end() - 1, "resolved", "warn"))
    watched = rule(below=0.8, reopen_within=0, **{"for": periods, "keep_firing": recoveries})
    _, events = plain_fold(State(), readings([0.7 if period == "b" else 0.9 for period in history]), watched)
    assert brief(events) == expected
