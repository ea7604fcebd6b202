"""Evaluations of the series of a rule: what is new, what a first evaluation raises, and that skipping changes nothing."""

from dataclasses import replace
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

from pipelines.watch.evaluation import evaluate_readings
from pipelines.watch.reading import frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series
from pipelines.watch.state import Event, State, alert_records, dedup_key


@pytest.mark.parametrize(
    ("weeks", "raised"),
    [
        pytest.param([0.5, 0.9, 0.9], [], id="an incident that is over raises no event"),
        pytest.param([0.5, 0.9, 0.7, 0.5, 0.7], [(4, "fired", "warn")], id="an open one raises one, as it is today"),
        pytest.param([0.9, 0.5, SMALL], [(1, "fired", "critical")], id="with the latest reading that breached"),
        pytest.param([0.9, 0.5, NO_VALUE, INCOMPLETE], [(1, "fired", "critical")], id="whatever came after"),
    ],
)
def test_history_is_replayed_silently(weeks: list[Week], raised: list[tuple[int, str, str]]) -> None:
    state, events = evaluate(None, readings(weeks), rule())
    assert brief(events) == raised
    assert state == plain_fold(State(), readings(weeks), rule())[0]


def test_a_replayed_incident_says_since_when_and_how_bad() -> None:
    _, [fired] = evaluate(None, readings([0.9, 0.7, 0.5, MISSING, 0.75]), rule())
    assert (fired.opened_period, fired.breached_periods, fired.peak_value) == (week(1), 3, 0.5)
    assert (fired.reading.value, fired.severity, fired.threshold) == (0.75, "warn", 0.8)
    assert (fired.opened_at, fired.fired_at) == (NOW, NOW)
    assert fired.reason == "found in the history, beyond the limits since 2024-01-08"


def test_a_segment_that_ended_long_ago_raises_nothing_when_a_rule_is_evaluated_for_the_first_time() -> None:
    left, quiet, here = readings([0.9, 0.5], "anna"), readings([0.9, 0.5], "bea"), readings([0.9] * 16, "carl")
    changes = evaluate_series(rule(), CSAT, frame_of([*left, *quiet, *here]), {}, NOW)
    assert [brief([event for event in change.events if isinstance(event, Event)]) for change in changes] == [[], [], []]
    assert [change.after.status for change in changes] == ["ok", "ok", "ok"]
    # A quarter of a year is no end, and an alert that was open when the segment ended stays open.
    changes = evaluate_series(rule(), CSAT, frame_of([*left, *readings([0.9] * 15, "carl")]), {}, NOW)
    assert [len(change.events) for change in changes] == [1, 0]
    states = {change.series: change.after for change in changes}
    [anna, _] = evaluate_series(rule(), CSAT, frame_of([*left, *here]), states, NOW)
    assert (anna.after.status, anna.events) == ("firing", ())
    # When it comes back, it is evaluated like any other.
    states = {
        change.series: change.after for change in evaluate_series(rule(), CSAT, frame_of([*left, *here]), {}, NOW)
    }
    back = [*readings([0.9, 0.5, *[MISSING] * 14, 0.5], "anna"), *here]
    [anna, _] = evaluate_series(rule(), CSAT, frame_of(back), states, NOW)
    assert brief([event for event in anna.events if isinstance(event, Event)]) == [(16, "fired", "critical")]


def test_a_recovering_incident_is_replayed_with_its_last_breach() -> None:
    watched = rule(keep_firing=3)
    state, events = evaluate(None, readings([0.5, 0.9]), watched)
    assert (state.status, brief(events)) == ("recovering", [(0, "fired", "critical")])
    _, events = evaluate(state, readings([0.5, 0.9, 0.9, 0.9]), watched)
    assert brief(events) == [(3, "resolved", "critical")]


def test_a_series_with_nothing_evaluated_so_far_is_still_new() -> None:
    waiting, nothing = evaluate(None, readings([INCOMPLETE, 0.5]), rule())
    assert (waiting, nothing) == (State(), ())
    _, events = evaluate(waiting, readings([0.5, 0.9, 0.7]), rule())
    assert brief(events) == [(2, "fired", "warn")]


def test_a_period_is_evaluated_once() -> None:
    state, _ = evaluate(None, readings([0.9, 0.9]), rule())
    assert evaluate(state, readings([0.9, 0.1]), rule()) == (state, ())
    # Not even if the period is reopened: an old incomplete one does not hold back the new.
    _, events = evaluate(state, readings([0.9, INCOMPLETE, 0.1]), rule())
    assert brief(events) == [(2, "fired", "critical")]


