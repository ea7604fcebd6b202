"""Suggested rules: bounds and baselines for a KPI as a whole, from its own history.

The grain is the shortest with a value in nearly every period, a sample that is large enough, and enough periods.
Bounds are quantiles of the complete periods, rounded away from the usual values: a warning for the worst few of them, a
critical one for the worst hundredth. What they would have raised is counted by a backtest.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.kpis import Direction, Grain, Kpi
from pipelines.watch.backtest import Backtest, replay
from pipelines.watch.baseline import RHYTHMS
from pipelines.watch.limit import Side
from pipelines.watch.rule import Rule

Numbers = npt.NDArray[np.float64]
Kind = Literal["bounds", "baseline"]
Obstacle = Literal["no_values", "always_one", "few_periods", "gaps", "never_changed", "at_the_end"]

# The grains that are suggested, the shortest first: a day is too short for a person to look at each alert.
SUGGESTED_GRAINS: tuple[Grain, ...] = ("week", "month", "quarter")
# The fewest periods with a value from which a bound says something: half a year, a year, two years.
_FEWEST: Mapping[Grain, int] = {"week": 26, "month": 12, "quarter": 8}
# The newest periods count: two years of weeks, three of months, five of quarters. Older ones were another company.
_NEWEST: Mapping[Grain, int] = {"week": 104, "month": 36, "quarter": 20}
_SHARE_WITH_VALUE = 0.9
_LARGE_ENOUGH = 20
_WARNED, _CRITICAL = 0.04, 0.01
_USUAL = (0.1, 0.9)
_SIDES: Mapping[Direction, tuple[Side, ...]] = {"up": ("below",), "down": ("above",), "none": ("below", "above")}
_STEPS_TO_BOUND = 5
# A baseline accepts the first of these false alarms a year with which the past raises no more than so many alerts.
_FALSE_ALARMS: Mapping[Grain, tuple[float, ...]] = {
    "week": (1, 0.5, 0.2, 0.1), "month": (1, 0.5, 0.2, 0.1), "quarter": (0.5, 0.2, 0.1),
}  # fmt: skip
_MOST_ALERTS = 2
_ROUND = (1.0, 2.0, 5.0)
_ROUND_SECONDS = tuple(
    float(number * unit)
    for unit, numbers in (
        (1, (1, 2, 5, 10, 15, 30)),
        (60, (1, 2, 5, 10, 15, 30)),
        (3_600, (1, 2, 4, 6, 12)),
        (86_400, (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)),
    )
    for number in numbers
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A rule that may be pasted into the settings, and what it would have raised.

    `keys` are the rule as a person writes it. `periods` counts the periods that it follows from, of which the usual
    ones are from `low` to `high`, in the KPI's unit; `beyond` counts those beyond its mildest bound.
    """

    kind: Kind
    keys: Mapping[str, Any]
    rule: Rule
    periods: int
    low: float
    high: float
    beyond: int
    found: Backtest

    @property
    def years(self) -> float:
        """How many years of periods the backtest evaluated."""
        return self.found.periods_evaluated / RHYTHMS[self.rule.grain].a_year

    @property
    def alerts_a_year(self) -> float | None:
        """How many alerts a year it would have raised; None where no period could be evaluated."""
        return len(self.found.incidents) / self.years if self.years else None


@dataclass(frozen=True, slots=True)
class NothingSuggested:
    """Why a KPI has no suggestion: `periods` complete periods of `grain` with a value, of the `needed` ones."""

    kpi: str
    obstacle: Obstacle
    grain: Grain = "month"
    periods: int = 0
    needed: int = 0


@dataclass(frozen=True, slots=True)
class _Past:
    """The newest complete periods of a KPI as a whole with a value: their values, samples, and the first one."""

    grain: Grain
    values: Numbers
    samples: Numbers
    is_count: bool
    first: date
    share_with_value: float

    @property
    def typical_sample(self) -> float:
        known = self.samples[~np.isnan(self.samples)]
        return float(np.median(known)) if known.size else math.nan

    @property
    def is_large_enough(self) -> bool:
        return self.is_count or not self.typical_sample < _LARGE_ENOUGH


