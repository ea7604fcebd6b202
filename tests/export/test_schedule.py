"""Schedules on the company's clocks, daylight saving included."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.export.schedule import due_tick, latest_tick, next_tick

MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ticks(cron: str, timezone: str, start: datetime, end: datetime) -> list[datetime]:
    """Returns the ticks that appear when the latest tick is computed every five minutes."""
    seen = []
    now = start
    before = latest_tick(cron, timezone, start)
    while now <= end:
        tick = latest_tick(cron, timezone, now)
        if tick != before:
            assert tick == now
            seen.append(tick)
            before = tick
        now += 5 * MINUTE
    return seen


@pytest.mark.parametrize(
    ("cron", "start", "end", "expected"),
    [
        # Spring: the clocks of Paris go from 02:00 to 03:00 at 01:00 UTC.
        pytest.param(
            "30 2 * * *",
            "2026-03-28T00:00",
            "2026-03-30T12:00",
            ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"],
            id="a tick in the skipped hour happens once, when the clock jumps",
        ),
        pytest.param(
            "*/20 * * * *",
            "2026-03-29T00:30",
            "2026-03-29T01:25",
            ["2026-03-29T00:40", "2026-03-29T01:00", "2026-03-29T01:20"],
            id="several ticks in the skipped hour happen together, when the clock jumps",
        ),
        pytest.param(
            "0 7 * * *",
            "2026-03-28T00:00",
            "2026-03-30T12:00",
            ["2026-03-28T06:00", "2026-03-29T05:00", "2026-03-30T05:00"],
            id="the local time stays the same in spring",
        ),
        # Autumn: from 03:00 back to 02:00 at 01:00 UTC.
        pytest.param(
            "30 2 * * *",
            "2026-10-24T12:00",
            "2026-10-26T12:00",
            ["2026-10-25T00:30", "2026-10-26T01:30"],
            id="a tick in the repeated hour happens once, the first time",
        ),
        pytest.param(
            "*/30 * * * *",
            "2026-10-24T23:45",
            "2026-10-25T02:15",
            ["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T02:00"],
            id="each of several ticks in the repeated hour happens once, the first time",
        ),
        pytest.param(
            "0 7 * * *",
            "2026-10-24T00:00",
            "2026-10-26T12:00",
            ["2026-10-24T05:00", "2026-10-25T06:00", "2026-10-26T06:00"],
            id="the local time stays the same in autumn",
        ),
    ],
)
def test_each_tick_happens_once_when_daylight_saving_begins_or_ends(
    cron: str, start: str, end: str, expected: list[str]
) -> None:
    assert ticks(cron, "Europe/Paris", utc(start), utc(end)) == [utc(text) for text in expected]


def test_a_clock_change_of_half_an_hour_is_handled() -> None:
    # Lord Howe Island skips 02:00 to 02:30 at 15:30 UTC and repeats 01:30 to 02:00 from 15:00 UTC on.
    howe = "Australia/Lord_Howe"
    assert latest_tick("15 2 * * *", howe, utc("2019-10-05T15:30")) == utc("2019-10-05T15:30")
    assert latest_tick("15 2 * * *", howe, utc("2019-10-05T15:29")) == utc("2019-10-04T15:45")
    assert latest_tick("45 1 * * *", howe, utc("2026-04-04T15:20")) == utc("2026-04-04T14:45")


def test_ticks_of_a_day_that_a_country_skipped_happen_once() -> None:
    # Samoa went from 29 to 31 December 2011 at midnight, 10:00 UTC.
    assert ticks("0 9 30 12 *", "Pacific/Apia", utc("2011-12-30T08:00"), utc("2011-12-30T12:00")) == [
        utc("2011-12-30T10:00")
    ]


ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo", "UTC")
CRONS = (
    "30 2 * * *",
    "*/15 * * * *",
    "0 * * * *",
    "0 7 * * 1",
    "15 1-3 * * *",
    "59 23 * * *",
    "0 0 * * 0",
    "0 2 1 * *",
)


matches = cache(croniter.match)


def first_moments(cron: str, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yields the ticks by definition, minute by minute: when clocks first show a time of `cron` or a later one."""
    furthest = start.astimezone(zone).replace(tzinfo=None)
    moment = start
    while moment <= end:
        wall = moment.astimezone(zone).replace(tzinfo=None)
        passed = [furthest + MINUTE * step for step in range(1, (wall - furthest) // MINUTE + 1)]
        if any(matches(cron, time) for time in passed):
            yield moment
        furthest = max(furthest, wall)
        moment += MINUTE


@settings(max_examples=50, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    cron=st.sampled_from(CRONS),
    change=st.sampled_from(
        ["2026-03-29T01:00", "2026-10-25T01:00", "2026-03-08T07:00", "2026-11-01T06:00", "2026-10-03T15:30",
         "2026-04-04T15:00", "2018-11-04T03:00", "2018-02-18T02:00", "2026-06-15T12:00"]
    ),
    minutes=st.integers(-300, 300),
    seconds=st.integers(0, 59),
)  # fmt: skip
def test_the_latest_tick_agrees_with_the_definition(
    zone: str, cron: str, change: str, minutes: int, seconds: int
) -> None:
    now = utc(change) + timedelta(minutes=minutes, seconds=seconds)
    start = now.replace(second=0) - timedelta(hours=6)
    expected = list(first_moments(cron, ZoneInfo(zone), start, now))
    tick = latest_tick(cron, zone, now)
    if expected:
        assert tick == expected[-1]
    else:
        assert tick <= start


@settings(max_examples=200, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    cron=st.sampled_from(CRONS),
    now=st.integers(946_684_800, 2_114_380_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    later=st.timedeltas(timedelta(0), timedelta(days=40)),
)
def test_ticks_are_whole_minutes_in_utc_and_never_go_back(
    zone: str, cron: str, now: datetime, later: timedelta
) -> None:
    tick = latest_tick(cron, zone, now)
    assert tick <= now
    assert tick.tzinfo is UTC
    assert (tick.second, tick.microsecond) == (0, 0)
    assert latest_tick(cron, zone, tick) == tick
    assert latest_tick(cron, zone, now + later) >= tick


def test_an_export_is_due_until_its_tick_is_delivered_and_missed_ticks_count_once() -> None:
    delivered: set[datetime] = set()

    def due(now: str) -> datetime | None:
        return due_tick("0 7 * * 1", "Europe/Paris", utc(now), delivered.__contains__)

    after_a_month_without_power = "2026-04-29T10:00"
    tick = due(after_a_month_without_power)
    assert tick == utc("2026-04-27T05:00")
    delivered.add(tick)
    assert due(after_a_month_without_power) is None
    assert due("2026-05-04T04:59") is None
    assert due("2026-05-04T05:00") == utc("2026-05-04T05:00")


@settings(max_examples=200, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    cron=st.sampled_from(CRONS),
    now=st.integers(946_684_800, 2_114_380_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
)
def test_the_next_tick_is_the_first_that_has_not_come(zone: str, cron: str, now: datetime) -> None:
    following = next_tick(cron, zone, now)
    assert following > now
    assert latest_tick(cron, zone, following) == following
    assert latest_tick(cron, zone, following - timedelta(minutes=1)) == latest_tick(cron, zone, now)
