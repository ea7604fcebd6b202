"""Readings compared with the limits of a rule: all of them at once, over a frame."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.kpis import Kpi
from pipelines.watch.certainty import discoveries, scores, surely_beyond
from pipelines.watch.limit import SEVERITIES, Limit, Severity, Side, Threshold
from pipelines.watch.reading import NUMBER_COLUMNS, Reading, Series, number_or_none
from pipelines.watch.rule import Rule

Obstacle = Literal["incomplete", "no_value", "small_sample", "no_limit"]
Flags = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]


class Breach(NamedTuple):
    """The most severe limit that a reading is beyond; `threshold` is in the KPI's unit."""

    severity: Severity
    side: Side
    threshold: float


@dataclass(frozen=True, slots=True, eq=False)
class EvaluatedReadings:
    """The readings of a rule, series by series in the order of their periods, and what the rule finds in each.

    Attributes:
        rule: the rule.
        series: the series, in the order of their readings.
        starts: the position of each series' first reading, and at the end the number of readings.
        periods: the first day of each reading's period.
        is_complete: whether the period is complete.
        is_counted: whether the period is complete and has a value. A period that is not counted may still change.
        is_evaluated: whether the reading was compared with limits; if not, it is no sign for or against an incident.
        is_recovered: whether the reading speaks for the end of an incident.
        breached: the positions of the readings that breach a limit.
        is_large_enough: whether the sample is as large as `min_sample`; a count or sum of nothing at all always is.
        limits: the limits of the readings with their severities, the most severe first.
        crossed: the index in `limits` of the most severe limit that the reading is beyond; -1 if there is none.
        numbers: the columns of numbers by name.
    """

    rule: Rule
    series: Sequence[Series]
    starts: Positions
    periods: npt.NDArray[np.datetime64]
    is_complete: Flags
    is_counted: Flags
    is_evaluated: Flags
    is_recovered: Flags
    breached: Positions
    is_large_enough: Flags
    limits: Sequence[tuple[Severity, Limit]]
    crossed: npt.NDArray[np.int8]
    numbers: Mapping[str, npt.NDArray[np.float64]]

    def at(self, position: int) -> "EvaluatedReading":
        """Returns the reading at a position."""
        return EvaluatedReading(self, position)

    def period_at(self, position: int) -> date:
        """Returns the first day of the period of the reading at a position."""
        return cast("date", self.periods.item(position))


@dataclass(frozen=True, slots=True, eq=False)
class EvaluatedReading:
    """One of a rule's readings and what the rule finds in it."""

    _all: EvaluatedReadings
    _position: int

    @property
    def series(self) -> Series:
        """The series it belongs to."""
        return self._all.series[int(self._all.starts.searchsorted(self._position, side="right")) - 1]

    @property
    def period_start(self) -> date:
        """The first day of its period."""
        return self._all.period_at(self._position)

    @property
    def value(self) -> float:
        """Its value; NaN if it has none."""
        return self._number("value")

    @property
    def obstacle(self) -> Obstacle | None:
        """Why it was not compared with limits; None if it was."""
        if not self._all.is_complete[self._position]:
            return "incomplete"
        if not self._all.is_counted[self._position]:
            return "no_value"
        if self._all.is_evaluated[self._position]:
            return None
        return "no_limit" if self._all.is_large_enough[self._position] else "small_sample"

    @property
    def breach(self) -> Breach | None:
        """The most severe limit that it is beyond; None if there is none."""
        crossed = self._all.crossed.item(self._position)
        if crossed < 0:
            return None
        severity, limit = self._all.limits[crossed]
        side, threshold = limit.at(self._position)
        return Breach(severity, side, threshold)

    @property
    def is_recovered(self) -> bool:
        """Whether it speaks for the end of an incident.

        It has to be evaluated, to breach nothing and, where the rule has `clear`, to have reached that value.
        """
        return bool(self._all.is_recovered[self._position])

    @property
    def has_fixed_limits(self) -> bool:
        """Whether its limits are those of every other reading too."""
        return not any(isinstance(limit.threshold, pd.Series) for _, limit in self._all.limits)

    @property
    def thresholds(self) -> tuple[Threshold, ...]:
        """Its limits, the most severe first."""
        return tuple(limit.at(self._position) for _, limit in self._all.limits)

    @property
    def reading(self) -> Reading:
        """The reading itself."""
        series = self.series
        numbers = {name: number_or_none(self._number(name)) for name in NUMBER_COLUMNS}
        size = numbers.pop("sample_size")
        return Reading(
            kpi=series.kpi,
            grain=series.grain,
            period_start=self.period_start,
            segment_type=series.segment_type,
            segment=series.segment,
            sample_size=None if size is None else int(size),
            is_complete=bool(self._all.is_complete[self._position]),
            **numbers,
        )

    @property
    def reason(self) -> str:
        """What the rule finds in it, in words for a log rather than for a message."""
        match self.obstacle:
            case "incomplete":
                return "the period is not complete yet"
            case "no_value":
                return "the period has no value"
            case "small_sample":
                size = self._number("sample_size")
                known = "of unknown size" if math.isnan(size) else f"of {size:.0f}"
                return f"the sample {known} is smaller than {self._all.rule.min_sample}"
            case "no_limit":
                return "there is nothing to compare the value with"
        if self.breach is None:
            is_beyond = self.excess(self.value) > 0
            return f"{self.value:g} is {'not surely beyond' if is_beyond else 'within'} the limits"
        return f"{self.value:g} is {self.breach.side} the {self.breach.severity} threshold {self.breach.threshold:g}"

    def excess(self, value: float) -> float:
        """Returns how far a value is beyond the mildest of the reading's limits, in the KPI's unit.

        Negative on the good side.
        """
        return max(threshold.excess(value) for threshold in self.thresholds if not math.isnan(threshold.value))

    def mildest_threshold(self, side: Side) -> float | None:
        """Returns the limit on a side that is breached first; None if the reading has no limit there."""
        found = [number_or_none(threshold.value) for threshold in self.thresholds if threshold.side == side]
        return found[-1] if found else None

    def _number(self, column: str) -> float:
        number: float = self._all.numbers[column].item(self._position)
        return number


