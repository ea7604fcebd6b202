"""The readings that a reading is compared with: an earlier period of the same series."""

from collections.abc import Callable
from datetime import date
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.kpis import Grain
from pipelines.watch.limit import Side

Numbers = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]

# The half of a 95 % interval is this many standard errors.
HALF_WIDTH = 1.959963984540054


def grain_of(readings: pd.DataFrame) -> Grain | None:
    """Returns the grain of a rule's readings; None if there are none."""
    return cast("Grain", readings["grain"].iloc[0]) if len(readings) else None


def series_numbers(readings: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Returns for each reading the number of its series, in the order of the frame."""
    segments = readings["segment"].cat.codes.to_numpy()
    if segments.size == 0:
        return np.empty(0, dtype=np.int64)
    return np.concatenate(([0], np.cumsum(segments[1:] != segments[:-1]))).astype(np.int64)


def earlier_positions(readings: pd.DataFrame, earlier: Callable[[date], date]) -> Positions:
    """Returns for each reading the position of that of an earlier period of its series; -1 if there is none.

    Args:
        readings: a frame of readings of one rule, series by series in the order of their periods.
        earlier: the first day of the earlier period for that of a reading.
    """
    days = readings["period_start"].to_numpy().astype("datetime64[D]")
    if days.size == 0:
        return np.empty(0, dtype=np.intp)
    numbers, distinct = pd.factorize(days)
    wanted = np.array([earlier(day) for day in distinct.astype("datetime64[D]").tolist()], dtype="datetime64[D]")[
        numbers
    ]
    # Days of one series never reach those of the next.
    origin = min(days.min(), wanted.min())
    span = int((days.max() - origin).astype(np.int64)) + 1
    offsets = series_numbers(readings) * span
    keys = offsets + (days - origin).astype(np.int64)
    sought = offsets + (wanted - origin).astype(np.int64)
    found = np.searchsorted(keys, sought)
    # An earlier period is never behind the last key.
    return np.where(keys[np.minimum(found, keys.size - 1)] == sought, found, -1)


def at_positions(column: Numbers, positions: Positions) -> Numbers:
    """Returns the numbers at positions; NaN for the position -1."""
    if column.size == 0:
        return column
    found: Numbers = np.where(positions >= 0, column[positions], np.nan)
    return found


def standard_errors(readings: pd.DataFrame, towards: Side) -> Numbers:
    """Returns the standard errors of values towards lower or higher ones, from that half of their 95 % intervals.

    NaN where there is no interval.
    """
    value = readings["value"].to_numpy(dtype=np.float64)
    low, high = (readings[name].to_numpy(dtype=np.float64) for name in ("ci_low", "ci_high"))
    half: Numbers = value - low if towards == "below" else high - value
    return half / HALF_WIDTH
