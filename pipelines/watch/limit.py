"""Limits: what a condition compiles to. A value beyond a limit breaches it; one at the limit does not, as a rule."""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

Severity = Literal["warn", "critical"]
Side = Literal["below", "above"]

# The most severe first.
SEVERITIES: tuple[Severity, ...] = ("critical", "warn")

# The share of a computed threshold within which a value is at it and not beyond: 90 % of 0.8 is 0.7200000000000001.
_ROUNDING = 1e-12


class Threshold(NamedTuple):
    """The limit of one reading: a value in the KPI's unit, and the side of it on which the bad values are."""

    side: Side
    value: float

    def excess(self, value: float) -> float:
        """Returns how far `value` is beyond the threshold; negative on the good side, 0 at the threshold."""
        return self.value - value if self.side == "below" else value - self.value


class Limit(NamedTuple):
    """The limits of all readings of a rule on one side.

    `threshold` is in the KPI's unit: one number for all readings, or a column with the readings' index. NaN means that
    a reading has no such limit (say, there is no previous value to compare with). A value at the threshold is beyond it
    only if `is_reached_by_equal`. `error` is the standard error of a threshold that is itself computed from a sample.
    """

    side: Side
    threshold: float | pd.Series
    is_reached_by_equal: bool = False
    error: float | pd.Series = 0.0

    @property
    def column(self) -> float | npt.NDArray[np.float64]:
        """The threshold as arrays are compared with it: a number, or one for each reading."""
        if isinstance(self.threshold, pd.Series):
            return self.threshold.to_numpy(dtype=np.float64)
        return float(self.threshold)

    def is_crossed_by(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Returns which of `values`, one for each reading, are beyond the limit.

        What a column differs from the exact threshold by rounding is not beyond it; a number is what a person wrote.
        """
        column = self.column
        slack = 0.0 if isinstance(column, float) else np.abs(column) * _ROUNDING
        crossed: npt.NDArray[np.bool_] = values < column - slack if self.side == "below" else values > column + slack
        return crossed | (values == column) if self.is_reached_by_equal else crossed

    def at(self, position: int) -> Threshold:
        """Returns the limit of the reading at `position`."""
        column = self.column
        return Threshold(self.side, column if isinstance(column, float) else float(column[position]))