def readings_of(rule: Rule, readings: pd.DataFrame) -> pd.DataFrame:
    """Returns the rows of a frame of readings that a rule watches."""
    watched = (
        (readings["kpi"] == rule.kpi)
        & (readings["grain"] == rule.grain)
        & (readings["segment_type"] == rule.segment_type)
    )
    if rule.segments is not None:
        watched &= readings["segment"].isin(rule.segments)
    positions = np.flatnonzero(watched.to_numpy())
    if positions.size == 0:
        return readings.iloc[:0]
    first, last = int(positions[0]), int(positions[-1])
    # Usually they are side by side, and a slice copies nothing.
    return readings.iloc[first : last + 1] if last - first + 1 == positions.size else readings.iloc[positions]


def evaluate_readings(rule: Rule, kpi: Kpi, readings: pd.DataFrame) -> EvaluatedReadings:
    """Returns what a rule finds in its readings: a reading breaches a limit strictly beyond it, never at it.

    A reading is not compared with limits while its period is incomplete, without a finite value, with a sample smaller
    than `min_sample` (an unknown sample counts as too small), or if it has no limit. A count or sum of nothing is
    compared whatever `min_sample` is: that is no small sample but perhaps an outage.

    With `confidence`, a reading beyond a limit breaches it only if its whole interval at that confidence is beyond it.
    One that is not so surely beyond it is neither a breach nor a recovery.

    Args:
        rule: the rule.
        kpi: the KPI that it watches.
        readings: a frame of readings; those that the rule does not watch are ignored.

    Raises:
        ValueError: the readings are not series by series in the order of their periods.
    """
    frame = readings_of(rule, readings)
    numbers = {name: frame[name].to_numpy(dtype=np.float64) for name in NUMBER_COLUMNS}
    periods = frame["period_start"].to_numpy().astype("datetime64[D]")
    segments = frame["segment"].cat.codes.to_numpy()
    starts = _starts(rule, segments, periods)
    names = frame["segment"].cat.categories.to_numpy(dtype=object)[segments[starts[:-1]]]

    is_complete = frame["is_complete"].to_numpy(dtype=np.bool_)
    is_counted = is_complete & np.isfinite(numbers["value"])
    is_large_enough = (numbers["sample_size"] >= rule.min_sample) | _is_nothing_at_all(numbers)
    if not rule.min_sample:
        is_large_enough[:] = True
    limits = _by_severity(rule.condition.limits(_usable(frame, is_counted & is_large_enough), kpi))
    is_evaluated = is_counted & is_large_enough & _has_limit([limit for _, limit in limits], len(frame))

    beyond = [limit.is_crossed_by(numbers["value"]) & is_evaluated for _, limit in limits]
    is_recovered = is_evaluated.copy()
    for crosses in beyond:
        is_recovered &= ~crosses
    if rule.confidence is not None:
        beyond = _sure(rule, rule.confidence, kpi, limits, beyond, numbers, periods, is_evaluated)
    crossed = np.full(len(frame), -1, dtype=np.int8)
    for index, crosses in reversed(list(enumerate(beyond))):
        crossed[crosses] = index
    if rule.clear is not None:
        for limit in rule.condition.clear_limits(rule.clear, frame, kpi):
            is_recovered &= ~limit.is_crossed_by(numbers["value"])
    return EvaluatedReadings(
        rule=rule,
        series=[Series(rule.name, rule.kpi, rule.grain, rule.segment_type, name) for name in names],
        starts=starts,
        periods=periods,
        is_complete=is_complete,
        is_counted=is_counted,
        is_evaluated=is_evaluated,
        is_recovered=is_recovered,
        breached=np.flatnonzero(crossed >= 0),
        is_large_enough=is_large_enough,
        limits=limits,
        crossed=crossed,
        numbers=numbers,
    )