@pytest.mark.parametrize(
    ("keys", "weeks", "restated", "expected", "status"),
    [
        pytest.param({}, [0.9, 0.7], 0.85, [(1, "resolved", "warn")], "ok", id="it was none"),
        pytest.param({}, [0.9, 0.7], 0.5, [(1, "severity_changed", "critical")], "firing", id="it was worse"),
        pytest.param({}, [0.9, 0.7], 0.75, [], "firing", id="it was much the same"),
        pytest.param({"keep_firing": 2}, [0.9, 0.7], 0.9, [(1, "restated", "warn")], "recovering", id="it may be over"),
        pytest.param({"clear": 0.85}, [0.9, 0.7], 0.82, [(1, "restated", "warn")], "firing", id="it is not clear"),
        pytest.param({"for": 2}, [0.9, 0.7], 0.9, [], "ok", id="a pending one was none"),
        pytest.param({"keep_firing": 2}, [0.7, 0.9], 0.7, [], "firing", id="it did not recover"),
        pytest.param({}, [0.7, 0.9], 0.7, [(1, "reopened", "warn")], "firing", id="it was not over"),
        pytest.param({}, [0.7, 0.9], 0.95, [], "ok", id="it is over all the same"),
        pytest.param({}, [0.9, 0.9], 0.7, [], "ok", id="a period outside of an incident was evaluated for good"),
    ],
)
def test_late_data_corrects_the_last_period_of_an_incident(
    keys: dict[str, Any], weeks: list[Week], restated: float, expected: list[tuple[int, str, str]], status: str
) -> None:
    state = State(last_period=week(-1))
    for length in (1, 2):
        state, _ = evaluate(state, readings(weeks[:length]), rule(**keys))
    after, events = evaluate(state, readings([weeks[0], restated]), rule(**keys))
    assert (brief(events), after.status) == (expected, status)
    assert all(event.restated_value == weeks[1] for event in events)
    assert all(f"after late data (it was {weeks[1]:g})" in event.reason for event in events)
    assert evaluate(after, readings([weeks[0], restated]), rule(**keys)) == (after, ())


def test_a_corrected_value_is_the_worst_only_if_it_is() -> None:
    state, _ = evaluate(State(last_period=week(-1)), readings([0.3]), rule())
    after, _ = evaluate(state, readings([0.5]), rule())
    assert after.incident is not None
    assert (after.incident.value, after.incident.peak_value, after.incident.breached_periods) == (0.5, 0.5, 1)
    state, _ = evaluate(after, readings([0.5, 0.7]), rule())
    after, _ = evaluate(state, readings([0.5, 0.75]), rule())
    assert after.incident is not None
    assert (after.incident.value, after.incident.peak_value, after.incident.breached_periods) == (0.75, 0.5, 2)


def test_a_corrected_period_and_a_new_one_count_in_one_evaluation() -> None:
    state, _ = evaluate(State(last_period=week(-1)), readings([0.7]), rule())
    _, events = evaluate(state, readings([0.9, 0.5]), rule())
    assert brief(events) == [(0, "resolved", "warn"), (1, "reopened", "critical")]


def test_a_state_without_the_value_of_its_last_period_is_not_corrected() -> None:
    state, _ = evaluate(State(last_period=week(-1)), readings([0.7]), rule())
    assert evaluate(replace(state, last_value=None), readings([0.9]), rule())[1] == ()


def test_an_alert_that_still_fires_is_repeated() -> None:
    watched = rule(repeat_every="1d")
    state, [fired] = evaluate(State(last_period=week(-1)), readings([0.7]), watched, NOW)
    assert evaluate(state, readings([0.7]), watched, NOW + timedelta(hours=23)) == (state, ())
    state, [first] = evaluate(state, readings([0.7]), watched, NOW + timedelta(days=1))
    assert (first.kind, first.severity, first.reading, first.fired_at) == ("repeated", "warn", fired.reading, NOW)
    assert evaluate(state, readings([0.7]), watched, NOW + timedelta(days=1, hours=23))[1] == ()
    state, [worse] = evaluate(state, readings([0.7, 0.5]), watched, NOW + timedelta(days=2))
    assert worse.kind == "severity_changed"
    assert evaluate(state, readings([0.7, 0.5]), watched, NOW + timedelta(days=2, hours=23))[1] == ()
    state, [again] = evaluate(state, readings([0.7, 0.5]), watched, NOW + timedelta(days=3))
    assert (again.kind, again.reading.period_start) == ("repeated", week(1))
    assert dedup_key(first, "log") != dedup_key(again, "log")
    _, [resolved] = evaluate(state, readings([0.7, 0.5, 0.9]), watched, NOW + timedelta(days=9))
    assert resolved.kind == "resolved"


