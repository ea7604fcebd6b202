"""What is normal for a series: before the incident, usually, a year ago, and by its target."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from watch_samples import CSAT as ANY

from pipelines.kpis import Kpi
from pipelines.watch.evaluation import EvaluatedReadings, evaluate_readings
from pipelines.watch.normal import Normal, normals
from pipelines.watch.reading import Reading, frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event
from pipelines.watch.versions import evaluate_versions

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIRST = date(2025, 1, 6)
CSAT = replace(ANY, lowest=0, highest=1)


def rows(*values: float | None, segment: str = "chat", size: int = 100) -> list[Reading]:
    starts = [FIRST + timedelta(weeks=week) for week in range(len(values))]
    befores = [None, *values[:-1]]
    return [
        Reading("csat", "week", start, "channel", segment, value, None, 1, size, None, None, True, before, 0.81, 0.85)
        for start, value, before in zip(starts, values, befores, strict=True)
    ]


def last_event(readings: list[Reading], watched: Kpi = CSAT, **keys: object) -> tuple[Event, EvaluatedReadings]:
    given = {"name": "a", "kpi": "csat", "by": "channel", "below": "70%", **keys}
    rule = Rule.model_validate({key: value for key, value in given.items() if value is not None})
    frame = frame_of(readings)
    changes = evaluate_versions([(rule, watched)], frame, {}, NOW)
    events = [each for change in changes for each in change.events if isinstance(each, Event)]
    return events[-1], evaluate_readings(rule, watched, frame)


def usual(count: int, around: float = 0.85) -> list[float]:
    random = Random(7)
    return [around + random.uniform(-0.03, 0.03) for _ in range(count)]


def normal(event: Event, evaluated: EvaluatedReadings, watched: Kpi = CSAT) -> Normal:
    return normals([event], evaluated, watched)[event]


def test_a_value_is_compared_with_what_came_before_the_incident() -> None:
    values = usual(30)
    event, evaluated = last_event(rows(*values, 0.62, 0.61, 0.6), repeat_every="1d")
    found = normal(replace(event, reading=rows(*values, 0.62, 0.61, 0.6)[-1]), evaluated)
    assert found.before == values[-1]
    assert found.usual is not None
    low, high = found.usual
    assert 0.75 < low < min(values)
    assert max(values) < high < 0.95
    assert (found.year_ago, found.target) == (0.81, 0.85)


def test_the_value_before_the_reading_is_no_news() -> None:
    event, evaluated = last_event(rows(*usual(20), 0.6))
    assert normal(event, evaluated).before is None
    assert event.reading.previous_value is not None
    # Where that period has none, the last value is.
    event, evaluated = last_event(rows(*usual(20), None, 0.6))
    assert normal(event, evaluated).before == usual(20)[-1]


def test_a_sample_that_is_too_small_is_not_what_was_before_the_incident() -> None:
    values = usual(30)
    readings = rows(*values, 0.3, 0.62)
    readings[-2] = replace(readings[-2], sample_size=5)
    event, evaluated = last_event(readings, min_sample=20)
    assert normal(event, evaluated).before == values[-1]


def test_the_incident_itself_does_not_change_what_is_usual() -> None:
    values = usual(30)
    short, of_short = last_event(rows(*values, 0.6))
    long = rows(*values, *[0.6] * 12)
    event = replace(short, reading=long[-1])
    found = normal(event, last_event(long)[1])
    assert found.usual is not None
    assert found.usual == pytest.approx(normal(short, of_short).usual, abs=0.02)


def test_nothing_is_said_of_a_short_history() -> None:
    event, evaluated = last_event(rows(*usual(9), 0.6))
    assert normal(event, evaluated).usual is None
    yearly = replace(event.reading, grain="year")
    of_years, evaluated = last_event(
        [replace(yearly, period_start=date(2000 + each, 1, 1)) for each in range(20)], grain="year"
    )
    assert normal(of_years, evaluated).usual is None


def test_periods_with_too_small_a_sample_are_not_usual() -> None:
    noise = [replace(each, value=0.2, sample_size=3) for each in rows(*[0.2] * 10)]
    later = [replace(each, period_start=each.period_start + timedelta(weeks=10)) for each in rows(*usual(30), 0.6)]
    event, evaluated = last_event([*noise, *later], min_sample=20)
    found = normal(event, evaluated).usual
    assert found is not None
    assert found[0] > 0.75


def test_the_usual_range_of_a_baseline_rule_is_the_one_that_it_compares_with() -> None:
    event, evaluated = last_event(rows(*usual(40), 0.6), below=None, baseline={})
    found = normal(event, evaluated).usual
    assert found is not None
    assert found[0] == event.threshold


def test_a_range_stays_within_what_is_possible() -> None:
    event, evaluated = last_event(rows(*[1 - (1 - value) / 10 for value in usual(40, 0.9)], 0.6))
    found = normal(event, evaluated).usual
    assert found is not None
    assert found[1] <= 1


def test_each_series_has_its_own() -> None:
    readings = [*rows(*usual(30), 0.6), *rows(*usual(30, 0.95), 0.6, segment="mail")]
    rule = Rule.model_validate({"name": "a", "kpi": "csat", "by": "channel", "below": "70%"})
    changes = evaluate_versions([(rule, CSAT)], frame_of(readings), {}, NOW)
    events = [each for change in changes for each in change.events if isinstance(each, Event)]
    evaluated = evaluate_readings(rule, CSAT, frame_of(readings))
    found = normals(events, evaluated, CSAT)
    chat, mail = (found[event].usual for event in events)
    assert chat is not None
    assert mail is not None
    assert chat[0] < 0.85 < mail[0]
    # What the rule does not watch any more has nothing.
    gone = replace(events[0], series=events[0].series._replace(segment="fax"))
    assert normals([gone], evaluated, CSAT) == {}
    assert normals([], evaluated, CSAT) == {}
