"""No data: complete periods in which a series that is watched has no value, such as a ratio without a denominator.

They neither fire nor resolve anything, and are reported, because nobody looks at what is not there.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.watch.evaluation import EvaluatedReadings
from pipelines.watch.reading import Series
from pipelines.watch.rule import Rule

Periods = npt.NDArray[np.datetime64]

# A segment that has had no value for longer has ended: a campaign, a person who left. The whole does not end.
_ENDED_AFTER = np.timedelta64(92, "D")


def complete_periods(rule: Rule, readings: pd.DataFrame) -> Periods:
    """Returns the first days of the complete periods of a rule's KPI at its grain, in order.

    A period without a value is among them if the KPI as a whole has a row for it.

    Args:
        rule: the rule.
        readings: a frame with the readings of the rule and those of its KPI as a whole.
    """
    is_chosen = (readings["kpi"] == rule.kpi) & (readings["grain"] == rule.grain) & readings["is_complete"]
    return np.unique(readings.loc[is_chosen, "period_start"].to_numpy().astype("datetime64[D]"))


def periods_without_data(evaluated: EvaluatedReadings, complete: Periods) -> Iterator[tuple[Series, Periods]]:
    """Yields each series with its periods without a value, from its first value on.

    Args:
        evaluated: the readings of a rule.
        complete: the complete periods of its KPI, in order.
    """
    for series, begin, end in zip(evaluated.series, evaluated.starts[:-1], evaluated.starts[1:], strict=True):
        counted = evaluated.periods[begin:end][evaluated.is_counted[begin:end]]
        expected = complete[complete > counted[0]] if counted.size else complete[:0]
        missing = expected[~np.isin(expected, counted)]
        if series.segment_type != "all":
            last_values = counted[np.searchsorted(counted, missing) - 1] if missing.size else missing
            missing = missing[missing - last_values <= _ENDED_AFTER]
        yield series, missing


def series_without_data(evaluated: EvaluatedReadings, complete: Periods) -> list[Series]:
    """Returns the series without a value in the last complete period of their KPI; see `periods_without_data`."""
    return [series for series, missing in periods_without_data(evaluated, complete[-1:]) if missing.size]
