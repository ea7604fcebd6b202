"""Replays of rules over history."""

from collections.abc import Sequence
from datetime import date

from watch_samples import CSAT, INCOMPLETE, NO_VALUE, NOW, SMALL, Week, readings, rule, week

from pipelines.watch.backtest import Backtest, Comparison, PastIncident, Stretch, compare, replay
from pipelines.watch.reading import Reading, frame_of
from pipelines.watch.rule import Rule


def replayed(
    watched: Rule, history: Sequence[Reading], first: date | None = None, last: date | None = None
) -> Backtest:
    return replay(watched, CSAT, frame_of(history), NOW, first=first, last=last)


def test_incidents_come_with_their_periods_and_their_worst() -> None:
    chat = readings([0.9, 0.7, 0.5, 0.7, 0.9, 0.9, 0.7, 0.9])
    found = replayed(rule(**{"for": 2}), [*chat, *readings([0.7, 0.7], "phone")])
    assert found.incidents == [
        PastIncident("channel", "phone", "warn", week(0), week(1), week(1), None, 0.7, 1),
        PastIncident("channel", "chat", "critical", week(1), week(3), week(2), week(4), 0.5, 2),
    ]
    assert (found.periods_evaluated, found.periods_breached, found.periods_in_alert) == (10, 6, 3)


def test_a_relapse_that_reopens_an_alert_belongs_to_its_incident() -> None:
    weeks: list[Week] = [0.9, 0.7, 0.9, 0.5, SMALL, 0.7, 0.9, 0.9, 0.9, 0.7]
    found = replayed(rule(), readings(weeks))
    assert found.incidents == [
        PastIncident("channel", "chat", "critical", week(1), week(5), week(1), week(6), 0.5, 3, 1),
        PastIncident("channel", "chat", "warn", week(9), week(9), week(9), None, 0.7, 1),
    ]
    # A week that was not evaluated counts for nothing, though the alert was open.
    assert found.alert_periods == {("channel", "chat"): [week(1), week(3), week(5), week(9)]}
    apart = replayed(rule(reopen_within=0), readings(weeks)).incidents
    assert [incident.first_period for incident in apart] == [week(1), week(3), week(9)]


def test_only_the_given_periods_count() -> None:
    history = readings([0.5, 0.9, 0.7, 0.9, 0.5])
    watched = rule(reopen_within=0)
    found = replayed(watched, history, first=week(1), last=week(3))
    assert [incident.first_period for incident in found.incidents] == [week(2)]
    assert found.periods_evaluated == 3
    assert [incident.first_period for incident in replayed(watched, history, first=week(1)).incidents] == [
        week(2),
        week(4),
    ]
    assert [incident.first_period for incident in replayed(watched, history, last=week(1)).incidents] == [week(0)]
    assert replayed(rule(), history, first=week(9)) == Backtest()


def test_a_series_ends_at_its_first_incomplete_period() -> None:
    found = replayed(rule(), readings([0.9, INCOMPLETE, 0.5]))
    assert (found.periods_evaluated, found.incidents) == (1, [])


def test_periods_without_value_or_with_a_small_sample_are_not_evaluated() -> None:
    found = replayed(rule(), readings([0.9, NO_VALUE, SMALL, 0.9]))
    assert (found.periods_evaluated, found.periods_breached) == (2, 0)


def test_two_rules_are_compared_by_the_periods_with_an_open_alert() -> None:
    history = [*readings([0.7, 0.9, 0.7, 0.7, 0.5, 0.9, 0.5]), *readings([0.9, 0.5, 0.9], "phone")]
    early, late = (replayed(rule(**keys), history) for keys in ({}, {"below": 0.6, "for": 1}))
    assert compare(early, late, "week") == Comparison(
        in_both=3,
        only_in_first=(
            Stretch("channel", "chat", week(0), week(0), 1),
            Stretch("channel", "chat", week(2), week(3), 2),
        ),
        only_in_second=(),
    )
    assert compare(late, early, "week").only_in_second == compare(early, late, "week").only_in_first
    assert compare(early, early, "week") == Comparison(6, (), ())
