"""`stale`: no newer data than the given age."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from pydantic import model_validator
from pydantic.json_schema import JsonSchemaValue

from pipelines.kpis import Grain, Kpi
from pipelines.watch.amount import Amount, read_duration
from pipelines.watch.conditions.levels import Levels
from pipelines.watch.history import series_numbers
from pipelines.watch.limit import Limit
from pipelines.watch.mistake import Mistake
from pipelines.watch.reading import NUMBER_COLUMNS

_DAY = timedelta(days=1)
# A segment without data for longer has ended, as one without values has; the whole does not end.
_ENDED_AFTER = 92


class Stale(Levels[Amount]):
    """How old the newest data of a series may get.

    What is compared with the limit is not the KPI but an age, a value for each day: the time from the end of the newest
    day with data to now, at most to the end of the day. A day is judged once, as soon as its verdict is certain: it is
    stale when the age is exceeded, and it is not once there is data so new that the age cannot be exceeded any more.
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
            label_fr=f"Âge des données de {kpi.label_fr}",
            unit="seconds",
            direction="down",
            benchmarks=(),
            lowest=0,
            highest=None,
            interval="none",
        )

    def judged(self, readings: pd.DataFrame, now: datetime) -> pd.DataFrame:
        """Returns the age of the data of each series on each day, from its first data to the day of `now`."""
        has_data = (readings["sample_size"] > 0).to_numpy() & readings["value"].notna().to_numpy()
        days = readings["period_start"].to_numpy().astype("datetime64[D]")
        today = np.datetime64(now.date())
        # Data dated in the future is a mistake, and none of today.
        has_data &= days <= today
        numbers = series_numbers(readings)
        frames = []
        for number in np.unique(numbers[has_data]).tolist():
            of_series = has_data & (numbers == number)
            first = int(np.flatnonzero(numbers == number)[0])
            frames.append(self._ages(readings.iloc[[first]], days[of_series], now))
        if not frames:
            return readings.iloc[:0]
        found = pd.concat(frames, ignore_index=True)
        for name in ("kpi", "grain", "segment_type", "segment"):
            found[name] = pd.Categorical(found[name], categories=readings[name].cat.categories)
        return found[list(readings.columns)]

    def mistakes(self, kpi: Kpi, grain: Grain, clear: object) -> Iterator[Mistake]:
        """Yields other grains than days, and KPIs that have a value without any event."""
        yield from super().mistakes(kpi, grain, clear)
        if grain != "day":
            yield Mistake(("grain",), "the age of data is counted in days: write grain: day", ("day",), grain)
        if "the period's end" in kpi.dated_by:
            message = f"{kpi.name} has a value at the end of every period, with or without data: watch a KPI of events"
            yield Mistake((self.key,), message)

    def _ages(
        self, names: pd.DataFrame, with_data: "np.ndarray[tuple[int], np.dtype[np.datetime64]]", now: datetime
    ) -> pd.DataFrame:
        """Returns the readings of one series; `names` is a reading of it and `with_data` are its days with data."""
        today = now.date()
        days = np.arange(with_data[0], np.datetime64(today) + 1)
        newest = with_data[np.searchsorted(with_data, days, side="right") - 1]
        ages = (days - newest) / np.timedelta64(1, "s")
        if str(names["segment_type"].iloc[0]) != "all":
            ages[(days - newest).astype(np.int64) > _ENDED_AFTER] = 0.0
        is_complete = np.ones(days.size, dtype=np.bool_)
        age_now = _age(newest[-1].item(), now)
        if ages[-1] > float(self.mildest):
            # Today is only so far on.
            is_complete[-1] = age_now > float(self.mildest)
            ages[-1] = age_now
        columns = {name: np.repeat(names[name].to_numpy(), days.size) for name in names.columns}
        columns |= {name: np.full(days.size, np.nan) for name in NUMBER_COLUMNS}
        columns |= {"period_start": days.astype("datetime64[us]"), "value": ages, "is_complete": is_complete}
        return pd.DataFrame(columns)


def _age(newest: date, now: datetime) -> float:
    """Returns the seconds from the end of a day to now, by the clock of `now`."""
    end = datetime.combine(newest + _DAY, time.min)
    return max((now.replace(tzinfo=None) - end).total_seconds(), 0.0)
