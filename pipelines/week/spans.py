"""The spans of time in which a calendar is open, as moments in UTC.

A moment is open if the local clock shows an open time at it, on an open day. That settles the days on which clocks
change: a time that is skipped does not come, and an open time that the clock shows twice is open twice.
"""

from collections.abc import Container, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from pipelines.week.hours import Times

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class Span(NamedTuple):
    """A span of time: its first moment, and the first one after it; both aware, in UTC."""

    start: datetime
    end: datetime


def local_days(first: date, last: date, zone: tzinfo) -> Span:
    """Returns the span of the local days from `first` to `last`, both included."""
    start, end = (datetime.combine(day, time.min, zone).astimezone(UTC) for day in (first, last + _DAY))
    return Span(start, end)


def open_spans(week: Sequence[Sequence[Times]], closed: Container[date], zone: tzinfo, within: Span) -> list[Span]:
    """Returns the spans in which a calendar is open, in order; none touches the next.

    Args:
        week: the opening hours of Monday to Sunday, in minutes since midnight; those of a day do not overlap.
        closed: local days on which it does not open.
        zone: the time zone of the hours.
        within: spans are cut at its ends.
    """
    spans: list[Span] = []
    for offset, stretch in _offsets(zone, within):
        for span in _spans_at(week, closed, offset, stretch):
            if spans and spans[-1].end == span.start:
                spans[-1] = Span(spans[-1].start, span.end)
            else:
                spans.append(span)
    return spans


def _spans_at(
    week: Sequence[Sequence[Times]], closed: Container[date], offset: timedelta, stretch: Span
) -> Iterator[Span]:
    """Yields the open spans of a stretch of time in which local time is UTC plus `offset`."""
    day = (stretch.start + offset).date()
    while (midnight := datetime.combine(day, time.min, UTC) - offset) < stretch.end:
        for opens, closes in () if day in closed else week[day.weekday()]:
            start = max(midnight + timedelta(minutes=opens), stretch.start)
            end = min(midnight + timedelta(minutes=closes), stretch.end)
            if start < end:
                yield Span(start, end)
        day += _DAY


def _offsets(zone: tzinfo, within: Span) -> Iterator[tuple[timedelta, Span]]:
    """Yields the offsets of a time zone from UTC, each with the stretch of time in which it holds.

    Python does not say when clocks change. A change is looked for where the offset differs from one day to the next:
    none was ever undone within a day.
    """
    start, moment = within.start, within.start
    while moment < within.end:
        next_moment = min(moment + _DAY, within.end)
        if _offset(zone, next_moment) != _offset(zone, moment):
            change = _change(zone, moment, next_moment)
            yield _offset(zone, moment), Span(start, change)
            start = change
        moment = next_moment
    if start < within.end:
        yield _offset(zone, start), Span(start, within.end)


def _change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """Returns the moment at which the offset changes, to the second, between a moment before it and one after it."""
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    return after


def _offset(zone: tzinfo, moment: datetime) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None, "a moment in a time zone has an offset"  # noqa: S101
    return offset
