"""The condition `stale`: a day is evaluated once, as soon as its verdict is certain."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from watch_samples import CSAT, reading, rule

from pipelines.watch.backtest import replay
from pipelines.watch.reading import Reading, Series, frame_of
from pipelines.watch.rule import Rule, mistakes
from pipelines.watch.series import evaluate_series
from pipelines.watch.state import Event, State

PARIS = ZoneInfo("Europe/Paris")
FIRST = date(2024, 3, 25)
WATCHED = rule(stale="2d", grain="day", by=None, min_sample=0)
SERIES = Series("csat-floor", "csat", "day", "all", "all")


def moment(day: int, hour: int = 12) -> datetime:
    return datetime.combine(FIRST + timedelta(days=day), datetime.min.time(), PARIS) + timedelta(hours=hour)


def data(days: Sequence[int], segment: str = "all") -> list[Reading]:
    kind = "all" if segment == "all" else "channel"
    return [
        replace(
            reading(0, 0.5), grain="day", period_start=FIRST + timedelta(days=day), segment_type=kind, segment=segment
        )
        for day in days
    ]


def judge(
    days: Sequence[int], now: datetime, state: State | None = None, watched: Rule = WATCHED, empty: Sequence[int] = ()
) -> tuple[State, list[tuple[str, date, float | None]]]:
    rows = [*data(days), *(replace(each, value=0.0, sample_size=0) for each in data(empty))]
    known = {} if state is None else {SERIES: state}
    [change] = evaluate_series(watched, CSAT, frame_of(sorted(rows, key=lambda each: each.period_start)), known, now)
    return change.after, [brief(event) for event in change.events]


def brief(event: Event) -> tuple[str, date, float | None]:
    return event.kind, event.reading.period_start, event.reading.value


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def test_it_fires_once_when_the_age_is_exceeded_and_resolves_when_data_comes() -> None:
    state, events = judge([0, 1], moment(1))
    assert events == []
    state, events = judge([0, 1], moment(4, 0), state)
    assert events == []
    state, events = judge([0, 1], moment(4, 1), state)
    assert events == [("fired", day(4), 49 * 3_600)]
    assert judge([0, 1], moment(4, 20), state) == (state, [])
    state, events = judge([0, 1], moment(5), state)
    assert (events, state.status) == ([], "firing")
    state, events = judge([0, 1, 5], moment(6), state)
    assert events == [("resolved", day(6), 24 * 3_600)]


def test_data_that_comes_on_the_day_of_the_incident_resolves_it_on_the_next() -> None:
    state, _ = judge([0], moment(0))
    state, _ = judge([0], moment(4), state)
    assert state.status == "firing"
    state, events = judge([0, 4], moment(4, 20), state)
    assert events == []
    _, events = judge([0, 4], moment(5, 1), state)
    assert [event[0] for event in events] == ["resolved"]


def test_periods_without_events_are_no_data_and_future_dates_are_none_of_today() -> None:
    state, _ = judge([0], moment(0))
    _, events = judge([0, 900], moment(4), state, empty=[1, 2, 3])
    assert [event[0] for event in events] == ["fired"]


def test_data_whose_value_is_withheld_is_data() -> None:
    state, _ = judge([0], moment(0))
    rows = frame_of([*data([0]), *(replace(each, value=None) for each in data([3]))])
    [change] = evaluate_series(WATCHED, CSAT, rows, {SERIES: state}, moment(4))
    assert change.events == ()


def test_levels() -> None:
    watched = rule(stale={"warn": "1d", "critical": "3d"}, grain="day", by=None, min_sample=0)
    state, _ = judge([0], moment(0), watched=watched)
    state, events = judge([0], moment(2, 1), state, watched)
    assert [event[0] for event in events] == ["fired"]
    _, events = judge([0], moment(4, 1), state, watched)
    assert [event[0] for event in events] == ["severity_changed"]


def test_a_segment_that_ended_long_ago_is_not_stale() -> None:
    watched = rule(stale="2d", grain="day", min_sample=0)
    rows = frame_of([*data(range(200), "chat"), *data([0], "fax"), *data([0, 1, *range(3, 190)], "phone")])
    changes = {change.series.segment: change for change in evaluate_series(watched, CSAT, rows, {}, moment(200))}
    assert {segment: change.after.status for segment, change in changes.items()} == {
        "chat": "ok", "fax": "ok", "phone": "firing",
    }  # fmt: skip
    assert changes["fax"].events == ()


def test_the_clock_changes_on_the_thirty_first_of_march() -> None:
    state, _ = judge([5], moment(5))
    state, events = judge([5], moment(8, 0), state)
    assert events == []
    _, events = judge([5], moment(8, 1), state)
    assert [event[0] for event in events] == ["fired"]


def test_there_is_nothing_to_judge_without_any_data() -> None:
    empty = frame_of(replace(each, value=None, sample_size=None) for each in data([0, 1]))
    assert evaluate_series(WATCHED, CSAT, empty, {}, moment(9)) == []


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 25), min_size=1, max_size=10, unique=True), st.integers(1, 5))
def test_passes_at_any_hours_find_what_one_pass_finds(days: list[int], age: int) -> None:
    days = sorted(days)
    watched = rule(stale=f"{age}d", grain="day", by=None, min_sample=0, reopen_within=0)
    state: State | None = None
    fired = 0
    for hour in range(days[0] * 24, 30 * 24, 7):
        known = [each for each in days if each * 24 <= hour]
        state, events = judge(known, moment(0, hour), state, watched)
        fired += [event[0] for event in events].count("fired")
    gaps = [later - earlier - 1 for earlier, later in zip(days, [*days[1:], 30], strict=True)]
    assert fired == sum(gap > age for gap in gaps)


def test_a_backtest_finds_the_gaps_of_the_past() -> None:
    rows = frame_of(data([0, 1, 2, 8, 9, 10]))
    found = replay(WATCHED, CSAT, rows, moment(11), first=None, last=None)
    assert [(each.fired_period, each.resolved_period, each.worst_value) for each in found.incidents] == [
        (day(5), day(8), 5 * 86_400)
    ]
    # What is still missing when the tables are built is news as well, unless later days do not count.
    found = replay(WATCHED, CSAT, rows, moment(13), first=None, last=None)
    assert [each.fired_period for each in found.incidents] == [day(5), day(13)]
    assert len(replay(WATCHED, CSAT, rows, moment(13), first=None, last=day(12)).incidents) == 1


def test_messages_name_the_age() -> None:
    subject = WATCHED.condition.subject(CSAT)
    assert (subject.label("en"), subject.label("fr")) == ("Age of the data of CSAT", "Âge des données pour CSAT")
    assert (subject.unit, subject.direction) == ("seconds", "down")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"stale": 2}, "write how long, such as 30d"),
        ({"stale": "-2d"}, "write how long, such as 30d"),
        ({"stale": {"warn": "3d", "critical": "1d"}}, "critical (1d) must not be less than warn (3d)"),
        ({"stale": "2d", "min_sample": 30}, "`min_sample` cannot be used with `stale`"),
        ({"stale": "2d", "confidence": 0.9}, "`confidence` cannot be used with `stale`"),
        ({"stale": "2d", "clear": "1d"}, "`clear` cannot be used with `stale`"),
    ],
)
def test_mistakes_in_the_settings(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        rule(**{"min_sample": 0, **keys})
    assert message in str(caught.value)


def test_what_makes_no_sense_for_a_kpi() -> None:
    [grain] = mistakes(rule(stale="2d", by=None, min_sample=0), {"csat": CSAT})
    assert (grain.key, grain.allowed) == (("grain",), ("day",))
    stock = replace(CSAT, dated_by=("the period's end",))
    [mistake] = mistakes(WATCHED, {"csat": stock})
    assert "with or without data" in mistake.message
