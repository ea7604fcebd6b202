"""Quiet times: until when messages wait."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from watch_samples import rule

from pipelines.watch.mute import leaves_no_time, quiet_until

PARIS = ZoneInfo("Europe/Paris")
NIGHTS = {"mon-sun": ("00:00-08:00", "19:00-24:00")}
WEEKENDS = {"sat-sun": ("00:00-24:00",), "mon": ("00:00-08:00",)}


def paris(day: int, hour: int, minute: int = 0, month: int = 1) -> datetime:
    return datetime(2024, month, day, hour, minute, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        pytest.param(NIGHTS, paris(3, 7, 59), paris(3, 8), id="before the morning"),
        pytest.param(NIGHTS, paris(3, 8), None, id="its end is over"),
        pytest.param(NIGHTS, paris(3, 18, 59), None, id="during the day"),
        pytest.param(NIGHTS, paris(3, 19), paris(4, 8), id="from the evening over midnight to the morning"),
        pytest.param(WEEKENDS, paris(5, 23, 59), None, id="Friday"),
        pytest.param(WEEKENDS, paris(6, 0), paris(8, 8), id="from Saturday to Monday morning"),
        pytest.param({"sun": ("02:30-24:00",)}, paris(31, 4, month=3), paris(1, 0, month=4), id="clocks go forward"),
        pytest.param({"wed": ("09:00-12:00", "10:00-13:00")}, paris(3, 11), paris(3, 13), id="hours that overlap"),
        pytest.param({}, paris(3, 11), None, id="none"),
    ],
)
def test_messages_wait_until_a_quiet_time_ends(
    hours: Mapping[str, tuple[str, ...]], now: datetime, until: datetime | None
) -> None:
    assert quiet_until(hours, "Europe/Paris", now) == until


def test_quiet_times_are_in_the_zone_of_the_company() -> None:
    now = datetime(2024, 1, 3, 23, 30, tzinfo=UTC)
    assert quiet_until(NIGHTS, "America/New_York", now) is None
    assert quiet_until(NIGHTS, "Europe/Paris", now) == paris(4, 8)


@pytest.mark.parametrize(
    "hours",
    [
        pytest.param({"mon-sun": ["00:00-24:00"]}, id="the whole week"),
        pytest.param({"mon-sun": ["00:00-12:00", "11:00-24:00"]}, id="in spans that overlap"),
        pytest.param({"mon-sat": ["00:00-24:00"], "sun": ["00:00-23:01"]}, id="all but 59 minutes"),
    ],
)
def test_quiet_times_in_which_nothing_is_ever_sent_are_doubtful(hours: Mapping[str, list[str]]) -> None:
    assert leaves_no_time(rule(mute=hours).mute)


def test_a_time_without_an_end_holds_messages_for_days_and_not_for_ever() -> None:
    now = paris(3, 11)
    assert quiet_until({"mon-sun": ("00:00-24:00",)}, "Europe/Paris", now) == now + timedelta(days=8)


def test_a_quiet_time_may_last_a_whole_week_but_for_an_hour() -> None:
    hours = {"mon-sat": ["00:00-24:00"], "sun": ["01:00-24:00"]}
    assert not leaves_no_time(rule(mute=hours).mute)
    assert quiet_until(rule(mute=hours).mute, "Europe/Paris", paris(7, 1)) == paris(14, 0)


@given(st.datetimes(datetime(2023, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC)))
def test_the_end_of_a_quiet_time_is_the_first_moment_outside(now: datetime) -> None:
    until = quiet_until(WEEKENDS, "Europe/Paris", now)
    local = now.astimezone(PARIS)
    is_quiet = local.weekday() >= 5 or (local.weekday() == 0 and local.hour < 8)
    assert (until is not None) == is_quiet
    if until is not None:
        assert until > now
        assert quiet_until(WEEKENDS, "Europe/Paris", until) is None
        assert quiet_until(WEEKENDS, "Europe/Paris", until - timedelta(minutes=1)) == until


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ({"someday": ["09:00-10:00"]}, "someday is not a day"),
        ({"mon": ["9-10"]}, "is not a span of time"),
        ({"mon": ["22:00-06:00"]}, "hours past midnight are two spans"),
    ],
)
def test_a_mistake_says_what_to_write(hours: Mapping[str, list[str]], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        rule(mute=hours)
