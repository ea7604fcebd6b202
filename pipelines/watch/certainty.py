"""How sure it is that values are beyond limits, and how many of many sure ones may be chance.

The p-value of a reading is one-sided: how likely a value at least as far beyond the limit is if the truth is at the
limit. A share has its score test, whose acceptance is Wilson's interval. For any other value the half of its 95 %
interval on the side of the limit, divided by the 0.975 quantile, counts as its standard error. An interval at a
confidence is wholly beyond a limit where the p-value is less than half of what the confidence leaves.
"""

import math
from collections.abc import Mapping
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.kpis import Kpi
from pipelines.watch.history import HALF_WIDTH, Numbers
from pipelines.watch.limit import Limit

Flags = npt.NDArray[np.bool_]

_TAIL = np.frompyfunc(lambda score: 0.5 * math.erfc(score / math.sqrt(2)), 1, 1)


def allowed_error(confidence: float) -> float:
    """Returns the p-value under which the whole interval at a confidence is beyond a limit."""
    return (1 - confidence) / 2


def scores(limit: Limit, numbers: Mapping[str, Numbers], kpi: Kpi) -> Numbers:
    """Returns how far values are beyond a limit, in standard errors; NaN where no interval says how sure they are.

    Args:
        limit: the limit.
        numbers: the columns of numbers of the readings.
        kpi: their KPI.
    """
    value = numbers["value"]
    distance = limit.column - value if limit.side == "below" else value - limit.column
    is_estimate = isinstance(limit.error, pd.Series)
    if kpi.interval == "wilson" and not is_estimate:
        return _score_of_share(distance, limit, numbers["denominator"])
    half = numbers["ci_high"] - value if limit.side == "below" else value - numbers["ci_low"]
    error = half / HALF_WIDTH
    if isinstance(limit.error, pd.Series):
        error = np.hypot(error, limit.error.to_numpy(dtype=np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Numbers = distance / error
    return found


def _score_of_share(distance: Numbers, limit: Limit, size: Numbers) -> Numbers:
    # At 0 and 1, and beyond them, no sample could differ by chance.
    share = np.clip(limit.column, 0, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Numbers = distance / np.sqrt(share * (1 - share) / np.where(size > 0, size, np.nan))
    return found


def surely_beyond(found: Numbers, confidence: float) -> Flags:
    """Returns which scores are those of values whose whole interval at a confidence is beyond the limit."""
    critical = NormalDist().inv_cdf(1 - allowed_error(confidence))
    is_sure: Flags = found > critical
    return is_sure


def discoveries(found: Numbers, groups: npt.NDArray[np.integer], confidence: float) -> Flags:
    """Returns which scores remain if the share of false ones among those of a group is held (Benjamini and Hochberg).

    On average no more than half of what the confidence leaves of the discoveries of a group are false, however many it
    tests at once. A group of one tests as `surely_beyond` does.

    Args:
        found: the score of each reading; NaN is no test.
        groups: the number of each reading's group.
        confidence: the confidence of the rule.
    """
    kept = np.zeros(found.size, dtype=np.bool_)
    rate = allowed_error(confidence)
    positions = np.flatnonzero(surely_beyond(found, confidence))
    if positions.size == 0:
        return kept
    tests = np.bincount(groups[~np.isnan(found)], minlength=int(groups.max()) + 1)
    # Others have a p-value that is too large in any rank.
    chances = _TAIL(found[positions]).astype(np.float64)
    order = np.lexsort((chances, groups[positions]))
    positions, chances = positions[order], chances[order]
    of = groups[positions]
    begins = np.flatnonzero(np.concatenate(([True], of[1:] != of[:-1])))
    rank = np.arange(of.size) - np.repeat(begins, np.diff(np.append(begins, of.size))) + 1
    last = np.zeros(tests.size, dtype=np.int64)
    np.maximum.at(last, of, np.where(chances * tests[of] <= rate * rank, rank, 0))
    kept[positions] = rank <= last[of]
    return kept
