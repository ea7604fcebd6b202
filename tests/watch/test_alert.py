import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.watch.alert import (
    Event,
    State,
    alert_id,
    alert_records,
    dedup_key,
    fold,
    judge,
    series_of,
    step,
)
from pipelines.watch.evaluate import recovered, verdict
from pipelines.watch.reading import Reading, Series
from pipelines.watch.rule import Rule

NOW = datetime(2024, 6, 3, 7, 0, tzinfo=UTC)
FIRST_WEEK = date(2024, 1, 1)
SERIES = Series("csat-floor", "csat", "week", "channel", "chat")

# How the cases below write a week that is not simply a value.
MISSING, NO_VALUE, SMALL, INCOMPLETE = "missing", "no value", "small", "incomplete"
Week = float | str


def rule(**keys: Any) -> Rule:
    bounds = {} if {"above", "outside"} & keys.keys() else {"below": {"warn": 0.8, "critical": 0.6}}
    fixed = {"name": "csat-floor", "kpi": "csat", "by": "channel", "min_sample": 30}
    return Rule.model_validate(fixed | bounds | keys)


def week(number: int) -> date:
    return FIRST_WEEK + timedelta(weeks=number)


def reading(number: int, what: Week) -> Reading:
    value = what if isinstance(what, float) else {NO_VALUE: None}.get(what, 0.1)
    size = 5 if what == SMALL else 100
    return Reading(
        "csat", "week", week(number), "channel", "chat", value, None, None, size, None, None, what != INCOMPLETE
    )


def readings(weeks: Sequence[Week]) -> list[Reading]:
    return [reading(number, what) for number, what in enumerate(weeks) if what != MISSING]


