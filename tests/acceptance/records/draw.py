"""Random values, and moments that avoid what the specification leaves open."""

import zlib
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from tests.acceptance.scenario import Scenario

COUNTRIES = ["FR", "DE", "BE", None]
CUSTOMER_SEGMENTS = ["private", "business", None]
SUPPORT_CHANNELS = ["email", "chat", "phone", "web", None]


class Draw:
    """A source of random values for one scenario; the same seed and the same calls give the same values."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.random = np.random.default_rng(scenario.seed)
        self.as_of = pd.Timestamp(scenario.as_of).tz_convert("UTC")
        # A month of records is dated after as_of: a run must ignore them.
        self.last = self.as_of + pd.Timedelta(days=30)
        self.first = self.as_of - pd.DateOffset(months=scenario.months)

    def own(self, name: str) -> "Draw":
        """Returns a source of random values of its own for an entity, so that its draws change no other records."""
        draw = Draw(self.scenario)
        draw.random = np.random.default_rng([self.scenario.seed, zlib.crc32(name.encode())])
        return draw

    def count(self, number: int) -> int:
        """Returns a number of records, scaled to the size of the company."""
        return max(20, int(number * self.scenario.size))

    def pick(self, values: list, number: int, weights: list[float] | None = None) -> pd.Series:
        """Returns `number` of the values at random."""
        return pd.Series(self.random.choice(np.array(values, dtype=object), number, p=weights), dtype=object)

    def some(self, number: int, share: float) -> np.ndarray:
        """Returns `number` booleans; each is true with the probability `share`."""
        return self.random.random(number) < share

    # Moments

    def moments(self, number: int) -> pd.Series:
        """Returns moments within the months of the records, to the second."""
        span = int((self.last - self.first).total_seconds())
        seconds = self.random.integers(0, span, number)
        return pd.Series(self.first.floor("s") + pd.to_timedelta(seconds, unit="s"))

    def later(self, moments: pd.Series, mean_hours: float, most_hours: float | None = None) -> pd.Series:
        """Returns moments that follow the given ones after `mean_hours` on average, `most_hours` at most."""
        hours = self.random.exponential(mean_hours, len(moments))
        if most_hours is not None:
            hours = np.minimum(hours, most_hours)
        return moments + pd.to_timedelta((hours * 3600).astype(int) + 1, unit="s")

    def unambiguous(self, moments: pd.Series, zone: str) -> pd.Series:
        """Returns the moments, moved out of the hour that occurs twice when summer time ends."""
        local = moments.dt.tz_convert(zone).dt.tz_localize(None)
        is_ambiguous = local.dt.tz_localize(zone, ambiguous="NaT").isna() & moments.notna()
        return moments.where(~is_ambiguous, moments + pd.Timedelta(hours=3))

    def away_from_midnight(self, moments: pd.Series) -> pd.Series:
        """Returns the moments, none within 65 minutes of the company's midnight."""
        local = moments.dt.tz_convert(self.scenario.timezone)
        minutes = local.dt.hour * 60 + local.dt.minute
        is_near = (minutes < 65) | (minutes >= 24 * 60 - 65)
        return moments.where(~is_near, moments + pd.Timedelta(hours=6))

    def away_from_first_active_day(self, moments: pd.Series) -> pd.Series:
        """Returns the moments, none on the day on which the active days before `as_of` begin.

        The specification does not say whether the current period counts from the hour or from the start of that day.
        """
        begin = self.as_of.tz_convert(self.scenario.timezone) - pd.Timedelta(days=self.scenario.active_days)
        day = moments.dt.tz_convert(self.scenario.timezone).dt.date
        return moments.where(day != begin.date(), moments + pd.Timedelta(days=2))

    def at_midnight(self, moments: pd.Series, number: int) -> pd.Series:
        """Returns the moments, the first `number` of them moved to the first or last second of a company's day."""
        moments = moments.copy()
        zone = self.scenario.zone
        for position in range(min(number, len(moments))):
            day = moments.iloc[position].tz_convert(zone).date()
            start = datetime(day.year, day.month, day.day, tzinfo=zone)
            moved = start if position % 2 == 0 else start - timedelta(seconds=1)
            moments.iloc[position] = pd.Timestamp(moved).tz_convert("UTC")
        return moments


def no_moments(like: pd.Series) -> pd.Series:
    """Returns a column of empty moments with the length and type of another column."""
    return pd.Series([pd.NaT] * len(like), dtype=like.dtype)
