"""The series of an export: the values of one KPI for one segment over the periods."""

from collections.abc import Sequence
from typing import TypeVar

import pandas as pd

from pipelines.kpis import Unit

SERIES_KEY = ["kpi", "segment_type", "segment"]

_SECONDS_PER_DAY = 86_400
# Changes of these units are differences; changes of all others are percentages.
_COMPARED_IN_POINTS: frozenset[Unit] = frozenset({"ratio", "score"})

SeriesKey = tuple[str, str, str]
Numbers = TypeVar("Numbers", pd.Series, pd.DataFrame)


def series_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Returns the key of each series (`SERIES_KEY`), in the order of the rows."""
    return rows[SERIES_KEY].drop_duplicates(ignore_index=True)


def side_by_side(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Returns one row for each series, in the order of the rows, with the numbers of `column` by period.

    The index is the key of the series, the columns are the periods in ascending order.
    """
    table = rows.pivot(index=SERIES_KEY, columns="period_start", values=column)
    return table.reindex(pd.MultiIndex.from_frame(series_of(rows)))


def series_with_values(rows: pd.DataFrame, kpi: str) -> Sequence[SeriesKey]:
    """Returns the keys of a KPI's series that have a value in some period, in the order of the rows."""
    series = series_of(rows[(rows["kpi"] == kpi) & rows["value"].notna()])
    return list(series.itertuples(index=False, name=None))


def latest_of_each(rows: pd.DataFrame) -> pd.DataFrame:
    """Returns one row for each series, in the order of the rows: that of the KPI's latest period.

    A series that has no row for that period has missing values in all columns but its key and `period_start`.
    """
    latest = rows.groupby("kpi")["period_start"].transform("max")
    series = rows.assign(period_start=latest)[[*SERIES_KEY, "period_start"]].drop_duplicates(ignore_index=True)
    return series.merge(rows, how="left", on=[*SERIES_KEY, "period_start"])


def changes(rows: pd.DataFrame, unit: Unit) -> pd.Series:
    """Returns the changes from `previous_value` to `value` for rows of KPIs of one unit.

    They are in points for shares and scores, and fractions of the previous value for all other units. A change is
    missing where a value is missing, and where a percentage would be one of zero.
    """
    difference = rows["value"] - rows["previous_value"]
    if unit in _COMPARED_IN_POINTS:
        return difference * 100 if unit == "ratio" else difference
    previous = rows["previous_value"].abs()
    return difference / previous.where(previous > 0)


def in_cells(numbers: Numbers, unit: Unit) -> Numbers:
    """Returns numbers of KPIs of one unit as cells hold them: a spreadsheet has durations in days, not in seconds."""
    return numbers / _SECONDS_PER_DAY if unit == "seconds" else numbers
