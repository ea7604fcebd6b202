"""Values that are withheld from rules: of some KPIs, in the periods that have some days."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipelines.kpis import GRAINS, Grain, next_period, period_of
from pipelines.watch.reading import Reading, frame_of
from pipelines.watch.withheld import withhold

DAYS = st.dates(date(1970, 1, 1), date(2100, 12, 31))


@given(DAYS, st.sampled_from(GRAINS))
def test_a_day_belongs_to_the_period_that_begins_last(day: date, grain: Grain) -> None:
    start = period_of(grain, day)
    assert start <= day < next_period(grain, start)
    assert period_of(grain, start) == start


def reading(kpi: str, grain: Grain, start: date) -> Reading:
    return Reading(kpi, grain, start, "all", "all", 5.0, None, None, 3, None, None, is_complete=True)


@given(DAYS)
def test_only_the_periods_of_the_days_are_withheld(day: date) -> None:
    starts = {grain: period_of(grain, day) for grain in GRAINS}
    rows = [
        reading(kpi, grain, start)
        for kpi in ("revenue", "csat")
        for grain in GRAINS
        for start in (period_of(grain, starts[grain] - timedelta(days=1)), starts[grain])
    ]
    frame = frame_of(rows)
    found = withhold(frame, {"revenue"}, {day})
    withheld = frame.index.difference(found.index)
    assert [(rows[index].kpi, rows[index].period_start) for index in withheld] == [
        ("revenue", starts[grain]) for grain in GRAINS
    ]


def test_without_days_nothing_is_withheld() -> None:
    frame = frame_of([reading("revenue", "day", date(2025, 3, 1))])
    assert withhold(frame, {"revenue"}, ()) is frame
    assert withhold(frame, {"revenue"}, {date(2025, 3, 2)}) is frame
