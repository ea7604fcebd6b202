"""The usual range of a series: what its own past lets expect of the next period, and how far off such forecasts were.

For each period, from the periods before it alone:

1. A forecast: a level that follows the values (exponential smoothing at several rates, of which the one with the
   smallest past errors counts), the day of the week for days, and what the same period of earlier years had beside its
   own forecast. A value that is far off moves the level no more than one that is two usual errors off.
2. A scale: the median of the past errors without their signs, times 1.4826 (the standard deviation, where they are
   normal).
3. A limit: so many scales off the forecast that an error beyond it is expected as often as the rule allows. The number
   is the quantile of the series' own past errors where it has enough of them; it is never less than the quantile of
   normal errors, widened for short histories, and never much more, so that past incidents do not blind it.
4. A second limit for runs: the last three errors together, against their own past. It finds a shift that no single
   period shows clearly. A value has to be at least half a scale off by itself.

Values are compared on a scale on which their variation depends little on their size.
"""

from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.kpis import Grain, Kpi
from pipelines.watch.limit import Side

Numbers = npt.NDArray[np.float64]

_RATES = (0.08, 0.2, 0.45, 0.9)
_MAD = 1.4826
_CLIP = 1.5
_CLIP_OF_RUNS = 3.0
_WIDEST = 1.75
_RUN = 3
_SHARE_OF_RUNS = 0.6
_DOUBT = 0.4
_EVENT = 3.0
_NARROWEST = 0.9
_BEYOND_ALL = 1.05
_MEMORY = 0.97


class Rhythm(NamedTuple):
    """How the periods of a grain repeat.

    `a_year` is how many there are, `year` after how many a comparable one comes, `around` how far a season may move,
    `week` the length of the week in periods, `first` the values before errors count, `least` those before there is a
    range, `memory` the errors that count, `every` the periods after which the scale is computed again. `an_alert` is
    how many values beyond the limits come to one false alarm: several in a row, or soon after each other, are one.
    """

    a_year: float
    year: int
    around: int
    week: int
    first: int
    least: int
    memory: int
    every: int
    an_alert: float


RHYTHMS: Mapping[Grain, Rhythm] = {
    "day": Rhythm(365.25, 364, 3, 7, 21, 42, 400, 7, 1.8),
    "week": Rhythm(52.18, 52, 1, 1, 6, 16, 156, 4, 2.0),
    "month": Rhythm(12, 12, 0, 1, 4, 12, 60, 1, 2.6),
    "quarter": Rhythm(4, 4, 0, 1, 3, 8, 40, 1, 1.8),
}