def brief(events: Sequence[Event]) -> list[tuple[int, str, str]]:
    return [((event.reading.period_start - FIRST_WEEK).days // 7, event.kind, event.severity) for event in events]


def statuses(weeks: Sequence[Week], watched: Rule) -> list[str]:
    """The status after each week, as steps one by one give it."""
    state = State()
    found: list[str] = []
    for number, what in enumerate(weeks):
        if what != MISSING:
            state, _ = step(state, reading(number, what), watched, NOW)
        found.append(state.status)
    return found


@pytest.mark.parametrize(
    ("keys", "weeks", "expected_statuses", "expected_events"),
    [
        pytest.param({}, [0.9, 0.8], "ok ok", [], id="at the bound is no breach"),
        pytest.param({}, [0.9, 0.7], "ok firing", [(1, "fired", "warn")], id="fires at once by default"),
        pytest.param(
            {},
            [0.7, 0.9],
            "firing ok",
            [(0, "fired", "warn"), (1, "resolved", "warn")],
            id="resolves at once by default",
        ),
        pytest.param({"for": 2}, [0.7, 0.9, 0.7], "pending ok pending", [], id="a pending that ends is silent"),
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
            id="a relapse while recovering is not told",
        ),
        pytest.param(
            {"keep_firing": 2},
            [0.7, 0.9, 0.5],
            "firing recovering firing",
            [(0, "fired", "warn"), (2, "severity_changed", "critical")],
            id="a graver relapse while recovering is told",
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
            id="between bound and clear nothing changes",
        ),
        pytest.param(
            {"clear": 0.85, "keep_firing": 2},
            [0.7, 0.9, 0.82, 0.9, 0.9],
            "firing recovering firing recovering ok",
            [(0, "fired", "warn"), (4, "resolved", "warn")],
            id="between bound and clear the recovery is interrupted",
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
        pytest.param({"for": 2}, [0.7, NO_VALUE, 0.7], "pending pending pending", [], id="a period without value too"),
        pytest.param(
            {"for": 2},
            [0.7, MISSING, SMALL],
            "pending pending ok",
            [],
            id="a small sample after a gap does not save it",
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
        pytest.param({}, [SMALL, NO_VALUE, INCOMPLETE], "ok ok ok", [], id="nothing fires without a judged reading"),
        pytest.param(
            {},
            [0.7, SMALL, NO_VALUE, INCOMPLETE],
            "firing firing firing firing",
            [(0, "fired", "warn")],
            id="nor resolves",
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
    _, events = fold(State(), readings(weeks), watched, NOW)
    assert brief(events) == expected_events


def test_an_event_carries_what_a_message_says() -> None:
    started = NOW - timedelta(weeks=3)
    state, nothing = judge(SERIES, None, readings([0.9]), rule(**{"for": 2}), started)
    assert nothing == ()
    weeks: list[Week] = [0.9, 0.75, 0.55, 0.5, 0.65, 0.9]
    state, nothing = judge(SERIES, state, readings(weeks[:2]), rule(**{"for": 2}), started)
    assert nothing == ()
    state, [fired] = judge(SERIES, state, readings(weeks[:3]), rule(**{"for": 2}), NOW)
    assert (fired.kind, fired.severity, fired.threshold, fired.side) == ("fired", "critical", 0.6, "below")
    assert (fired.opened_period, fired.reading.period_start) == (week(1), week(2))
    assert (fired.breached_periods, fired.peak_value) == (2, 0.55)
    assert (fired.opened_at, fired.fired_at, fired.at) == (started, NOW, NOW)
    assert fired.reason == "0.55 is below the critical bound 0.6, for 2 periods in a row"
    assert fired.alert_id == alert_id(SERIES, week(1))

    later = NOW + timedelta(weeks=3)
    state, [eased, resolved] = judge(SERIES, state, readings(weeks), rule(**{"for": 2}), later)
    assert (eased.kind, eased.previous_severity, eased.severity) == ("severity_changed", "critical", "warn")
    assert not eased.has_worsened
    assert eased.reason == "eased: 0.65 is below the warn bound 0.8"
    assert (resolved.kind, resolved.reading.value, resolved.breached_value) == ("resolved", 0.9, 0.65)
    assert (resolved.breached_periods, resolved.peak_value, resolved.threshold) == (4, 0.5, 0.8)
    assert (resolved.fired_at, resolved.at) == (NOW, later)
    assert {eased.alert_id, resolved.alert_id} == {fired.alert_id}
    assert state == State(last_period=week(5))


def test_a_worse_severity_says_so() -> None:
    _, events = fold(State(), readings([0.7, 0.5]), rule(), NOW)
    assert events[1].has_worsened
    assert events[1].reason.startswith("worse: 0.5 is below the critical bound")


@pytest.mark.parametrize(
    ("keys", "weeks", "peak"),
    [
        ({}, [0.7, 0.5, 0.65], 0.5),
        ({"above": 0.6}, [0.7, 0.9, 0.65], 0.9),
        ({"outside": [0.4, 0.6]}, [0.7, 0.1, 0.65], 0.1),
        ({"outside": [0.4, 0.6]}, [0.3, 0.95, 0.35], 0.95),
    ],
)
def test_the_peak_is_the_value_farthest_beyond_the_bounds(keys: dict[str, Any], weeks: list[Week], peak: float) -> None:
    state, _ = fold(State(), readings(weeks), rule(**keys), NOW)
    assert state.incident is not None
    assert (state.incident.peak_value, state.incident.value) == (peak, weeks[-1])


@pytest.mark.parametrize(
    ("weeks", "told"),
    [
        pytest.param([0.5, 0.9, 0.9], [], id="an incident that is over is not told"),
        pytest.param([0.5, 0.9, 0.7, 0.5, 0.7], [(4, "fired", "warn")], id="an open one is told once, as it is today"),
        pytest.param([0.9, 0.5, SMALL], [(1, "fired", "critical")], id="with the reading that breached last"),
        pytest.param([0.9, 0.5, NO_VALUE, INCOMPLETE], [(1, "fired", "critical")], id="whatever came after"),
    ],
)
def test_history_is_replayed_silently(weeks: list[Week], told: list[tuple[int, str, str]]) -> None:
    state, events = judge(SERIES, None, readings(weeks), rule(), NOW)
    assert brief(events) == told
    assert state == fold(State(), readings(weeks), rule(), NOW)[0]


def test_a_replayed_incident_says_since_when_and_how_bad() -> None:
    _, [fired] = judge(SERIES, None, readings([0.9, 0.7, 0.5, MISSING, 0.75]), rule(), NOW)
    assert (fired.opened_period, fired.breached_periods, fired.peak_value) == (week(1), 3, 0.5)
    assert (fired.reading.value, fired.severity, fired.threshold) == (0.75, "warn", 0.8)
    assert (fired.opened_at, fired.fired_at) == (NOW, NOW)
    assert fired.reason == "seen for the first time, beyond its bounds since 2024-01-08"


def test_a_recovering_incident_is_replayed_with_its_last_breach() -> None:
    watched = rule(keep_firing=3)
    state, events = judge(SERIES, None, readings([0.5, 0.9]), watched, NOW)
    assert (state.status, brief(events)) == ("recovering", [(0, "fired", "critical")])
    _, events = judge(SERIES, state, readings([0.5, 0.9, 0.9, 0.9]), watched, NOW)
    assert brief(events) == [(3, "resolved", "critical")]


def test_a_series_with_nothing_judged_so_far_is_still_new() -> None:
    waiting, nothing = judge(SERIES, None, readings([INCOMPLETE, 0.5]), rule(), NOW)
    assert (waiting, nothing) == (State(), ())
    _, events = judge(SERIES, waiting, readings([0.5, 0.9, 0.7]), rule(), NOW)
    assert brief(events) == [(2, "fired", "warn")]


def test_a_period_is_judged_once() -> None:
    state, _ = judge(SERIES, None, readings([0.9, 0.9]), rule(), NOW)
    assert judge(SERIES, state, readings([0.9, 0.1]), rule(), NOW) == (state, ())
    # Not even if the period is reopened: an old incomplete one does not hold back the new.
    _, events = judge(SERIES, state, readings([0.9, INCOMPLETE, 0.1]), rule(), NOW)
    assert brief(events) == [(2, "fired", "critical")]


def test_an_incomplete_period_holds_back_the_later_ones() -> None:
    state, _ = judge(SERIES, None, readings([0.9]), rule(), NOW)
    assert judge(SERIES, state, readings([0.9, INCOMPLETE, 0.1]), rule(), NOW) == (state, ())
    _, events = judge(SERIES, state, readings([0.9, 0.7, 0.1]), rule(), NOW)
    assert brief(events) == [(1, "fired", "warn"), (2, "severity_changed", "critical")]


def test_a_value_that_comes_late_is_judged_if_no_later_period_was() -> None:
    state, _ = judge(SERIES, None, readings([0.9, NO_VALUE]), rule(), NOW)
    _, events = judge(SERIES, state, readings([0.9, 0.5]), rule(), NOW)
    assert brief(events) == [(1, "fired", "critical")]


def test_readings_of_another_series_or_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="not of"):
        judge(SERIES._replace(segment="email"), None, readings([0.9]), rule(), NOW)
    with pytest.raises(ValueError, match="not one series in the order"):
        judge(SERIES, None, readings([0.9, 0.9])[::-1], rule(), NOW)


def test_ids_and_keys_are_the_same_every_time_and_for_one_thing_only() -> None:
    assert alert_id(SERIES, week(0)) == alert_id(Series(*SERIES), FIRST_WEEK)
    neighbours = {alert_id(SERIES, week(1)), alert_id(SERIES, week(0))}
    others = [
        SERIES._replace(rule="other"),
        SERIES._replace(kpi="other"),
        SERIES._replace(grain="month"),
        SERIES._replace(segment_type="other"),
        SERIES._replace(segment="other"),
    ]
    assert len(neighbours | {alert_id(other, week(0)) for other in others}) == 7
    # No two ways of cutting the same letters into a series meet.
    assert alert_id(SERIES._replace(segment_type="a,b", segment="c"), week(0)) != alert_id(
        SERIES._replace(segment_type="a", segment="b,c"), week(0)
    )
    _, [fired, worse, eased, again] = fold(State(), readings([0.7, 0.5, 0.7, 0.5]), rule(), NOW)
    keys = {dedup_key(event, channel) for event in (fired, worse, eased, again) for channel in ("a", "b")}
    assert len(keys) == 8
    assert dedup_key(fired, "support") == f"alert/{fired.alert_id}/fired/warn/2024-01-01/support"


def test_records_of_a_pass() -> None:
    watched = rule(keep_firing=2)
    state, events = fold(State(), readings([0.7, 0.5, 0.9, 0.9, 0.75, 0.9]), watched, NOW)
    old, new = alert_records(SERIES, state, events)
    assert (old.alert_id, old.status, old.resolved_at) == (alert_id(SERIES, week(0)), "resolved", NOW)
    assert (old.period_start, old.value, old.threshold, old.severity) == (week(1), 0.5, 0.6, "critical")
    assert (old.opened_period, old.breached_periods, old.peak_value) == (week(0), 2, 0.5)
    assert (new.alert_id, new.status, new.resolved_at) == (alert_id(SERIES, week(4)), "recovering", None)
    assert (new.period_start, new.value, new.threshold, new.severity) == (week(4), 0.75, 0.8, "warn")
    assert alert_records(SERIES, State(), ()) == ()
    pending, _ = fold(State(), readings([0.7]), rule(**{"for": 2}), NOW)
    assert alert_records(SERIES, pending, ()) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[]", "not the state of a series"),
        ("{}", "not the state of a series"),
        (json.dumps({"version": 99, "state": {}}), "format 99 of a series' state is unknown"),
        (json.dumps({"version": 1, "state": {"status": "asleep"}}), "status: "),
        (json.dumps({"version": 1}), "dictionary or an instance"),
    ],
)
def test_what_is_no_state_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        State.from_json(text)


weeks_of_all_kinds = st.lists(
    st.sampled_from([0.9, 0.85, 0.82, 0.8, 0.7, 0.6, 0.5])
    | st.sampled_from([MISSING, NO_VALUE, SMALL])
    | st.floats(0, 1),
    max_size=25,
)
rules_of_all_kinds = st.builds(
    lambda conditions, runs: rule(**conditions, **runs),
    st.sampled_from(
        [
            {},
            {"below": 0.8, "severity": "critical"},
            {"clear": 0.85},
            {"above": {"warn": 0.6, "critical": 0.8}, "clear": 0.5},
            {"outside": {"warn": [0.6, 0.8], "critical": [0.3, 0.9]}, "clear": [0.65, 0.75]},
        ]
    ),
    st.fixed_dictionaries({"for": st.integers(1, 3), "keep_firing": st.integers(1, 3)}),
)


@given(weeks_of_all_kinds, rules_of_all_kinds)
def test_every_event_has_its_cause_and_every_incident_one_life(weeks: list[Week], watched: Rule) -> None:
    state = State()
    told: list[Event] = []
    for current in readings(weeks):
        state, events = step(state, current, watched, NOW)
        for event in events:
            found = verdict(watched, current)
            assert event.reading is current
            assert found.judged
            if event.kind == "resolved":
                assert recovered(watched, current)
            else:
                assert (found.severity, found.threshold) == (event.severity, event.threshold)
            if event.kind == "severity_changed":
                assert event.previous_severity not in {None, event.severity}
        told += events
        kinds = [event.kind for event in told]
        is_open = state.status in {"firing", "recovering"}
        assert kinds.count("fired") - kinds.count("resolved") == int(is_open)
        assert (state.incident is not None) == (state.status != "ok")
    incidents = {event.alert_id for event in told if event.kind == "fired"}
    assert len(incidents) == sum(event.kind == "fired" for event in told)
    assert len({dedup_key(event, "log") for event in told}) == len(told)


@given(weeks_of_all_kinds, rules_of_all_kinds, st.lists(st.integers(0, 25)).map(sorted))
def test_passes_may_be_cut_anywhere(weeks: list[Week], watched: Rule, cuts: list[int]) -> None:
    history = readings(weeks)
    at_once, events_at_once = fold(State(), history, watched, NOW)
    state = State()
    events: list[Event] = []
    for cut in [*cuts, len(history)]:
        # Each pass sees the whole past again, as the table of KPIs holds it.
        state, raised = fold(state, history[:cut], watched, NOW)
        events += raised
    assert (state, events) == (at_once, list(events_at_once))

    seen: State | None = None
    for cut in [*cuts, len(history)]:
        seen, _ = judge(SERIES, seen, history[:cut], watched, NOW)
    assert seen == at_once


@given(weeks_of_all_kinds, rules_of_all_kinds, st.integers(0, 25))
def test_the_first_sight_tells_of_the_open_incident_and_of_nothing_else(
    weeks: list[Week], watched: Rule, length: int
) -> None:
    history = readings(weeks)[:length]
    state, told = judge(SERIES, None, history, watched, NOW)
    _, loud = fold(State(), history, watched, NOW)
    if loud and loud[-1].kind != "resolved":
        [fired] = told
        assert (fired.kind, fired.alert_id, fired.severity) == ("fired", loud[-1].alert_id, loud[-1].severity)
        assert verdict(watched, fired.reading).severity == fired.severity
        assert fired.reading.period_start >= loud[-1].reading.period_start
    else:
        assert told == ()
    assert {record.alert_id for record in alert_records(SERIES, state, told)} == {event.alert_id for event in told}


@given(weeks_of_all_kinds, st.integers(0, 25), rules_of_all_kinds)
def test_what_comes_after_an_incomplete_period_does_not_matter(weeks: list[Week], position: int, watched: Rule) -> None:
    cut = [*weeks[:position], INCOMPLETE]
    assert fold(State(), readings([*cut, *weeks[position:]]), watched, NOW) == fold(
        State(), readings(cut), watched, NOW
    )


@given(weeks_of_all_kinds, rules_of_all_kinds)
def test_a_state_survives_json(weeks: list[Week], watched: Rule) -> None:
    state, _ = fold(State(), readings(weeks), watched, NOW)
    assert State.from_json(state.to_json()) == state
    assert State.from_json(state.to_json()).to_json() == state.to_json()


@given(st.text("bg", max_size=40), st.integers(1, 4), st.integers(1, 4))
def test_incidents_are_what_a_regular_expression_finds(history: str, periods: int, recoveries: int) -> None:
    """With b for a breach and g for a good period, an incident is `for` b in a row up to `keep_firing` g in a row."""
    expected = []
    for incident in re.finditer(rf"b{{{periods}}}.*?(?:(g{{{recoveries}}})|$)", history):
        expected.append((incident.start() + periods - 1, "fired", "warn"))
        if incident[1]:
            expected.append((incident.end() - 1, "resolved", "warn"))
    watched = rule(below=0.8, **{"for": periods, "keep_firing": recoveries})
    _, events = fold(State(), readings([0.7 if period == "b" else 0.9 for period in history]), watched, NOW)
    assert brief(events) == expected


def test_a_reading_names_its_series() -> None:
    assert series_of(rule(), reading(0, 0.9)) == SERIES
