"""Quiet times of a rule: recurring hours during which its messages wait, while its alerts open and resolve as ever."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from pipelines.week.hours import WEEKDAYS, Times, parse_days, parse_times
from pipelines.week.spans import Span, open_spans

# A week, and a day more for a clock change.
_HORIZON = timedelta(days=8)
_MINUTES_OF_A_WEEK = 7 * 24 * 60
# Messages are sent by passes, which most companies run once an hour.
_LEAST_MINUTES = 60

# What is said of quiet times that leave no time.
NO_TIME = (
    "these quiet times leave less than an hour a week, so that messages will hardly ever be sent: shorten them, or name"
    " a channel of type file under notify if nobody is to be disturbed"
)

Hours = Mapping[str, tuple[str, ...]]


def _readable(hours: Hours) -> Hours:
    _week(hours)
    return hours


def leaves_no_time(hours: Hours) -> bool:
    """Whether less than an hour a week is outside the quiet times, so that messages are hardly ever sent."""
    quiet = sum(end - begin for spans in _week(hours) for begin, end in spans)
    return quiet > _MINUTES_OF_A_WEEK - _LEAST_MINUTES


def _week(hours: Hours) -> list[list[Times]]:
    """Returns the quiet times of Monday to Sunday; spans that overlap are one, and so are those that touch."""
    week: list[list[Times]] = [[] for _ in WEEKDAYS]
    for day, times in _spans(hours):
        week[day].append(times)
    return [_merged(spans) for spans in week]


def _spans(hours: Hours) -> Iterator[tuple[int, Times]]:
    """Yields the day of the week (Monday is 0) and the minutes since midnight of each span.

    Raises:
        ValueError: days or times cannot be read.
    """
    for days, spans in hours.items():
        for day in parse_days(days):
            for span in spans:
                yield day, parse_times(span)


QuietTimes = Annotated[Hours, AfterValidator(_readable)]


def quiet_until(hours: Hours, timezone: str, now: datetime) -> datetime | None:
    """Returns when the quiet time that `now` is in ends, in UTC; None if `now` is in none.

    Args:
        hours: the quiet times by days, such as `{mon-fri: ["00:00-08:00", "19:00-24:00"], sat-sun: ["00:00-24:00"]}`.
        timezone: the company's, an IANA name.
        now: an aware moment.

    A time that never ends holds messages for eight days at a time.
    """
    now = now.astimezone(UTC)
    spans = open_spans(_week(hours), (), ZoneInfo(timezone), Span(now, now + _HORIZON))
    return spans[0].end if spans and spans[0].start == now else None


def _merged(spans: list[Times]) -> list[Times]:
    found: list[Times] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found
