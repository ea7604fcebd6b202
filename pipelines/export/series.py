"""The series of an export: the values of one KPI for one segment over the periods."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import cast

import pandas as pd

from pipelines.kpis import Grain, Kpi, next_period

SERIES_KEY = ["kpi", "segment_type", "segment"]
VALUE_COLUMNS = ("value", "previous_value", "previous_year_value", "target")

SeriesKey = tuple[str, str, str]

SECONDS_PER_DAY = 86_400.0


def series_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Returns the key of each series (`SERIES_KEY`), in the order of the rows."""
    return rows[SERIES_KEY].drop_duplicates(ignore_index=True)


def last_day(grain: Grain, period_start: date) -> date:
    """Returns the last day of a period."""
    return next_period(grain, period_start) - timedelta(days=1)


def as_day(moment: date) -> date:
    """Returns the day of a date that may have come from the ledger or a frame with a time."""
    return moment.date() if isinstance(moment, datetime) else moment


def by_kpi(rows: pd.DataFrame) -> Mapping[str, pd.DataFrame]:
    """Returns the rows of each KPI that has any, in their order."""
    return {cast("str", name): of_kpi for name, of_kpi in rows.groupby("kpi", sort=False)}


def side_by_side(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Returns one row for each series, in the order of the rows, with the numbers of `column` by period.

    The index is the key of the series, the columns are the periods in ascending order.
    """
    table = rows.pivot(index=SERIES_KEY, columns="period_start", values=column)
    return table.reindex(pd.MultiIndex.from_frame(series_of(rows)))


def series_with_values(rows: pd.DataFrame) -> Mapping[str, Sequence[SeriesKey]]:
    """Returns the keys of each KPI's series that have a value in some period, in the order of the rows."""
    series = by_kpi(series_of(rows[rows["value"].notna()]))
    return {name: list(of_kpi.itertuples(index=False, name=None)) for name, of_kpi in series.items()}


def latest_of_each(rows: pd.DataFrame) -> pd.DataFrame:
    """Returns one row for each series, in the order of the rows: that of the KPI's latest period.

    A series that has no row for that period has missing values in all columns but its key and `period_start`.
    """
    latest = rows.groupby("kpi")["period_start"].transform("max")
    series = rows.assign(period_start=latest)[[*SERIES_KEY, "period_start"]].drop_duplicates(ignore_index=True)
    return series.merge(rows, how="left", on=[*SERIES_KEY, "period_start"])


def in_cell(number: float, kpi: Kpi) -> float:
    """Returns a number in a KPI's unit as a cell holds it."""
    if kpi.unit == "seconds":
        return number / SECONDS_PER_DAY
    # Rounded: 0.07 would be 7.000000000000001 points.
    return round(number * 100, 10) if kpi.shown_unit == "points" else number


def from_cell(number: float, kpi: Kpi) -> float:
    """Returns the number in a KPI's unit that a cell holds."""
    if kpi.unit == "seconds":
        return number * SECONDS_PER_DAY
    return number / 100 if kpi.shown_unit == "points" else number


def in_cells(rows: pd.DataFrame, kpis: Sequence[Kpi]) -> pd.DataFrame:
    """Returns the rows with the numbers of `VALUE_COLUMNS` as cells hold them, and with the column `change`."""
    units = rows["kpi"].map({kpi.name: kpi.unit for kpi in kpis})
    shown = rows["kpi"].map({kpi.name: kpi.shown_unit for kpi in kpis})
    numbers = {name: in_unit_of_cells(rows[name], shown) for name in VALUE_COLUMNS}
    return rows.assign(change=changes(rows, units), **numbers)


def in_unit_of_cells(numbers: pd.Series, units: pd.Series) -> pd.Series:
    """Returns numbers as cells hold them: durations in days, not in seconds, and points as such.

    A share becomes a percentage by the format of its cell, which for points would show the sign of a percentage.
    """
    return numbers.where(units != "seconds", numbers / SECONDS_PER_DAY).where(units != "points", numbers * 100)


def changes(rows: pd.DataFrame, units: pd.Series) -> pd.Series:
    """Returns the changes from `previous_value` to `value`.

    They are in points for shares and scores, and fractions of the previous value for all other units. A change is
    missing where a value is missing, and where a percentage would be one of zero.
    """
    difference = rows["value"] - rows["previous_value"]
    previous = rows["previous_value"].abs()
    relative = difference / previous.where(previous > 0)
    return relative.mask(units == "score", difference).mask(units == "ratio", difference * 100)