def test_only_what_fires_is_repeated() -> None:
    pending, _ = evaluate(State(last_period=week(-1)), readings([0.7]), rule(repeat_every="1d", **{"for": 2}), NOW)
    for state in (pending, State(last_period=week(0))):
        later = NOW + timedelta(days=5)
        assert evaluate(state, readings([0.7]), rule(repeat_every="1d", **{"for": 2}), later)[1] == ()
    firing, _ = evaluate(State(last_period=week(-1)), readings([0.7]), rule(), NOW)
    assert evaluate(firing, readings([0.7]), rule(), NOW + timedelta(days=5))[1] == ()


@given(weeks_of_all_kinds, weeks_of_all_kinds, rules_of_all_kinds)
def test_the_same_readings_again_raise_nothing(weeks: list[Week], others: list[Week], watched: Rule) -> None:
    """Whatever was restated between two evaluations, it is reported once."""
    state, _ = evaluate(None, readings(weeks), watched)
    after, _ = evaluate(state, readings(others), watched)
    again, events = evaluate(after, readings(others), watched)
    assert (again, events) == (after, ())


def test_an_incomplete_period_holds_back_the_later_ones() -> None:
    state, _ = evaluate(None, readings([0.9]), rule())
    assert evaluate(state, readings([0.9, INCOMPLETE, 0.1]), rule()) == (state, ())
    _, events = evaluate(state, readings([0.9, 0.7, 0.1]), rule())
    assert brief(events) == [(1, "fired", "warn"), (2, "severity_changed", "critical")]


def test_a_value_that_comes_late_is_evaluated_if_no_later_period_was() -> None:
    state, _ = evaluate(None, readings([0.9, NO_VALUE]), rule())
    _, events = evaluate(state, readings([0.9, 0.5]), rule())
    assert brief(events) == [(1, "fired", "critical")]


def test_readings_out_of_order_are_refused() -> None:
    history = readings([0.9, 0.8])
    mixed = [*history[:1], *readings([0.9], "email"), *history[1:]]
    for wrong in (history[::-1], [history[0], history[0]], mixed):
        with pytest.raises(ValueError, match="not series by series in the order of their periods"):
            evaluate_series(rule(), CSAT, frame_of(wrong), {}, NOW)


def test_readings_that_the_rule_does_not_watch_are_ignored() -> None:
    frame = frame_of([*readings([0.9, 0.5], "chat"), *readings([0.9], "email"), *readings([0.5, 0.5], "phone")])
    watched = rule(where={"channel": ["chat", "phone"]})
    assert [change.series.segment for change in evaluate_series(watched, CSAT, frame, {}, NOW)] == ["chat", "phone"]
    for other in (rule(kpi="ces"), rule(grain="month"), rule(by="team"), rule(where={"channel": ["fax"]})):
        assert evaluate_series(other, CSAT, frame, {}, NOW) == []


def test_a_series_without_anything_new_keeps_its_state() -> None:
    state, _ = evaluate(None, readings([0.9]), rule())
    after, events = evaluate(state, readings([0.9]), rule())
    assert after is state
    assert events == ()


@given(weeks_of_all_kinds, rules_of_all_kinds, st.lists(st.integers(0, 25), max_size=4).map(sorted))
def test_it_does_not_matter_when_evaluations_take_place(weeks: list[Week], watched: Rule, cuts: list[int]) -> None:
    history = readings(weeks)
    state = State(last_period=week(-1))
    at_once = plain_fold(state, history, watched)
    events: list[Event] = []
    for cut in [*cuts, len(history)]:
        # Each evaluation sees the whole past again, as it is in the table of KPIs.
        state, raised = evaluate(state, history[:cut], watched)
        events += raised
    assert (state, tuple(events)) == at_once

    seen: State | None = None
    for cut in [*cuts, len(history)]:
        seen, _ = evaluate(seen, history[:cut], watched)
    assert (seen or State()) == plain_fold(State(), history, watched)[0]


@given(weeks_of_all_kinds, rules_of_all_kinds, st.integers(0, 25))
def test_a_first_evaluation_raises_one_event_for_an_open_incident_and_no_other(
    weeks: list[Week], watched: Rule, length: int
) -> None:
    history = readings(weeks)[:length]
    state, raised = evaluate(None, history, watched)
    _, loud = plain_fold(State(), history, watched)
    if loud and loud[-1].kind != "resolved":
        [fired] = raised
        assert (fired.kind, fired.alert_id, fired.severity) == ("fired", loud[-1].alert_id, loud[-1].severity)
        position = [each.period_start for each in history].index(fired.reading.period_start)
        breach = evaluate_readings(watched, CSAT, frame_of(history)).at(position).breach
        assert breach == (fired.severity, fired.side, fired.threshold)
        assert fired.reading.period_start >= loud[-1].reading.period_start
    else:
        assert raised == ()
    assert {record.alert_id for record in alert_records(SERIES, state, raised)} == {event.alert_id for event in raised}
