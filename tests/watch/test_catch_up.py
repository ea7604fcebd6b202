"""What messages say after several periods at once."""

from dataclasses import replace

import pytest
from watch_samples import CSAT, FIRST_WEEK, MISSING, SERIES, SMALL, Week, evaluate, readings, rule, week

from pipelines.watch.catch_up import latest_events
from pipelines.watch.evaluation import evaluate_readings
from pipelines.watch.reading import frame_of
from pipelines.watch.state import Event, SeriesChange, State, alert_records

KNOWN = State(last_period=week(-1))


def said(before: State, weeks: list[Week]) -> tuple[SeriesChange, list[Event]]:
    """What a pass finds in a series, and the events that are worth a message."""
    of_series = readings(weeks)
    after, events = evaluate(before, of_series, rule())
    change = SeriesChange(SERIES, before, after, events)
    found = latest_events(change, evaluate_readings(rule(), CSAT, frame_of(of_series)))
    return change, [event for event in found if isinstance(event, Event)]


def brief(events: list[Event]) -> list[tuple[int, str, str]]:
    return [((event.reading.period_start - FIRST_WEEK).days // 7, event.kind, event.severity) for event in events]


@pytest.mark.parametrize(
    ("weeks", "messages"),
    [
        pytest.param([0.7], [(0, "fired", "warn")], id="one period is no catching up"),
        pytest.param([0.7, 0.75, 0.72], [(2, "fired", "warn")], id="an alert that goes on has its latest value"),
        pytest.param([0.7, 0.75, SMALL], [(1, "fired", "warn")], id="whatever came after that"),
        pytest.param([0.7, 0.5, 0.55], [(2, "fired", "critical")], id="nobody heard of it as a warning"),
        pytest.param([0.7, 0.5, 0.9], [(2, "resolved", "critical")], id="over again"),
        pytest.param([0.7, 0.9, 0.5], [(2, "fired", "critical")], id="a relapse is the same alert"),
        pytest.param(
            [0.7, 0.9, 0.9, 0.9, 0.9, 0.5], [(1, "resolved", "warn"), (5, "fired", "critical")], id="two incidents"
        ),
    ],
)
def test_an_alert_of_which_nobody_heard_is_one_message(weeks: list[Week], messages: list[tuple[int, str, str]]) -> None:
    assert brief(said(KNOWN, weeks)[1]) == messages


@pytest.mark.parametrize(
    ("weeks", "messages"),
    [
        pytest.param([0.5, 0.55], [(2, "severity_changed", "critical")], id="worse"),
        pytest.param([0.5, 0.75], [], id="worse and back"),
        pytest.param([0.9, 0.5, 0.4], [(3, "reopened", "critical")], id="resolved and reopened"),
        pytest.param([0.5, 0.9], [(2, "resolved", "critical")], id="worse and resolved"),
        pytest.param([0.75, 0.72], [], id="as before"),
    ],
)
def test_of_a_known_alert_the_change_since_the_last_message_is_said(
    weeks: list[Week], messages: list[tuple[int, str, str]]
) -> None:
    before, _ = evaluate(KNOWN, readings([0.7]), rule())
    assert brief(said(before, [0.7, *weeks])[1]) == messages


def test_the_message_says_since_when_and_how_bad_it_was() -> None:
    change, [event] = said(KNOWN, [0.7, 0.5, MISSING, 0.75])
    assert (event.opened_period, event.breached_period, event.breached_periods) == (week(0), week(3), 3)
    assert (event.reading.value, event.breached_value, event.peak_value) == (0.75, 0.75, 0.5)
    assert (event.severity, event.threshold, event.mildest_threshold) == ("warn", 0.8, 0.8)
    # The ledger has the alert as it is.
    [record] = alert_records(SERIES, change.after, change.events)
    assert (record.alert_id, record.status, record.peak_value) == (event.alert_id, "firing", 0.5)


def test_an_age_is_not_a_value_of_the_kpi() -> None:
    change, [event] = said(KNOWN, [0.7, 0.75])
    stale = rule(stale="2d", grain="day", min_sample=0)
    evaluated = evaluate_readings(rule(), CSAT, frame_of(readings([0.7, 0.75])))
    [kept] = latest_events(change, replace(evaluated, rule=stale))
    assert (event.reading.value, kept) == (0.75, change.events[0])


def test_what_late_data_has_changed_is_said_whatever_came_after() -> None:
    before, _ = evaluate(KNOWN, readings([0.7]), rule())
    before = replace(before, last_value=0.7)
    _, events = said(before, [0.5, 0.9])
    assert brief(events) == [(0, "severity_changed", "critical"), (1, "resolved", "critical")]
    assert events[0].restated_value == 0.7
