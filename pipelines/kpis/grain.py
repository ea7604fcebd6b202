"""Grains and the arithmetic of their periods. A period is named by its first day; weeks are ISO weeks."""

from datetime import date, timedelta
from typing import Literal

Grain = Literal["day", "week", "month", "quarter", "year"]

GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")

_DAYS: dict[Grain, int] = {"day": 1, "week": 7}
_MONTHS: dict[Grain, int] = {"month": 1, "quarter": 3, "year": 12}


def period_of(grain: Grain, day: date) -> date:
    """Returns the start of the period that `day` belongs to."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    if grain == "day":
        return day
    return date(day.year, day.month - (day.month - 1) % _MONTHS[grain], 1)


def next_period(grain: Grain, period_start: date) -> date:
    """Returns the start of the period after the one that starts at `period_start`."""
    return _shift(grain, period_start, 1)


def previous_period(grain: Grain, period_start: date) -> date:
    """Returns the start of the period before the one that starts at `period_start`."""
    return _shift(grain, period_start, -1)


def period_end(grain: Grain, period_start: date) -> date:
    """Returns the day after the last day of the period: the start of the next one."""
    return next_period(grain, period_start)


def same_period_last_year(grain: Grain, period_start: date) -> date:
    """Returns the start of the comparable period a year earlier.

    For weeks that is the week 52 weeks earlier, so that weekdays and seasons compare.
    """
    if grain == "week":
        return period_start - timedelta(weeks=52)
    if grain == "day":
        return _add_months(period_start, -12)
    return _shift(grain, period_start, -12 // _MONTHS[grain])


def _shift(grain: Grain, day: date, periods: int) -> date:
    if grain in _DAYS:
        return day + timedelta(days=_DAYS[grain] * periods)
    return _add_months(day, _MONTHS[grain] * periods)


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    # 29 February has no counterpart in other years: SQL engines take the last day of the month.
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    last = 29 if month == 1 and is_leap else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month]
    return date(year, month + 1, min(day.day, last))
