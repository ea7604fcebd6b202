"""Arithmetic of calendar periods: days, weeks from Monday, months, quarters and years of a company's time zone."""

from datetime import date, timedelta
from functools import cache

import pandas as pd


def period_of(day: date, grain: str) -> date:
    """Returns the first day of the period that contains a day."""
    match grain:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        case _:
            return date(day.year, 1, 1)


def shift(period_start: date, grain: str, periods: int) -> date:
    """Returns the start of the period that is so many periods later, or earlier if `periods` is negative."""
    match grain:
        case "day":
            return period_start + timedelta(days=periods)
        case "week":
            return period_start + timedelta(days=7 * periods)
        case "month":
            return _add_months(period_start, periods)
        case "quarter":
            return _add_months(period_start, 3 * periods)
        case _:
            return _add_months(period_start, 12 * periods)


def _add_months(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, day.day)


@cache
def period_end(period_start: date, grain: str, zone: str) -> pd.Timestamp:
    """Returns the moment at which a period ends, in UTC: midnight in the company's time zone."""
    return pd.Timestamp(shift(period_start, grain, 1)).tz_localize(zone).tz_convert("UTC")
