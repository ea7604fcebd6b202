"""Readings: the rows of `fct_kpi` as the watch sees them, one by one or as a frame."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.kpis import Grain


class Series(NamedTuple):
    """What a rule follows through time: one segment of one KPI at one grain."""

    rule: str
    kpi: str
    grain: Grain
    segment_type: str
    segment: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A KPI's value in one period of one segment; units as in `Kpi`."""

    kpi: str
    grain: Grain
    period_start: date
    segment_type: str
    segment: str
    value: float | None
    numerator: float | None
    denominator: float | None
    sample_size: int | None
    ci_low: float | None
    ci_high: float | None
    is_complete: bool
    previous_value: float | None = None
    previous_year_value: float | None = None
    target: float | None = None


# A frame of readings has one row a reading, in the order of NAME_COLUMNS and period_start, and these columns.
READING_COLUMNS = tuple(field.name for field in fields(Reading))
# Categorical: a series repeats its names in every period.
NAME_COLUMNS = ("kpi", "grain", "segment_type", "segment")
# float64; what is missing is NaN.
NUMBER_COLUMNS = (
    "value", "numerator", "denominator", "sample_size", "ci_low", "ci_high", "previous_value", "previous_year_value",
    "target",
)  # fmt: skip


def frame_of(readings: Iterable[Reading]) -> pd.DataFrame:
    """Returns readings as a frame, in the order in which they are given."""
    rows = list(readings)
    return pd.DataFrame({name: _column(name, [getattr(row, name) for row in rows]) for name in READING_COLUMNS})


def readings_in(frame: pd.DataFrame) -> list[Reading]:
    """Returns the rows of a frame of readings."""
    columns = {name: frame[name].tolist() for name in READING_COLUMNS}
    for name in NUMBER_COLUMNS:
        columns[name] = [number_or_none(value) for value in columns[name]]
    columns["sample_size"] = [None if size is None else int(size) for size in columns["sample_size"]]
    columns["period_start"] = [moment.date() for moment in columns["period_start"]]
    return [Reading(*row) for row in zip(*columns.values(), strict=True)]


def number_or_none(value: float) -> float | None:
    """Returns a number of a frame as readings have it: None instead of NaN."""
    return None if math.isnan(value) else value


def _column(name: str, values: list[Any]) -> pd.Categorical | npt.NDArray[Any]:
    if name in NAME_COLUMNS:
        return pd.Categorical(values)
    if name in NUMBER_COLUMNS:
        return np.array(values, dtype=np.float64)
    return np.array(values, dtype="datetime64[us]" if name == "period_start" else np.bool_)
