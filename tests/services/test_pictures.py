"""The charts of messages."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from pipelines.charts import Incident
from pipelines.kpis import Kpi
from pipelines.notify.compose import CompanyFacts
from pipelines.services.pictures import chart_of, picture_of
from pipelines.watch.evaluation import evaluate_readings
from pipelines.watch.reading import Reading, frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series
from pipelines.watch.state import Event, State

NOW = datetime(2024, 9, 2, 7, 0, tzinfo=UTC)
FIRST = date(2024, 1, 1)
CSAT = Kpi("csat", "CSAT", "CSAT", "satisfaction", "", "", "ratio", "up", "", 0, is_additive=False)
RULE = Rule.model_validate({"name": "floor", "kpi": "csat", "by": "channel", "below": {"warn": 0.8, "critical": 0.6}})
COMPANY = CompanyFacts("Company", "en", "EUR", "Europe/Paris")


def week(number: int) -> date:
    return FIRST + timedelta(weeks=number)


def fired(*values: float | None) -> tuple[list[Event], list[Reading]]:
    """The events of the last two weeks of a channel, and its readings."""
    rows = [
        Reading("csat", "week", week(number), "channel", "chat", value, *[None] * 5, True)
        for number, value in enumerate(values)
        if value is not None
    ]
    [first] = evaluate_series(RULE, CSAT, frame_of(rows[:-2]), {}, NOW)
    [change] = evaluate_series(RULE, CSAT, frame_of(rows), {first.series: first.after or State()}, NOW)
    return [event for event in change.events if isinstance(event, Event)], rows


def test_a_chart_has_the_values_the_limits_and_the_incident() -> None:
    events, rows = fired(0.9, 0.85, None, 0.9, 0.7, 0.9)
    evaluated = evaluate_readings(RULE, CSAT, frame_of(rows))
    chart, end = (chart_of(event, evaluated, CSAT, COMPANY) for event in events)
    assert chart.title == "CSAT by chat"
    assert chart.periods == [week(number) for number in range(5)]
    assert chart.values == [0.9, 0.85, None, 0.9, 0.7]
    assert [(line.kind, line.constant) for line in chart.lines] == [("critical", 0.6), ("warn", 0.8)]
    assert chart.incidents == [Incident("warn", week(4), None)]
    assert (end.periods[-1], end.incidents) == (week(5), [Incident("warn", week(4), week(4))])


def test_a_chart_has_the_unit_that_people_read() -> None:
    [event], rows = fired(0.9, 0.9, 0.7)
    uplift = replace(CSAT, shown_as="points")
    assert chart_of(event, evaluate_readings(RULE, uplift, frame_of(rows)), uplift, COMPANY).unit == "points"


def test_a_long_series_is_cut() -> None:
    [event], rows = fired(*[0.9] * 60, 0.9, 0.7)
    chart = chart_of(event, evaluate_readings(RULE, CSAT, frame_of(rows)), CSAT, COMPANY)
    assert (chart.periods[0], chart.periods[-1], len(chart.values)) == (week(36), week(61), 26)


def test_a_picture_is_a_png_and_one_value_is_no_picture() -> None:
    [event], rows = fired(0.9, 0.9, 0.7)
    evaluated = evaluate_readings(RULE, CSAT, frame_of(rows))
    picture = picture_of(event, evaluated, CSAT, COMPANY)
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
    assert picture_of(event, evaluate_readings(RULE, CSAT, frame_of(rows[2:])), CSAT, COMPANY) is None
    elsewhere = [Reading("csat", "week", FIRST, "channel", "phone", 0.9, *[None] * 5, True)]
    assert picture_of(event, evaluate_readings(RULE, CSAT, frame_of(elsewhere)), CSAT, COMPANY) is None
