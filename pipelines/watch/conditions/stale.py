"""`stale`: no newer data than the given age."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import model_validator
from pydantic.json_schema import JsonSchemaValue

from pipelines.kpis import Grain, Kpi
from pipelines.watch.amount import Amount, read_duration
from pipelines.watch.conditions.levels import Levels
from pipelines.watch.history import series_numbers
from pipelines.watch.limit import Limit
from pipelines.watch.mistake import Mistake
from pipelines.watch.reading import NAME_COLUMNS, NUMBER_COLUMNS, READING_COLUMNS

_SECONDS = 86_400
# A segment without data for longer has ended, as one without values has; the whole does not end.
_ENDED_AFTER = 92


class Stale(Levels[Amount]):
    """How old the newest data of a series may get.

    What is compared with the limit is not the KPI but an age, a value for each day: the time from the end of the newest
    day with data to now, at most to the end of the day. A day is evaluated once, as soon as its verdict is certain: it
    is stale when the age is exceeded, and it is not once there is data so new that the age cannot be exceeded any more.
    """

    key: ClassVar[str] = "stale"
    description: ClassVar[str] = "fires when there is no newer data than this: 2d, 36h; with grain: day"
    position: ClassVar[int] = 8
    level_schema: ClassVar[JsonSchemaValue] = {"type": "string", "pattern": r"^\s*(\d+\.?\d*|\.\d+)\s*[smhdSMHD]\s*$"}
    measures_kpi: ClassVar[bool] = False

    @model_validator(mode="after")
    def _critical_is_older(self) -> Self:
        if self.warn is not None and self.critical is not None and self.critical < self.warn:
            raise ValueError(
                f"critical ({self.critical.written}) must not be less than warn ({self.warn.written}): "
                "data that gets older meets warn first"
            )
        return self

    @classmethod
    def read_level(cls, given: object) -> Amount:
        """Returns the age that a person wrote."""
        read_duration(given)
        return Amount.read(given)

    def level_limits(self, level: Amount, readings: pd.DataFrame, kpi: Kpi) -> tuple[Limit, ...]:
        """Returns the same age for all days."""
        return (Limit("above", float(level)),)

    def level_amounts(self, level: Amount) -> tuple[Amount, ...]:
        """Returns nothing: an age is not a value of the KPI."""
        return ()

    def subject(self, kpi: Kpi) -> Kpi:
        """Returns the age of the data as a KPI."""
        return replace(
            kpi,
            label_en=f"Age of the data of {kpi.label_en}",
            label_fr=f"Âge des données pour {kpi.label_fr}",
            unit="seconds",
            direction="down",
            benchmarks=(),
            lowest=0,
            highest=None,
            interval="none",
        )

    def compared(self, readings: pd.DataFrame, now: datetime) -> pd.DataFrame:
        """Returns the age of the data of each series on each day, from its first data to the day of `now`."""
        today = now.date()
        days = readings["period_start"].to_numpy().astype("datetime64[D]").astype(np.int64)
        last = int(np.datetime64(today).astype(np.int64))
        # Data dated in the future is a mistake, and none of today.
        is_data = (readings["sample_size"] > 0).to_numpy() & (days <= last)
        rows = np.flatnonzero(is_data)
        if rows.size == 0:
            return readings.iloc[:0]
        _, first, number = np.unique(series_numbers(readings)[rows], return_index=True, return_inverse=True)
        lengths = last - days[rows[first]] + 1
        ends = np.cumsum(lengths)
        begins = ends - lengths
        # The place of each day in the new frame, and that of the newest day with data up to it.
        places = np.arange(ends[-1])
        newest = np.zeros(places.size, dtype=np.int64)
        with_data = begins[number] + days[rows] - days[rows[first]][number]
        newest[with_data] = with_data
        old = places - np.maximum.accumulate(newest)
        ages = np.where(self._has_ended(readings, old), 0.0, old * float(_SECONDS))
        is_complete = np.ones(places.size, dtype=np.bool_)
        # Today is only so far on: its age is that of now, and is certain once it is too old, or cannot get too old.
        is_open = np.zeros(places.size, dtype=np.bool_)
        is_open[ends - 1] = ages[ends - 1] > float(self.mildest)
        since_midnight = (now.replace(tzinfo=None) - datetime.combine(today, time.min)).total_seconds()
        ages[is_open] -= _SECONDS - since_midnight
        is_complete[is_open] = ages[is_open] > float(self.mildest)
        columns: dict[str, object] = {
            name: _repeated(readings[name].iloc[rows[first]], lengths) for name in NAME_COLUMNS
        }
        columns |= {name: np.full(places.size, np.nan) for name in NUMBER_COLUMNS}
        starts = (days[rows[first]].repeat(lengths) + places - begins.repeat(lengths)).astype("datetime64[D]")
        columns |= {"period_start": starts.astype("datetime64[us]"), "value": ages, "is_complete": is_complete}
        return pd.DataFrame({name: columns[name] for name in READING_COLUMNS})

    def mistakes(self, kpi: Kpi, grain: Grain, clear: object) -> Iterator[Mistake]:
        """Yields other grains than days, and KPIs that have a value without any event."""
        yield from super().mistakes(kpi, grain, clear)
        if grain != "day":
            yield Mistake(("grain",), "the age of data is counted in days: write grain: day", ("day",), grain)
        if "the period's end" in kpi.dated_by:
            message = f"{kpi.name} has a value at the end of every period, with or without data: watch a KPI of events"
            yield Mistake((self.key,), message)

    def _has_ended(self, readings: pd.DataFrame, old: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_] | np.bool_:
        """Returns which days are those of a segment that has had no data for `old` days, so that it has ended."""
        is_whole = str(readings["segment_type"].iloc[0]) == "all"
        return np.False_ if is_whole else old > _ENDED_AFTER


def _repeated(names: "pd.Series[str]", lengths: npt.NDArray[np.int64]) -> "pd.Categorical[str]":
    """Returns names of series, each as often as its series has days."""
    return pd.Categorical.from_codes(names.cat.codes.to_numpy().repeat(lengths), categories=names.cat.categories)
