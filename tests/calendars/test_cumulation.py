"""Cumulated business hours: the difference of two sums is the business time between two moments."""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.calendars import BusinessHours, Calendar, cumulated, years_around

PARIS = ZoneInfo("Europe/Paris")
SUPPORT = Calendar(
    timezone="Europe/Paris",
    hours={"mon-fri": ("09:00-12:30", "13:30-18:00"), "sat": ("09:00-12:00",)},
    holidays="FR",
    closed=(date(2026, 5, 15),),
    teams=("E-mail desk",),
)
HOURS = list(cumulated(SUPPORT, "UTC", range(2025, 2027)))
FIRST, END = HOURS[0].opens_at, HOURS[-1].opens_at


def seconds_until(moment: datetime, hours: list[BusinessHours] = HOURS) -> float | None:
    """What the tables compute: the seconds before the last span that begins by then, and those of it that have passed."""
    position = bisect_right([span.opens_at for span in hours], moment) - 1
    if position < 0 or hours[position].seconds_before is None:
        return None
    span = hours[position]
    return span.seconds_before + (min(moment, span.closes_at) - span.opens_at).total_seconds()


def business_seconds(earlier: datetime, later: datetime) -> float:
    before, after = seconds_until(earlier), seconds_until(later)
    assert before is not None
    assert after is not None
    return after - before


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("earlier", "later", "hours"),
    [
        ("2026-01-05T10:00", "2026-01-05T11:30", 1.5),
        ("2026-01-05T12:00", "2026-01-05T14:00", 1),  # over lunch
        ("2026-01-05T22:00", "2026-01-06T09:30", 0.5),  # of the night: from the next opening
        ("2026-01-05T19:00", "2026-01-06T08:00", 0),  # wholly outside
        ("2026-01-03T11:00", "2026-01-05T10:00", 2),  # over a weekend
        ("2026-05-13T17:00", "2026-05-16T10:00", 2),  # over Ascension Day and the closed day after it
        ("2025-03-28T17:00", "2025-03-31T10:00", 1 + 3 + 1),  # over the change of clocks in spring
        ("2025-10-24T17:00", "2025-10-27T10:00", 1 + 3 + 1),  # in autumn
        ("2026-01-05T10:00", "2026-01-05T10:00", 0),
    ],
)
def test_business_time_between_two_moments(earlier: str, later: str, hours: float) -> None:
    assert business_seconds(paris(earlier), paris(later)) == hours * 3600


@given(
    st.datetimes(datetime(2025, 1, 2), datetime(2026, 12, 1), timezones=st.just(UTC)),
    st.integers(0, 12 * 24 * 60),
    st.integers(0, 59_999_999),
)
def test_it_is_the_time_in_which_the_clock_shows_an_open_time(start: datetime, minutes: int, microseconds: int) -> None:
    start = start.replace(second=0, microsecond=0)
    end = start + timedelta(minutes=minutes)
    holidays = {
        "2025-01-01", "2025-04-21", "2025-05-01", "2025-05-08", "2025-05-29", "2025-06-09", "2025-07-14", "2025-08-15",
        "2025-11-01", "2025-11-11", "2025-12-25", "2026-01-01", "2026-04-06", "2026-05-01", "2026-05-08", "2026-05-14",
        "2026-05-25", "2026-07-14", "2026-08-15", "2026-11-01", "2026-11-11", "2026-12-25", "2026-05-15",
    }  # fmt: skip

    def is_open(moment: datetime) -> bool:
        clock = moment.astimezone(PARIS)
        if f"{clock:%Y-%m-%d}" in holidays or clock.weekday() == 6:
            return False
        shown = f"{clock:%H:%M}"
        if clock.weekday() == 5:
            return "09:00" <= shown < "12:00"
        return "09:00" <= shown < "12:30" or "13:30" <= shown < "18:00"

    whole = 60 * sum(is_open(start + timedelta(minutes=number)) for number in range(minutes))
    assert business_seconds(start, end) == whole
    # Part of a minute counts as such.
    part = microseconds / 1e6 if is_open(end) else 0
    assert business_seconds(start, end + timedelta(microseconds=microseconds)) == pytest.approx(whole + part, abs=1e-5)


def test_outside_of_the_years_nothing_is_known() -> None:
    assert seconds_until(FIRST - timedelta(seconds=1)) is None
    assert seconds_until(FIRST) == 0
    assert seconds_until(END - timedelta(seconds=1)) is not None
    assert seconds_until(END) is None
    assert paris("2025-01-01") == FIRST
    assert paris("2027-01-01") == END


def test_no_two_spans_begin_at_the_same_moment() -> None:
    """The first span of some years begins with them, the first of others does not."""
    always = Calendar(hours={"mon-sun": ("00:00-24:00",)})
    for calendar, rows in ((SUPPORT, len(HOURS)), (always, 2)):
        starts = [span.opens_at for span in cumulated(calendar, "Europe/Paris", range(2025, 2027))]
        assert starts == sorted(set(starts))
        assert len(starts) == rows


def test_a_calendar_without_a_time_zone_has_that_of_the_company() -> None:
    calendar = Calendar(hours={"mon": ("09:00-10:00",)})
    _, first, *_ = cumulated(calendar, "America/New_York", range(2026, 2027))
    assert first == BusinessHours(datetime(2026, 1, 5, 14, 0, tzinfo=UTC), datetime(2026, 1, 5, 15, 0, tzinfo=UTC), 0)


@pytest.mark.parametrize(
    ("region", "day", "is_open"),
    [
        ("FR", date(2026, 7, 14), False),
        ("DE", date(2026, 1, 6), True),
        ("DE-BY", date(2026, 1, 6), False),  # Epiphany, in Bavaria alone
        ("US", date(2026, 7, 3), False),  # observed on Friday for Saturday
        (None, date(2026, 1, 1), True),
    ],
)
def test_holidays_are_those_of_the_country_or_of_its_part(region: str | None, day: date, is_open: bool) -> None:
    calendar = Calendar(hours={"mon-sun": ("09:00-10:00",)}, holidays=region)
    assert (
        day
        in {
            span.opens_at.date()
            for span in cumulated(calendar, "UTC", range(2026, 2027))
            if span.closes_at > span.opens_at
        }
    ) is is_open


def test_the_years_reach_from_old_tickets_to_the_next_year() -> None:
    assert years_around(datetime(2026, 1, 5, tzinfo=UTC)) == range(2011, 2028)
