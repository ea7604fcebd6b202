"""Cumulated business hours: from them, the business time between two moments is a difference of two sums.

That takes the tables one look-up for each moment, and not one for each day between two.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pipelines.calendars.settings import Calendar
from pipelines.week.spans import local_days, open_spans

# Holidays have to end somewhere. Older tickets have no business times, rather than wrong ones.
_YEARS_BEFORE, _YEARS_AFTER = 15, 1


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """A span in which a calendar is open: its moments (aware, UTC), and the open seconds before it.

    Two empty spans mark the ends of what is known: one at the first known moment, unless an open span begins there; and
    one at the first moment that is not known any more, whose `seconds_before` is None.
    """

    opens_at: datetime
    closes_at: datetime
    seconds_before: int | None


def years_around(as_of: datetime) -> range:
    """Returns the years for which business hours are written: from 15 before that of the as-of to the one after it."""
    return range(as_of.year - _YEARS_BEFORE, as_of.year + _YEARS_AFTER + 1)


def cumulated(calendar: Calendar, company_timezone: str, years: range) -> Iterator[BusinessHours]:
    """Yields the business hours of a calendar in some local years, in order.

    Args:
        calendar: its hours, holidays and closed days.
        company_timezone: the time zone of a calendar that names none.
        years: years in a row, at least one.
    """
    zone = ZoneInfo(calendar.timezone or company_timezone)
    known = local_days(date(years[0], 1, 1), date(years[-1], 12, 31), zone)
    closed = _public_holidays(calendar.holidays, years) | frozenset(calendar.closed)
    spans = open_spans(calendar.week, closed, zone, known)
    if not spans or spans[0].start > known.start:
        yield BusinessHours(known.start, known.start, 0)
    seconds = 0
    for span in spans:
        yield BusinessHours(span.start, span.end, seconds)
        seconds += (span.end - span.start) // timedelta(seconds=1)
    yield BusinessHours(known.end, known.end, None)


def _public_holidays(region: str | None, years: range) -> frozenset[date]:
    """Returns the public holidays of a country or of a part of one, and the days on which they are observed instead."""
    if region is None:
        return frozenset()
    import holidays  # noqa: PLC0415 - see `settings`

    country, _, subdivision = region.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=years))
