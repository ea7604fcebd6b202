"""Why a KPI moved: its change between two periods split exactly into the effects of its segments.

A count or a sum is the sum of its segments, and the effect of each is its own change (`contribution`). A ratio or a
mean is N ÷ D, and a segment has n of N and d of D: its rate is r = n ÷ d and its share is w = d ÷ D, so that
N ÷ D = Σ w·r. With the earlier period as 0, the later one as 1, and R for the value of the whole, a segment has two
effects:

- rate: (w0 + w1) ÷ 2 · (r1 - r0), because the segment itself changed;
- mix: ((r0 + r1) ÷ 2 - (R0 + R1) ÷ 2) · (w1 - w0), because its share changed. A segment above the whole raises it by
  growing, one below it lowers it.

All effects of a dimension add up to R1 - R0, because the shares of each period add up to 1. A segment that is in only
one of the periods has no rate in the other, hence no rate effect: its rate is taken as unchanged, and all of its effect
is mix. Nothing remains unexplained, and either order of the periods gives the same effects with the opposite sign.

A dimension has no effects in a period where they could not add up: where the segments do not add up to the whole, as
distinct customers that are in two segments, or where the value of one of them is unknown.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.kpis import Grain, previous_period, same_period_last_year

Kind = Literal["contribution", "rate", "mix"]
Comparison = Literal["previous", "previous_year"]

DRIVER_COLUMNS = (
    "kpi", "grain", "period_start", "segment_type", "segment", "kind", "comparison", "effect", "change",
    "share_of_change", "earlier", "later", "sample_size",
)  # fmt: skip

# Fewer cases than that are single people: what they said or bought is nobody's business, and mostly chance.
SMALLEST_GROUP = 5
MOST_NAMED = 3
# An effect that is a smaller part of the change does not explain it.
SMALLEST_SHARE = 0.05

# Parts of a sum of doubles differ from their sum in the last digits. The model `fct_kpi_driver` has the same bound.
_ROUNDING = 1e-9
_EARLIER: dict[Comparison, Callable[[Grain, date], date]] = {
    "previous": previous_period,
    "previous_year": same_period_last_year,
}
_PERIOD = ["kpi", "grain", "period_start"]
_DIMENSION = [*_PERIOD, "segment_type"]
_SEGMENT = [*_DIMENSION, "segment"]
_NUMBERS = ["value", "numerator", "denominator"]

_Numbers = npt.NDArray[np.float64]
_Flags = npt.NDArray[np.bool_]
_Places = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Driver:
    """The effect of a segment on the change of the whole, in the KPI's unit.

    `earlier` and `later` are what changed in the segment: its rate for `rate`, its share (0 to 1) for `mix`, its value
    for `contribution`. `name` is what people call a segment that is an id.
    """

    segment_type: str
    segment: str
    kind: Kind
    effect: float
    earlier: float
    later: float
    name: str | None = None


def drivers(readings: pd.DataFrame, comparison: Comparison = "previous") -> pd.DataFrame:
    """Returns the effects of all segments for each period whose whole can be compared.

    Both periods have to be complete and to have a value. Whether the segments of a KPI can explain it at all is known
    from its definition (`Kpi.no_drivers`): pass only readings of KPIs that they explain.

    Args:
        readings: a frame of readings, of the whole and of segments, in any order.
        comparison: which earlier period each one is compared with.

    Returns:
        a frame with DRIVER_COLUMNS, one row for each segment and kind, ordered by them. `share_of_change` is NaN where
        the whole did not change. `sample_size` is the size of the group that the effect says something about: of both
        periods the smaller sample for a rate, since it compares two, else the larger.
    """
    periods = _compared_periods(readings, comparison)
    paired = _paired_segments(readings, periods)
    effects = _effects(paired)
    effects["comparison"] = comparison
    with np.errstate(divide="ignore", invalid="ignore"):
        share = effects["effect"].to_numpy() / effects["change"].to_numpy()
    effects["share_of_change"] = np.where(np.isfinite(share), share, np.nan)
    return effects[list(DRIVER_COLUMNS)].sort_values([*_SEGMENT, "kind"], ignore_index=True)


def main_drivers(effects: pd.DataFrame, unnamed: Collection[str] = (), *, most: int = MOST_NAMED) -> tuple[Driver, ...]:
    """Returns what drove one change, the largest effects of all dimensions first.

    They are those in the direction of the change that make up a part of it worth naming. A dimension with a single
    segment explains nothing: its effect is the change itself.

    Args:
        effects: rows of `drivers` of one KPI, grain and period.
        unnamed: dimensions whose segments are not named, such as people.
        most: how many to return.
    """
    segments = effects.groupby("segment_type", observed=True)["segment"].transform("nunique")
    chosen = effects[
        (effects["share_of_change"] >= SMALLEST_SHARE)
        & (effects["sample_size"] >= SMALLEST_GROUP)
        & (segments > 1)
        & ~effects["segment_type"].isin(list(unnamed))
    ]
    order = chosen.assign(size=-chosen["effect"].abs()).sort_values(["size", "segment_type", "segment", "kind"])
    names = ["segment_type", "segment", "kind", "effect", "earlier", "later"]
    return tuple(Driver(*row) for row in order[names].head(most).itertuples(index=False, name=None))


def _compared_periods(readings: pd.DataFrame, comparison: Comparison) -> pd.DataFrame:
    """Returns the whole of each period and of the one that it is compared with, where both are known."""
    is_known = np.isfinite(readings["value"].to_numpy()) & np.isfinite(readings["numerator"].to_numpy())
    is_whole = (readings["segment_type"] == "all").to_numpy() & readings["is_complete"].to_numpy()
    wholes = readings.loc[is_known & is_whole, [*_PERIOD, *_NUMBERS]]
    periods = wholes[["grain", "period_start"]].drop_duplicates()
    start_of = _EARLIER[comparison]
    starts = [start_of(row.grain, row.period_start.date()) for row in periods.itertuples()]
    periods["earlier_start"] = np.array(starts, dtype="datetime64[us]")
    compared = wholes.merge(periods, on=["grain", "period_start"])
    before = wholes.rename(columns={"period_start": "earlier_start"})
    found: pd.DataFrame = compared.merge(
        before, on=["kpi", "grain", "earlier_start"], suffixes=("_of_all", "_before_of_all")
    )
    found["change"] = found["value_of_all"] - found["value_before_of_all"]
    return found


def _paired_segments(readings: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """Returns each segment of the compared periods once, with what it was in either; 0 where it was not there."""
    columns = [*_SEGMENT, *_NUMBERS, "sample_size"]
    segments = readings.loc[(readings["segment_type"] != "all").to_numpy(), columns]
    # Nothing divided by nothing is no segment of a ratio.
    segments = segments[~((segments["numerator"] == 0) & (segments["denominator"] == 0))]
    segments = segments.assign(is_unknown=~np.isfinite(segments["value"].to_numpy()), is_there=True)
    after = periods[_PERIOD].merge(segments, on=_PERIOD)
    before = periods[[*_PERIOD, "earlier_start"]].merge(
        segments.rename(columns={"period_start": "earlier_start"}), on=["kpi", "grain", "earlier_start"]
    )
    paired = after.merge(
        before.drop(columns="earlier_start"), on=_SEGMENT, how="outer", suffixes=("", "_before")
    ).merge(periods, on=_PERIOD)
    for name in (*_NUMBERS, "sample_size"):
        paired[name] = paired[name].fillna(0.0)
        paired[f"{name}_before"] = paired[f"{name}_before"].fillna(0.0)
    for name in ("is_unknown", "is_there"):
        paired[name] = paired[name].eq(True)
        paired[f"{name}_before"] = paired[f"{name}_before"].eq(True)
    return paired


def _effects(paired: pd.DataFrame) -> pd.DataFrame:
    """Returns the effects of the segments of dimensions that add up to the whole, without what is the same for all."""

    def column(name: str) -> _Numbers:
        return paired[name].to_numpy(dtype=np.float64)

    dimension = paired.groupby(_DIMENSION, observed=True, sort=False).ngroup().to_numpy(dtype=np.intp)
    is_ratio = np.isfinite(column("denominator_of_all"))
    is_there = {"": paired["is_there"].to_numpy(), "_before": paired["is_there_before"].to_numpy()}
    is_lost = (paired["is_unknown"] | paired["is_unknown_before"]).to_numpy(copy=True)
    share, rate = {}, {}
    with np.errstate(all="ignore"):
        for when, is_present in is_there.items():
            n, d = column(f"numerator{when}"), column(f"denominator{when}")
            whole_n, whole_d = column(f"numerator{when}_of_all"), column(f"denominator{when}_of_all")
            is_lost |= ~_add_up(n, whole_n, dimension) | (is_ratio & ~_add_up(d, whole_d, dimension))
            share[when] = d / whole_d
            rate[when] = np.where(is_present, n / d, np.nan)
        # Where a segment has no rate, the one that it has.
        after, before = (
            np.where(is_there[when], rate[when], rate[other]) for when, other in (("", "_before"), ("_before", ""))
        )
        middle = column("value_of_all") / 2 + column("value_before_of_all") / 2
        of_rate = (share["_before"] + share[""]) / 2 * (after - before)
        of_mix = (before / 2 + after / 2 - middle) * (share[""] - share["_before"])
        contribution = column("numerator") - column("numerator_before")
        is_lost |= ~np.isfinite(np.where(is_ratio, of_rate + of_mix, contribution))
    is_split = np.bincount(dimension, weights=is_lost)[dimension] == 0 if dimension.size else is_lost
    in_both = is_there[""] & is_there["_before"]
    sizes = column("sample_size_before"), column("sample_size")
    larger, smaller = np.maximum(*sizes), np.minimum(*sizes)
    return pd.concat(
        [
            _rows(paired, is_split & is_ratio & in_both, "rate", of_rate, rate["_before"], rate[""], smaller),
            _rows(paired, is_split & is_ratio, "mix", of_mix, share["_before"], share[""], larger),
            _rows(
                paired,
                is_split & ~is_ratio,
                "contribution",
                contribution,
                column("numerator_before"),
                column("numerator"),
                larger,
            ),
        ]
    )


def _add_up(parts: _Numbers, whole: _Numbers, dimension: _Places) -> _Flags:
    """Whether the parts of each dimension add up to the whole, which is given for each part."""
    if not parts.size:
        return np.zeros(0, dtype=np.bool_)
    total = np.bincount(dimension, weights=parts)[dimension]
    size = np.bincount(dimension, weights=np.abs(parts))[dimension]
    is_equal: _Flags = np.abs(total - whole) <= _ROUNDING * np.maximum(size, np.abs(whole))
    return is_equal


def _rows(
    paired: pd.DataFrame,
    is_chosen: _Flags,
    kind: Kind,
    effect: _Numbers,
    earlier: _Numbers,
    later: _Numbers,
    sample_size: _Numbers,
) -> pd.DataFrame:
    found = {"kind": kind, "effect": effect, "earlier": earlier, "later": later, "sample_size": sample_size}
    return paired[[*_SEGMENT, "change"]].assign(**found)[is_chosen]
