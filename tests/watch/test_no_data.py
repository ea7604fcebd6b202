"""Complete periods in which a series has no value are found, whether it has a row without a value or no row."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from watch_samples import CSAT, INCOMPLETE, MISSING, NO_VALUE, NOW, Week, readings, rule, week

from pipelines.watch.backtest import replay
from pipelines.watch.evaluation import evaluate_readings
from pipelines.watch.no_data import complete_periods, periods_without_data, series_without_data, with_gaps
from pipelines.watch.reading import Reading, Series, frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series
from pipelines.watch.state import Event, GapEvent, State, alert_records

BY_CHANNEL = rule(min_sample=0)
WHOLE = rule(by=None, min_sample=0)


def whole(weeks: Sequence[Week]) -> list[Reading]:
    return [replace(each, segment_type="all", segment="all") for each in readings(weeks)]


def missing(watched: Rule, history: Sequence[Reading]) -> dict[str, list[date]]:
    frame = frame_of(history)
    evaluated = evaluate_readings(watched, CSAT, frame)
    found = periods_without_data(evaluated, complete_periods(watched, frame))
    return {series.segment: periods.tolist() for series, periods in found}


def now_missing(watched: Rule, history: Sequence[Reading]) -> list[str]:
    frame = frame_of(history)
    evaluated = evaluate_readings(watched, CSAT, frame)
    return [series.segment for series in series_without_data(evaluated, complete_periods(watched, frame))]


def test_a_whole_has_rows_without_a_value() -> None:
    history = whole([0.9, NO_VALUE, 0.9, NO_VALUE])
    assert missing(WHOLE, history) == {"all": [week(1), week(3)]}
    assert now_missing(WHOLE, history) == ["all"]
    assert now_missing(WHOLE, history[:3]) == []


def test_an_incomplete_period_is_not_missed_yet() -> None:
    assert missing(WHOLE, whole([0.9, INCOMPLETE])) == {"all": []}


def test_a_segment_without_a_row_has_no_data_in_the_periods_of_the_whole() -> None:
    history = [*whole([0.9] * 4), *readings([MISSING, 0.9, MISSING, MISSING]), *readings([0.9] * 4, "phone")]
    assert missing(BY_CHANNEL, history) == {"chat": [week(2), week(3)], "phone": []}
    assert now_missing(BY_CHANNEL, history) == ["chat"]


def test_a_segment_that_ended_is_not_missed_for_ever() -> None:
    history = [*whole([0.9] * 30), *readings([0.9])]
    assert missing(BY_CHANNEL, history) == {"chat": [week(number) for number in range(1, 14)]}
    assert now_missing(BY_CHANNEL, history) == []
    assert now_missing(WHOLE, whole([0.9, *[NO_VALUE] * 60])) == ["all"]


def test_without_readings_nothing_is_missed() -> None:
    assert missing(WHOLE, []) == {}
    assert now_missing(WHOLE, []) == []


@given(st.lists(st.sampled_from([0.5, 0.9, NO_VALUE, INCOMPLETE]), max_size=20), st.integers(0, 19))
def test_no_data_neither_fires_nor_resolves(weeks: list[Week], at: int) -> None:
    """A week without a value more or less changes no event that depends on values alone."""
    history = whole(weeks)
    more = whole([*weeks[:at], NO_VALUE, *weeks[at:]])
    states = (
        evaluate_series(WHOLE, CSAT, frame_of(history), {}, NOW),
        evaluate_series(WHOLE, CSAT, frame_of(more), {}, NOW),
    )
    opened = [[bool(change.after.incident) for change in changes] for changes in states if changes]
    assert len(opened) < 2 or opened[0] == opened[1]


@given(st.lists(st.sampled_from([0.5, 0.9, NO_VALUE, MISSING]), max_size=20))
def test_every_complete_period_is_counted_or_missing(weeks: list[Week]) -> None:
    history = whole(weeks)
    found = replay(WHOLE, CSAT, frame_of(history), NOW, first=None, last=None)
    values = [each for each in history if each.value is not None]
    since = [each for each in history if values and each.period_start >= values[0].period_start]
    assert found.periods_evaluated + found.periods_without_data == len(since)
    assert found.periods_evaluated == len(values)


def evaluated_again(
    watched: Rule, history: Sequence[Reading], states: dict[Series, State], now: datetime = NOW
) -> tuple[dict[Series, State], list[Event | GapEvent]]:
    """The states after an evaluation with what it finds of missing data, and the events."""
    frame = frame_of(history)
    evaluated = evaluate_readings(watched, CSAT, frame)
    changes = evaluate_series(watched, CSAT, frame, states, now)
    changes = with_gaps(changes, evaluated, complete_periods(watched, frame), now)
    return {change.series: change.after for change in changes}, [each for change in changes for each in change.events]


def raised(watched: Rule, *histories: Sequence[Reading]) -> list[list[tuple[str, str, date, int]]]:
    """What evaluations of growing histories raise about missing data: kind, segment, since, periods."""
    states: dict[Series, State] = {}
    found = []
    for history in histories:
        states, events = evaluated_again(watched, history, states)
        gaps = [each for each in events if isinstance(each, GapEvent)]
        found.append([(each.kind, each.series.segment, each.since, each.periods) for each in gaps])
    return found


USUAL: list[Week] = [0.9] * 8


def test_the_whole_without_a_value_raises_one_alert_and_is_resolved_by_the_next_value() -> None:
    histories = [
        whole(USUAL),
        whole([*USUAL, NO_VALUE]),
        whole([*USUAL, NO_VALUE, NO_VALUE]),
        whole([*USUAL, NO_VALUE, NO_VALUE, 0.9]),
        whole([*USUAL, NO_VALUE, NO_VALUE, 0.9, 0.9]),
    ]
    assert raised(WHOLE, *histories) == [
        [],
        [("no_data", "all", week(8), 1)],
        [],
        [("data_again", "all", week(8), 2)],
        [],
    ]


def test_data_that_comes_late_resolves_it_too() -> None:
    histories = [whole(USUAL), whole([*USUAL, NO_VALUE]), whole([*USUAL, 0.9])]
    assert raised(WHOLE, *histories)[2] == [("data_again", "all", week(8), 0)]


def test_missing_data_waits_as_long_as_a_breach() -> None:
    patient = rule(by=None, min_sample=0, **{"for": 2})
    histories = [whole([*USUAL, *[NO_VALUE] * number]) for number in range(4)]
    assert raised(patient, *histories) == [[], [], [("no_data", "all", week(8), 2)], []]


def with_whole(weeks: Sequence[Week], length: int, segment_type: str = "channel") -> list[Reading]:
    return [*whole([0.9] * length), *[replace(each, segment_type=segment_type) for each in readings(weeks)]]


@pytest.mark.parametrize(
    ("keys", "weeks", "is_raised"),
    [
        pytest.param({}, USUAL, True, id="a segment that had a value in each of eight weeks"),
        pytest.param({}, [*USUAL[:4], MISSING, *USUAL[:4]], False, id="one that is quiet now and then"),
        pytest.param({"no_data": "alert"}, [0.9, MISSING, 0.9], True, id="the rule asks for it"),
        pytest.param({"no_data": "ignore"}, USUAL, False, id="the rule does not want it"),
        pytest.param({"by": "campaign"}, USUAL, False, id="campaigns end"),
        pytest.param({"by": "campaign", "no_data": "alert"}, USUAL, True, id="unless the rule asks for it"),
    ],
)
def test_segments_are_missed_if_they_usually_have_a_value(
    keys: dict[str, Any], weeks: list[Week], is_raised: bool
) -> None:
    watched = rule(**({"min_sample": 0} | keys))
    length = len(weeks)
    of = watched.segment_type
    found = raised(watched, with_whole(weeks, length, of), with_whole(weeks, length + 1, of))
    assert found == [[], [("no_data", "chat", week(length), 1)] if is_raised else []]


def test_a_first_evaluation_misses_only_the_whole() -> None:
    [of_segments] = raised(BY_CHANNEL, with_whole(USUAL, 10))
    assert of_segments == []
    [of_whole] = raised(WHOLE, whole([*USUAL, NO_VALUE]))
    assert of_whole == [("no_data", "all", week(8), 1)]


def test_a_segment_that_was_gone_at_first_and_comes_back_raises_nothing() -> None:
    assert raised(BY_CHANNEL, with_whole(USUAL, 10), with_whole([*USUAL, MISSING, MISSING, 0.9], 11)) == [[], []]


def test_data_that_goes_missing_during_an_incident_belongs_to_it() -> None:
    states, _ = evaluated_again(WHOLE, whole(USUAL), {})
    states, [fired] = evaluated_again(WHOLE, whole([*USUAL, 0.7]), states)
    states, [gone] = evaluated_again(WHOLE, whole([*USUAL, 0.7, NO_VALUE]), states)
    assert (gone.kind, gone.alert_id) == ("no_data", fired.alert_id)
    [(series, state)] = states.items()
    assert [(each.alert_id, each.status) for each in alert_records(series, state, [gone])] == [
        (fired.alert_id, "firing")
    ]
    states, [resolved] = evaluated_again(WHOLE, whole([*USUAL, 0.7, NO_VALUE, 0.9]), states)
    assert (resolved.kind, resolved.alert_id) == ("resolved", fired.alert_id)
    assert all(state.gap is None for state in states.values())


def test_an_alert_about_missing_data_has_a_record_without_numbers() -> None:
    states, _ = evaluated_again(WHOLE, whole(USUAL), {})
    states, [gone] = evaluated_again(WHOLE, whole([*USUAL, NO_VALUE]), states)
    [(series, state)] = states.items()
    [record] = alert_records(series, state, [gone])
    assert (record.status, record.value, record.threshold, record.peak_value) == ("no_data", None, None, None)
    assert (record.period_start, record.severity, record.resolved_at) == (week(8), "warn", None)
    _, [again] = evaluated_again(WHOLE, whole([*USUAL, NO_VALUE, 0.9]), states, NOW + timedelta(weeks=1))
    [over] = alert_records(series, state, [again])
    assert (over.alert_id, over.status) == (record.alert_id, "resolved")
    assert (over.opened_at, over.resolved_at) == (NOW, NOW + timedelta(weeks=1))
    assert State.from_json(state.to_json()) == state


@given(st.lists(st.lists(st.sampled_from([0.9, 0.7, NO_VALUE]), max_size=4), min_size=1, max_size=12))
def test_each_gap_is_raised_once_and_resolved_once(parts: list[list[Week]]) -> None:
    watched = rule(by=None, min_sample=0, no_data="alert", below=0.1)
    states: dict[Series, State] = {}
    weeks: list[Week] = [0.9]
    kinds: list[str] = []
    for part in parts:
        weeks += part
        states, events = evaluated_again(watched, whole(weeks), states)
        kinds += [each.kind for each in events]
        assert evaluated_again(watched, whole(weeks), states) == (states, [])
        assert (kinds[-1:] == ["no_data"]) == (weeks[-1] == NO_VALUE)
    assert kinds == [("no_data", "data_again")[number % 2] for number in range(len(kinds))]
