"""Rules and readings for the tests of the watch, and the watch in its plainest form: one step a reading."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from pipelines.kpis import Kpi
from pipelines.watch.alert import event_of, step
from pipelines.watch.conditions import CONDITIONS
from pipelines.watch.evaluation import evaluate_readings
from pipelines.watch.reading import Reading, Series, frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series
from pipelines.watch.state import Event, State

NOW = datetime(2024, 6, 3, 7, 0, tzinfo=UTC)
FIRST_WEEK = date(2024, 1, 1)
SERIES = Series("csat-floor", "csat", "week", "channel", "chat")

CSAT = Kpi("csat", "CSAT", "CSAT", "satisfaction", "", "", "ratio", "up", "", 0, is_additive=False)

# How test cases write a week that is not simply a value.
MISSING, NO_VALUE, SMALL, INCOMPLETE = "missing", "no value", "small", "incomplete"
Week = float | str


def rule(**keys: Any) -> Rule:
    has_condition = any(condition.key in keys for condition in CONDITIONS)
    condition = {} if has_condition else {"below": {"warn": 0.8, "critical": 0.6}}
    fixed = {"name": "csat-floor", "kpi": "csat", "by": "channel", "min_sample": 30}
    return Rule.model_validate(fixed | condition | keys)


def week(number: int) -> date:
    return FIRST_WEEK + timedelta(weeks=number)


def reading(number: int, what: Week, segment: str = "chat") -> Reading:
    value = what if isinstance(what, float) else {NO_VALUE: None}.get(what, 0.1)
    size = 5 if what == SMALL else 100
    return Reading(
        "csat", "week", week(number), "channel", segment, value, None, None, size, None, None, what != INCOMPLETE
    )


def readings(weeks: Sequence[Week], segment: str = "chat") -> list[Reading]:
    return [reading(number, what, segment) for number, what in enumerate(weeks) if what != MISSING]


def brief(events: Sequence[Event]) -> list[tuple[int, str, str]]:
    return [((event.reading.period_start - FIRST_WEEK).days // 7, event.kind, event.severity) for event in events]


def evaluate(
    state: State | None, of_series: Sequence[Reading], watched: Rule, now: datetime = NOW
) -> tuple[State, tuple[Event, ...]]:
    """The state of SERIES after an evaluation of its readings, and the events."""
    known = {} if state is None else {SERIES: state}
    changes = evaluate_series(watched, CSAT, frame_of(of_series), known, now)
    if not changes:
        return state or State(), ()
    [change] = changes
    assert change.series == SERIES
    assert change.before is state
    return change.after, change.events


def plain_fold(
    state: State, of_series: Sequence[Reading], watched: Rule, now: datetime = NOW
) -> tuple[State, tuple[Event, ...]]:
    """The state of a series after a step for every reading up to the first new incomplete one, and every event."""
    evaluated = evaluate_readings(watched, CSAT, frame_of(of_series))
    events: list[Event] = []
    for position, current in enumerate(of_series):
        is_new = state.last_period is None or current.period_start > state.last_period
        if is_new and not current.is_complete:
            break
        state, transition = step(state, evaluated.at(position), watched, now)
        if transition is not None:
            events.append(event_of(transition, watched, now))
    return state, tuple(events)


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
            {"outside": [0.4, 0.8], "min_sample": 0},
            {"change": {"drop": {"warn": "5pp", "critical": "20pp"}, "rise": "50%"}},
        ]
    ),
    st.fixed_dictionaries(
        {"for": st.integers(1, 3), "keep_firing": st.integers(1, 3), "reopen_within": st.integers(0, 2)}
    ),
)
