"""Complete periods in which a series has no value are found, whether it has a row without a value or no row."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from watch_samples import CSAT, INCOMPLETE, MISSING, NO_VALUE, NOW, Week, readings, rule, week

from pipelines.watch.backtest import replay
from pipelines.watch.evaluation import evaluate_readings
from pipelines.watch.no_data import complete_periods, periods_without_data, series_without_data
from pipelines.watch.reading import Reading, frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series

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