def _sure(
    rule: Rule,
    confidence: float,
    kpi: Kpi,
    limits: Sequence[tuple[Severity, Limit]],
    beyond: Sequence[Flags],
    numbers: Mapping[str, npt.NDArray[np.float64]],
    periods: npt.NDArray[np.datetime64],
    is_evaluated: Flags,
) -> list[Flags]:
    """Returns for each limit which of the readings `beyond` it are so for sure.

    The segments of a period are many tests at once, so that the rate of false discoveries among them is held, for each
    severity on its own. What is sure to be beyond a critical limit then is sure to be beyond the warn limit.
    """
    found = [np.where(is_evaluated, scores(limit, numbers, kpi), np.nan) for _, limit in limits]
    sure = [crosses & surely_beyond(score, confidence) for crosses, score in zip(beyond, found, strict=True)]
    if rule.by is None:
        return sure
    groups = pd.factorize(periods)[0]
    for severity in rule.condition.severities:
        of_severity = [index for index, (each, _) in enumerate(limits) if each == severity]
        farthest = np.fmax.reduce([found[index] for index in of_severity])
        kept = discoveries(farthest, groups, confidence)
        for index in of_severity:
            sure[index] &= kept
    return sure


def _usable(frame: pd.DataFrame, is_usable: Flags) -> pd.DataFrame:
    """Returns the frame without the values that nothing may be compared with either."""
    return frame if is_usable.all() else frame.assign(value=frame["value"].where(is_usable))


def _by_severity(limits: Mapping[Severity, tuple[Limit, ...]]) -> tuple[tuple[Severity, Limit], ...]:
    """Returns limits with their severities, the most severe first."""
    return tuple((severity, limit) for severity in SEVERITIES for limit in limits.get(severity, ()))


def _is_nothing_at_all(numbers: Mapping[str, npt.NDArray[np.float64]]) -> Flags:
    """Returns which readings are counts or sums (they have no denominator) of a period without events."""
    found: Flags = np.isnan(numbers["denominator"]) & (numbers["value"] == 0) & (numbers["sample_size"] == 0)
    return found


def _has_limit(limits: Sequence[Limit], size: int) -> Flags:
    """Returns for each of `size` readings whether it has any limit."""
    if any(isinstance(limit.threshold, float) for limit in limits):
        return np.ones(size, dtype=np.bool_)
    found = np.zeros(size, dtype=np.bool_)
    for limit in limits:
        found |= ~np.isnan(limit.column)
    return found


def _starts(rule: Rule, segments: npt.NDArray[np.integer], periods: npt.NDArray[np.datetime64]) -> Positions:
    """Returns the position of the first reading of each series, and the number of readings."""
    is_other = segments[1:] != segments[:-1]
    starts = np.flatnonzero(np.concatenate(([True], is_other))) if segments.size else np.empty(0, dtype=np.intp)
    is_out_of_order = ~is_other & (periods[1:] <= periods[:-1])
    if is_out_of_order.any() or np.unique(segments[starts]).size < starts.size:
        raise ValueError(f"the readings of {rule.name} are not series by series in the order of their periods")
    return np.append(starts, segments.size)
