"""The open spans of a calendar: what the local clock shows decides, whatever clocks do."""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.week.hours import Times, parse_times
from pipelines.week.spans import Span, local_days, open_spans

PARIS = ZoneInfo("Europe/Paris")
MINUTE = timedelta(minutes=1)

# Zones that change clocks by an hour, by half an hour, at midnight, never, that skipped a day, and that are far from UTC.
ZONES = (
    "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata", "Pacific/Apia",
    "Pacific/Kiritimati", "Africa/Casablanca", "UTC",
)  # fmt: skip
# A day on which one of them changes its clocks, and days like any other.
DAYS = (
    date(2025, 3, 30), date(2025, 10, 26), date(2025, 3, 9), date(2025, 11, 2), date(2025, 4, 6), date(2025, 10, 5),
    date(2025, 9, 7), date(2011, 12, 30), date(2025, 2, 23), date(2024, 2, 29), date(2025, 12, 31),
)  # fmt: skip


def every_day(*spans: str) -> list[list[Times]]:
    return [[parse_times(span) for span in spans]] * 7


def seconds(spans: Sequence[Span]) -> int:
    return sum(int((span.end - span.start).total_seconds()) for span in spans)


def local(spans: Sequence[Span], zone: ZoneInfo = PARIS) -> list[str]:
    return [
        f"{span.start.astimezone(zone):%m-%d %H:%M%z} to {span.end.astimezone(zone):%m-%d %H:%M%z}" for span in spans
    ]


@st.composite
def days_of_spans(draw: st.DrawFn) -> list[Times]:
    """The spans of one day, which do not overlap; some touch, some reach midnight."""
    cuts = sorted(
        draw(st.sets(st.one_of(st.integers(0, 1440), st.sampled_from([0, 60, 120, 150, 180, 1440])), max_size=6))
    )
    shared = draw(st.booleans())
    return list(itertools.pairwise(cuts)) if shared else list(zip(cuts[::2], cuts[1::2], strict=False))


@settings(max_examples=60)
@given(
    st.lists(days_of_spans(), min_size=7, max_size=7),
    st.sampled_from(ZONES),
    st.sampled_from(DAYS),
    st.sets(st.integers(-1, 2)),
)
def test_minute_by_minute_the_clock_decides(
    week: list[list[Times]], zone_name: str, day: date, closed_after: set[int]
) -> None:
    zone = ZoneInfo(zone_name)
    closed = {day + timedelta(days=days) for days in closed_after}
    within = local_days(day - timedelta(days=1), day + timedelta(days=2), zone)
    spans = open_spans(week, closed, zone, within)

    opened = set()
    moment = within.start
    while moment < within.end:
        clock = moment.astimezone(zone)
        minute = 60 * clock.hour + clock.minute
        if clock.date() not in closed and any(opens <= minute < closes for opens, closes in week[clock.weekday()]):
            opened.add(moment)
        moment += MINUTE
    found = {span.start + number * MINUTE for span in spans for number in range(int((span.end - span.start) / MINUTE))}
    assert found == opened
    # They are in order, not empty, and none touches the next.
    assert all(span.start < span.end for span in spans)
    assert all(earlier.end < later.start for earlier, later in itertools.pairwise(spans))


def test_a_lunch_break_is_closed() -> None:
    day = date(2026, 1, 5)
    assert local(open_spans(every_day("09:00-12:30", "13:30-18:00"), (), PARIS, local_days(day, day, PARIS))) == [
        "01-05 09:00+0100 to 01-05 12:30+0100",
        "01-05 13:30+0100 to 01-05 18:00+0100",
    ]


def test_a_day_that_is_closed_has_no_spans() -> None:
    first, last = date(2026, 5, 14), date(2026, 5, 16)
    spans = open_spans(every_day("09:00-18:00"), {date(2026, 5, 15)}, PARIS, local_days(first, last, PARIS))
    assert [span.start.date() for span in spans] == [first, last]


@pytest.mark.parametrize(
    ("day", "hours", "expected", "open_hours"),
    [
        # In spring, 02:00 to 03:00 does not come.
        (date(2025, 3, 30), "00:00-24:00", ["03-30 00:00+0100 to 03-31 00:00+0200"], 23),
        (date(2025, 3, 30), "02:30-09:00", ["03-30 03:00+0200 to 03-30 09:00+0200"], 6),
        (date(2025, 3, 30), "01:00-02:30", ["03-30 01:00+0100 to 03-30 03:00+0200"], 1),
        (date(2025, 3, 30), "02:10-02:50", [], 0),
        (date(2025, 3, 30), "09:00-18:00", ["03-30 09:00+0200 to 03-30 18:00+0200"], 9),
        # In autumn, 02:00 to 03:00 comes twice.
        (date(2025, 10, 26), "00:00-24:00", ["10-26 00:00+0200 to 10-27 00:00+0100"], 25),
        (date(2025, 10, 26), "02:30-09:00",
         ["10-26 02:30+0200 to 10-26 02:00+0100", "10-26 02:30+0100 to 10-26 09:00+0100"], 7),
        (date(2025, 10, 26), "01:00-02:30",
         ["10-26 01:00+0200 to 10-26 02:30+0200", "10-26 02:00+0100 to 10-26 02:30+0100"], 2),
        (date(2025, 10, 26), "09:00-18:00", ["10-26 09:00+0100 to 10-26 18:00+0100"], 9),
    ],
)  # fmt: skip
def test_days_on_which_clocks_change(day: date, hours: str, expected: list[str], open_hours: int) -> None:
    spans = open_spans(every_day(hours), (), PARIS, local_days(day, day, PARIS))
    assert local(spans) == expected
    assert seconds(spans) == open_hours * 3600


def test_a_day_that_a_zone_skipped_has_no_spans() -> None:
    zone = ZoneInfo("Pacific/Apia")
    within = local_days(date(2011, 12, 29), date(2011, 12, 31), zone)
    spans = open_spans(every_day("09:00-17:00"), (), zone, within)
    assert [span.start.astimezone(zone).date() for span in spans] == [date(2011, 12, 29), date(2011, 12, 31)]


def test_who_never_closes_is_open_in_one_span() -> None:
    within = local_days(date(2020, 1, 1), date(2029, 12, 31), PARIS)
    assert open_spans(every_day("00:00-24:00"), (), PARIS, within) == [within]


def test_spans_end_where_the_question_ends() -> None:
    within = Span(datetime(2026, 1, 5, 9, 0, tzinfo=UTC), datetime(2026, 1, 5, 10, 0, tzinfo=UTC))
    assert open_spans(every_day("09:00-18:00"), (), PARIS, within) == [within]
    assert open_spans(every_day("12:00-18:00"), (), PARIS, within) == []
