"""Replays of rules over history."""

from collections.abc import Sequence
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from watch_samples import CSAT, INCOMPLETE, NO_VALUE, NOW, SMALL, Week, plain_fold, readings, rule, week

from pipelines.watch.backtest import Backtest, PastIncident, replay
from pipelines.watch.reading import Reading, frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.state import State


def replayed(
    watched: Rule, history: Sequence[Reading], first: date | None = None, last: date | None = None
) -> Backtest:
    return replay(watched, CSAT, frame_of(history), NOW, first=first, last=last)


def test_incidents_come_with_their_periods_and_their_worst() -> None:
    chat = readings([0.9, 0.7, 0.5, 0.7, 0.9, 0.9, 0.7, 0.9])
    found = replayed(rule(**{"for": 2}), [*chat, *readings([0.7, 0.7], "phone")])
    assert found.incidents == [
        PastIncident("channel", "phone", "warn", week(0), week(1), week(1), None, 0.7),
        PastIncident("channel", "chat", "critical", week(1), week(3), week(2), week(4), 0.5),
    ]
    assert (found.periods_evaluated, found.periods_breached) == (10, 6)


def test_only_the_given_periods_count() -> None:
    history = readings([0.5, 0.9, 0.7, 0.9, 0.5])
    found = replayed(rule(), history, first=week(1), last=week(3))
    assert [incident.first_period for incident in found.incidents] == [week(2)]
    assert found.periods_evaluated == 3
    assert [incident.first_period for incident in replayed(rule(), history, first=week(1)).incidents] == [
        week(2),
        week(4),
    ]
    assert [incident.first_period for incident in replayed(rule(), history, last=week(1)).incidents] == [week(0)]
    assert replayed(rule(), history, first=week(9)) == Backtest()


def test_a_series_ends_at_its_first_incomplete_period() -> None:
    found = replayed(rule(), readings([0.9, INCOMPLETE, 0.5]))
    assert (found.periods_evaluated, found.incidents) == (1, [])


def test_periods_without_value_or_with_a_small_sample_are_not_evaluated() -> None:
    found = replayed(rule(), readings([0.9, NO_VALUE, SMALL, 0.9]))
    assert (found.periods_evaluated, found.periods_breached) == (2, 0)


@given(st.lists(st.sampled_from([0.5, 0.7, 0.9, NO_VALUE, SMALL]), max_size=30), st.integers(1, 3))
def test_incidents_are_those_that_the_live_watch_would_have_raised(weeks: list[Week], periods: int) -> None:
    watched = rule(**{"for": periods})
    _, events = plain_fold(State(), readings(weeks), watched)
    found = replayed(watched, readings(weeks))
    assert [incident.fired_period for incident in found.incidents] == [
        event.reading.period_start for event in events if event.kind in ("fired", "reopened")
    ]
    assert [incident.resolved_period for incident in found.incidents if incident.resolved_period] == [
        event.reading.period_start for event in events if event.kind == "resolved"
    ]