def suggestions(
    kpi: Kpi, readings: pd.DataFrame, now: datetime, taken: Collection[str] = ()
) -> list[Suggestion] | NothingSuggested:
    """Returns the rules that the history of a KPI as a whole suggests, or why there are none.

    Args:
        kpi: the KPI.
        readings: a frame with its readings as a whole at the grains in `SUGGESTED_GRAINS`.
        now: the moment up to which the readings are known, in the company's time zone.
        taken: the names of the rules that there are.
    """
    if kpi.is_constant_as_a_whole:
        return NothingSuggested(kpi.name, "always_one")
    of_kpi = readings[(readings["kpi"] == kpi.name) & (readings["segment_type"] == "all")]
    pasts = [past for grain in SUGGESTED_GRAINS if (past := _past(of_kpi, grain)) is not None]
    if not pasts:
        return NothingSuggested(kpi.name, "no_values")
    long = [past for past in pasts if past.values.size >= _FEWEST[past.grain]]
    full = [past for past in long if past.share_with_value >= _SHARE_WITH_VALUE]
    if not full:
        best = max(pasts, key=lambda past: min(past.values.size / _FEWEST[past.grain], 0.99) * past.share_with_value)
        obstacle: Obstacle = "few_periods" if best.values.size < _FEWEST[best.grain] else "gaps"
        return NothingSuggested(kpi.name, obstacle, best.grain, best.values.size, _FEWEST[best.grain])
    past = next((each for each in full if each.is_large_enough), full[-1])
    if np.ptp(past.values) == 0:
        return NothingSuggested(kpi.name, "never_changed", past.grain, past.values.size, _FEWEST[past.grain])
    found: dict[Kind, Suggestion] = {}
    for kind, keys in _rules(kpi, past, taken):
        if kind not in found:
            suggestion = _suggestion(kind, keys, kpi, past, of_kpi, now)
            if kind == "bounds" or (suggestion.alerts_a_year or 0) <= _MOST_ALERTS:
                found[kind] = suggestion
    return list(found.values()) or NothingSuggested(
        kpi.name, "at_the_end", past.grain, past.values.size, _FEWEST[past.grain]
    )


def _past(readings: pd.DataFrame, grain: Grain) -> _Past | None:
    """Returns the history at a grain up to the first incomplete period; None without any value."""
    of_grain = readings[readings["grain"] == grain]
    incomplete = np.flatnonzero(~of_grain["is_complete"].to_numpy(dtype=np.bool_))
    complete = of_grain.iloc[: incomplete[0] if incomplete.size else len(of_grain)]
    values = complete["value"].to_numpy(dtype=np.float64)
    with_value = np.flatnonzero(np.isfinite(values))
    if with_value.size == 0:
        return None
    complete = complete.iloc[max(with_value[0], len(complete) - _NEWEST[grain]) :]
    has_value = np.isfinite(complete["value"].to_numpy(dtype=np.float64))
    if not has_value.any():
        return None
    known = complete[has_value]
    return _Past(
        grain,
        known["value"].to_numpy(dtype=np.float64),
        known["sample_size"].to_numpy(dtype=np.float64),
        bool(known["denominator"].isna().all()),
        known["period_start"].iloc[0].date(),
        float(has_value.mean()),
    )


def _rules(kpi: Kpi, past: _Past, taken: Collection[str]) -> Iterator[tuple[Kind, dict[str, Any]]]:
    """Yields the rules as a person writes them; of one kind the first that is good enough is meant."""
    least = _min_sample(past)
    sample: dict[str, Any] = {"min_sample": least} if least else {}
    judged = past.values[past.samples >= least] if least else past.values
    names = {_plain(name) for name in taken}
    condition = _bounds(kpi, judged)
    if condition is not None:
        key, written = condition
        yield (
            "bounds",
            {"name": _name(kpi, "bounds", names), "kpi": kpi.name, "grain": past.grain, key: written} | sample,
        )
    if past.values.size > RHYTHMS[past.grain].least:
        named = {"name": _name(kpi, "baseline", names), "kpi": kpi.name, "grain": past.grain}
        for accepted in _FALSE_ALARMS[past.grain]:
            yield "baseline", named | {"baseline": {"false_alarms_per_year": accepted}} | sample