def period_numbers(days: npt.NDArray[np.datetime64], grain: Grain) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Returns the numbers of the periods that begin on days, which grow by one from a period to the next."""
    if grain == "day":
        return days.astype("datetime64[D]").astype(np.int64)
    if grain == "week":
        # The first day of all was a Thursday: Mondays count from three days before.
        return (days.astype("datetime64[D]").astype(np.int64) + 3) // 7
    return days.astype("datetime64[M]").astype(np.int64) // (3 if grain == "quarter" else 1)


class Scale(NamedTuple):
    """A scale on which values vary about as much wherever they are, and the way back."""

    of: Callable[[Numbers], Numbers]
    back: Callable[[Numbers], Numbers]


def _same(values: Numbers) -> Numbers:
    return values


def _root(values: Numbers) -> Numbers:
    found: Numbers = np.sign(values) * np.sqrt(np.abs(values))
    return found


def _square(values: Numbers) -> Numbers:
    found: Numbers = np.sign(values) * values**2
    return found


def _angle(values: Numbers) -> Numbers:
    found: Numbers = np.arcsin(np.sqrt(np.clip(values, 0, 1)))
    return found


def _share(values: Numbers) -> Numbers:
    # Beyond the ends, on the same slope: no share is beyond a limit there.
    found: Numbers = np.where(
        values < 0, -(values**2), np.where(values > np.pi / 2, 1 + (values - np.pi / 2) ** 2, np.sin(values) ** 2)
    )
    return found


def scale_of(kpi: Kpi) -> Scale:
    """Returns the scale of a KPI: shares by their angle, amounts by their root, durations by their logarithm."""
    if kpi.unit == "ratio" and (kpi.lowest, kpi.highest) == (0, 1):
        return Scale(_angle, _share)
    if kpi.unit in ("seconds", "days"):
        return Scale(np.log1p, np.expm1)
    if kpi.unit in ("count", "currency") or kpi.lowest == 0:
        return Scale(_root, _square)
    return Scale(_same, _same)


class _Quantile(NamedTuple):
    """A chance of an error beyond a limit, and how many standard deviations off that is where errors are normal."""

    chance: float
    normal: float

    @classmethod
    def of(cls, chance: float) -> "_Quantile":
        return cls(chance, NormalDist().inv_cdf(1 - chance))


def usual_limits(values: Numbers, start: int, rhythm: Rhythm, wanted: Sequence[tuple[Side, float]]) -> list[Numbers]:
    """Returns the limits of values on the given sides; NaN where there is too little history.

    Args:
        values: a row for each period without gaps, a column for each series, NaN where there is no value.
        start: the number of the first period since a fixed day, so that more history changes nothing but the history.
        rhythm: that of the grain.
        wanted: sides, and the chance of a value beyond the limit where nothing has happened.
    """
    periods, series = values.shape
    found = [np.full(values.shape, np.nan) for _ in wanted]
    forecasts = _Forecasts(series, rhythm)
    plain, yearly = _Track(values.shape, rhythm, wanted), _Track(values.shape, rhythm, wanted)
    for period in range(periods):
        forecast, season = forecasts.next(period)
        has_season = season is not None
        if (start + period) % rhythm.every == 0:
            plain.measure(period)
            if has_season:
                yearly.measure(period)
        forecasts.scale = plain.scale
        fars = plain.fars(forecasts.level)
        if season is not None:
            is_better = yearly.is_ready & (yearly.scale < 0.9 * plain.scale)
            fars = [np.where(is_better, *both) for both in zip(yearly.fars(forecasts.level), fars, strict=True)]
            center = forecast + np.where(is_better, season, 0.0)
        else:
            center = forecast
        for index, (side, _) in enumerate(wanted):
            sign = -1 if side == "below" else 1
            far = fars[index] + forecasts.room(period, sign)
            found[index][period] = np.where(plain.is_ready, center + sign * far, np.nan)
        error = np.where(forecasts.counts >= rhythm.first, values[period] - forecast, np.nan)
        plain.add(period, error, forecasts.level)
        if season is not None:
            yearly.add(period, error - season, forecasts.level)
        forecasts.learn(period, values[period])
    return found


class _Track:
    """The errors of one way to forecast, alone and in runs, and how far off they may be."""

    def __init__(self, shape: tuple[int, int], rhythm: Rhythm, wanted: Sequence[tuple[Side, float]]) -> None:
        self._wanted = wanted
        self._single = [_Quantile.of(chance * (1 - _SHARE_OF_RUNS) * rhythm.an_alert) for _, chance in wanted]
        self._joint = [_Quantile.of(chance * _SHARE_OF_RUNS * rhythm.an_alert) for _, chance in wanted]
        self._errors, self._runs = _Errors(shape, rhythm), _Errors(shape, rhythm)
        self._recent, self._levels = (np.full((_RUN - 1, shape[1]), np.nan) for _ in range(2))
        self._least = rhythm.least - rhythm.first
        self._far = [np.full(shape[1], np.nan) for _ in wanted]
        self._far_together = [np.full(shape[1], np.nan) for _ in wanted]
        self.scale = np.full(shape[1], np.nan)
        self.is_ready = np.zeros(shape[1], dtype=np.bool_)

    def measure(self, period: int) -> None:
        """Measures the errors before a period."""
        self.scale = self._errors.scale(period)
        # Where values are missing now and then, few runs are whole, and say little.
        together = self._runs.scale(period)
        together[self._runs.counts < self._least] = np.nan
        self.is_ready = self._errors.counts >= self._least
        for index, (side, _) in enumerate(self._wanted):
            self._far[index] = self.scale * self._errors.quantile(self._single[index], side, self.scale)
            self._far_together[index] = together * self._runs.quantile(self._joint[index], side, together)

    def fars(self, level: Numbers) -> list[Numbers]:
        """Returns how far off the next value may be, on each wanted side; `level` is that of its forecast."""
        before = self._before(level)
        found = []
        for index, (side, _) in enumerate(self._wanted):
            sign = -1 if side == "below" else 1
            # Without the errors before, as after a gap, there is no limit for a run.
            together = np.maximum(self._far_together[index] - sign * before, 0.5 * self.scale)
            found.append(np.fmin(self._far[index], together))
        return found

    def add(self, period: int, error: Numbers, level: Numbers) -> None:
        """Adds the errors of a period, whose forecasts had the levels `level`."""
        self._errors.add(period, error)
        self._runs.add(period, error + self._before(level))
        self._recent[:-1], self._levels[:-1] = self._recent[1:], self._levels[1:]
        self._recent[-1], self._levels[-1] = error, level

    def _before(self, level: Numbers) -> Numbers:
        """Returns what the errors before add to the next one, all of them off the level before the run."""
        off = self._recent + self._levels - self._levels[0]
        limit = _CLIP_OF_RUNS * self.scale
        found: Numbers = np.clip(off, -limit, limit).sum(axis=0) + level - self._levels[0]
        return found


class _Errors:
    """The errors of the past, by series."""

    def __init__(self, shape: tuple[int, ...], rhythm: Rhythm) -> None:
        # Single precision is enough for errors, and sorting them takes most of the time.
        self._errors = np.full((shape[1], shape[0]), np.nan, dtype=np.float32)
        self._memory = rhythm.memory
        self._ordered = np.empty((shape[1], 0), dtype=np.float32)
        self.counts = np.zeros(shape[1], dtype=np.int64)

    def add(self, period: int, errors: Numbers) -> None:
        """Adds the errors of a period."""
        self._errors[:, period] = errors

    def scale(self, period: int) -> Numbers:
        """Returns the scale of the errors before a period, and keeps them in their order for `quantile`."""
        kept = self._errors[:, max(period - self._memory, 0) : period]
        self._ordered = np.sort(kept, axis=1)
        self.counts = np.count_nonzero(~np.isnan(kept), axis=1)
        if kept.shape[1] == 0:
            return np.full(kept.shape[0], np.nan)
        sizes = np.sort(np.abs(kept), axis=1)
        rows, half = np.arange(self.counts.size), np.maximum(self.counts - 1, 0)
        found = _MAD * (sizes[rows, half // 2] + sizes[rows, (half + 1) // 2]).astype(np.float64) / 2
        # Where more than half of the errors are nothing, the few others show the scale.
        is_nothing = (found == 0).nonzero()[0]
        if is_nothing.size:
            found[is_nothing] = 1.2533 * np.nansum(sizes[is_nothing], axis=1) / self.counts[is_nothing]
        return np.where(found > 0, found, np.nan)

    def quantile(self, quantile: "_Quantile", side: Side, scale: Numbers) -> Numbers:
        """Returns how far off the errors on a side may be, as a multiple of their scale."""
        last = np.maximum(self.counts - 1, 0)
        rank = (self.counts + 1) * (1 - quantile.chance) - 1
        below = np.clip(np.floor(rank), 0, last).astype(np.int64)
        above = np.minimum(below + 1, last)
        rows, sign = np.arange(self.counts.size), 1
        if side == "below":
            below, above, sign = last - below, last - above, -1
        if self._ordered.shape[1] == 0:
            return np.full(self.counts.size, np.nan)
        low, high = sign * self._ordered[rows, below], sign * self._ordered[rows, above]
        own = (low + (rank - np.floor(rank)) * (high - low)) / scale
        # A scale from few errors is uncertain itself: Student's quantile, with the efficiency of the median.
        widened = quantile.normal * (1 + (quantile.normal**2 + 1) / (4 * 0.37 * np.maximum(self.counts, 1)))
        is_known = rank <= self.counts - 1
        # Rarer than any error so far: at least as far off as the farthest one, whose tail may be heavier than normal.
        found: Numbers = np.where(is_known, own, np.fmax(own, _BEYOND_ALL * widened))
        return np.clip(found, _NARROWEST * widened, _WIDEST * widened)


class _Forecasts:
    """What is expected of the next period of each series, learned from one period after the other."""

    def __init__(self, series: int, rhythm: Rhythm) -> None:
        self._rhythm = rhythm
        self._rates = np.array(_RATES)[:, None]
        self._levels = np.full((len(_RATES), series), np.nan)
        self._week = np.zeros((rhythm.week, series))
        self._days = np.zeros((rhythm.week, series), dtype=np.int64)
        self._misses = np.zeros((len(_RATES), series))
        self._plain: list[Numbers] = []
        self._last = np.full(series, np.nan)
        self.level = np.full(series, np.nan)
        self.counts = np.zeros(series, dtype=np.int64)
        self.scale = np.full(series, np.nan)

    def next(self, period: int) -> tuple[Numbers, Numbers | None]:
        """Returns the forecasts for a period, and what the same period of last year adds to them, if it is known."""
        best = np.argmin(self._misses, axis=0)
        self.level = np.take_along_axis(self._levels, best[None, :], axis=0)[0]
        self._last = self.level + self._week[period % self._rhythm.week]
        return self._last, self._of_earlier_years(period)

    def room(self, period: int, sign: int) -> Numbers:
        """Returns how much farther off a value may be, because it was so at about this time last year."""
        rhythm = self._rhythm
        around = range(period - rhythm.year - rhythm.around, period - rhythm.year + rhythm.around + 1)
        errors = [self._plain[each] for each in around if 0 <= each < len(self._plain)]
        if not errors:
            return np.zeros(self.counts.size)
        farthest = np.fmax.reduce([sign * each for each in errors])
        # What varied as usual widens nothing; NaN does not either.
        return np.where(farthest > _EVENT * self.scale, farthest, 0.0)

    def learn(self, period: int, values: Numbers) -> None:
        """Learns the values of a period."""
        is_known = ~np.isnan(values)
        self.counts += is_known
        day = period % self._rhythm.week
        error = values - self._last
        self._plain.append(error)
        limit = np.where(np.isnan(self.scale), np.inf, self.scale)
        plain = values - self._week[day]
        off = plain - self._levels
        off = np.where(np.isnan(off), 0.0, off)
        self._misses = np.where(is_known, _MEMORY * self._misses + np.fmin(np.abs(off), 3 * limit), self._misses)
        rates = np.maximum(self._rates, 1 / np.maximum(self.counts, 1))
        moved = self._levels + rates * np.clip(off, -_CLIP * limit, _CLIP * limit)
        first = np.isnan(self._levels) & is_known
        self._levels = np.where(first, plain, np.where(is_known, moved, self._levels))
        if self._rhythm.week > 1:
            self._learn_week(day, values, limit, is_known)

    def _learn_week(self, day: int, values: Numbers, limit: Numbers, is_known: npt.NDArray[np.bool_]) -> None:
        # The slowest level knows the least of the day itself.
        off = values - self._levels[0] - self._week[day]
        self._days[day] += is_known
        rate = np.maximum(0.12, 1 / np.maximum(self._days[day], 1))
        moved = self._week[day] + rate * np.clip(off, -_CLIP * limit, _CLIP * limit)
        self._week[day] = np.where(is_known, moved, self._week[day])

    def _of_earlier_years(self, period: int) -> Numbers | None:
        """Returns what the errors of the same period in earlier years let expect, less of them where years are few."""
        around = self._rhythm.around
        years = range(period - self._rhythm.year, around - 1, -self._rhythm.year)
        if not years:
            return None
        offsets = range(-around, around + 1)
        weights = {offset: around + 1 - abs(offset) for offset in offsets}
        errors = [weights[offset] * np.nan_to_num(self._plain[year + offset]) for year in years for offset in offsets]
        limit = np.where(np.isnan(self.scale), np.inf, 4 * self.scale)
        trust = len(years) / (len(years) + _DOUBT)
        found: Numbers = trust * np.clip(sum(errors) / (len(years) * sum(weights.values())), -limit, limit)
        return found
