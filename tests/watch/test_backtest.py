from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipelines.watch.alert import State, fold
from pipelines.watch.backtest import PastIncident, replay
from pipelines.watch.reading import Reading
from pipelines.watch.rule import Rule

NOW = datetime(2024, 6, 3, 7, 0, tzinfo=UTC)
FIRST = date(2024, 1, 1)


def rule(**keys: Any) -> Rule:
    fixed = {"name": "csat-floor", "kpi": "csat", "grain": "week", "by": "channel"}
    return Rule.model_validate(fixed | {"below": {"warn": 0.8, "critical": 0.6}} | keys)


def week(number: int) -> date:
    return FIRST + timedelta(weeks=number)


def readings(values: Sequence[float | None], segment: str = "chat", *, complete: int | None = None) -> list[Reading]:
    return [
        Reading(
            "csat", "week", week(number), "channel", segment, value, None, None, 100, None, None,
            complete is None or number < complete,
        )
        for number, value in enumerate(values)
    ]  # fmt: skip


def test_incidents_come_with_their_periods_and_their_worst() -> None:
    found = replay(
        rule(**{"for": 2}),
        {"chat": readings([0.9, 0.7, 0.5, 0.7, 0.9, 0.9, 0.7, 0.9]), "phone": readings([0.7, 0.7], "phone")},
        NOW,
        first=None,
        last=None,
    )
    assert found.incidents == [
        PastIncident("channel", "phone", "warn", week(0), week(1), week(1), None, 0.7),
        PastIncident("channel", "chat", "critical", week(1), week(3), week(2), week(4), 0.5),
    ]
    assert (found.periods_judged, found.periods_breached) == (10, 6)


def test_only_the_given_periods_count() -> None:
    found = replay(rule(), {"chat": readings([0.5, 0.9, 0.7, 0.9, 0.5])}, NOW, first=week(1), last=week(3))
    assert [incident.first_period for incident in found.incidents] == [week(2)]
    assert found.periods_judged == 3


def test_incomplete_periods_are_not_judged() -> None:
    found = replay(rule(), {"chat": readings([0.9, 0.5, 0.5], complete=1)}, NOW, first=None, last=None)
    assert (found.periods_judged, found.incidents) == (1, [])


def test_no_value_is_no_verdict() -> None:
    found = replay(rule(), {"chat": readings([0.9, None, 0.9])}, NOW, first=None, last=None)
    assert (found.periods_judged, found.periods_breached) == (2, 0)


@given(st.lists(st.sampled_from([0.5, 0.7, 0.9, None]), max_size=30), st.integers(1, 3))
def test_it_tells_what_the_live_watch_would_have_told(values: list[float | None], periods: int) -> None:
    judged = rule(**{"for": periods})
    _, events = fold(State(), readings(values), judged, NOW)
    found = replay(judged, {"chat": readings(values)}, NOW, first=None, last=None)
    assert [incident.fired_period for incident in found.incidents] == [
        event.reading.period_start for event in events if event.kind == "fired"
    ]
    assert [incident.resolved_period for incident in found.incidents if incident.resolved_period] == [
        event.reading.period_start for event in events if event.kind == "resolved"
    ]