def _suggestion(
    kind: Kind, keys: Mapping[str, Any], kpi: Kpi, past: _Past, readings: pd.DataFrame, now: datetime
) -> Suggestion:
    rule = Rule.model_validate(keys)
    # A baseline learns from the periods before, so that all of them count.
    first = past.first if kind == "bounds" else None
    found = replay(rule, kpi, readings, now, first=first, last=None)
    low, high = np.quantile(past.values, _USUAL)
    return Suggestion(kind, keys, rule, past.values.size, float(low), float(high), found.periods_breached, found)


def _min_sample(past: _Past) -> int:
    """Returns half of the usual sample, rounded down; 0 for counts and sums, of which nothing is news as well."""
    half = past.typical_sample / 2
    if past.is_count or math.isnan(half) or half < _ROUND[1]:
        return 0
    power = 10 ** math.floor(math.log10(half))
    return int(power * max(number for number in _ROUND if number * power <= half))


def _bounds(kpi: Kpi, values: Numbers) -> tuple[str, Any] | None:
    """Returns the key and the value of a condition with bounds; None where no value is beyond the usual ones."""
    if values.size == 0:
        return None
    ends = [found for side in _SIDES[kpi.direction] if (found := _ends(kpi, values, side)) is not None]
    if len(ends) < len(_SIDES[kpi.direction]):
        return None
    levels = [[written_amount(kpi, bound) for bound in of_severity] for of_severity in zip(*ends, strict=True)]
    if kpi.direction != "none":
        [[warn], [critical]] = levels
        key: str = _SIDES[kpi.direction][0]
        return key, warn if warn == critical else {"warn": warn, "critical": critical}
    return "outside", levels[0] if levels[0] == levels[1] else dict(zip(("warn", "critical"), levels, strict=True))


def _ends(kpi: Kpi, values: Numbers, side: Side) -> tuple[float, float] | None:
    """Returns the bound that warns and the critical one; None where a value cannot be beyond them."""
    ordered = np.sort(values) if side == "below" else np.sort(values)[::-1]
    edge = abs(float(np.median(values)) - float(ordered[int(_WARNED * values.size)]))
    step = _step(kpi, max(edge, float(np.ptp(values)) / 10))
    warn, critical = (_rounded(float(ordered[int(share * values.size)]), step, side) for share in (_WARNED, _CRITICAL))
    end = kpi.lowest if side == "below" else kpi.highest
    if end is not None:
        inside = [bound for bound in (warn, critical) if (bound > end if side == "below" else bound < end)]
        return (inside[0], inside[-1]) if inside else None
    return warn, critical


def _step(kpi: Kpi, distance: float) -> float:
    """Returns a round number that is some times less than the distance from the usual values to a bound."""
    wanted = distance / _STEPS_TO_BOUND
    if kpi.unit == "seconds":
        return max((each for each in _ROUND_SECONDS if each <= wanted), default=_ROUND_SECONDS[0])
    power = 10.0 ** math.floor(math.log10(wanted))
    found = power * max(number for number in _ROUND if number * power <= wanted * (1 + 1e-9))
    # There are no half things.
    return max(found, 1.0) if kpi.unit == "count" else found


def _rounded(value: float, step: float, side: Side) -> float:
    """Returns a value rounded away from the usual ones."""
    steps = value / step
    whole = math.floor(steps + 1e-9) if side == "below" else math.ceil(steps - 1e-9)
    return float(f"{whole * step:.12g}")


def written_amount(kpi: Kpi, value: float) -> float | int | str:
    """Returns an amount as a person writes it in the settings: 82%, 4h, 20000."""
    if kpi.unit == "ratio":
        return f"{value * 100:.10g}%"
    if kpi.unit == "seconds" and value > 0:
        unit, seconds = next(
            ((unit, size) for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)) if value % size == 0), ("s", 1)
        )
        return f"{value / seconds:.10g}{unit}"
    return int(value) if value == int(value) else value


def _name(kpi: Kpi, suffix: str, taken: Collection[str]) -> str:
    """Returns a name for a rule that no other one has."""
    name = f"{kpi.name.replace('_', '-')}-{suffix}"
    numbers = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return next(each for each in (name, *numbers) if _plain(each) not in taken)


def _plain(name: str) -> str:
    # Names differ by more than capitals, - and _.
    return name.replace("-", "_").lower()
