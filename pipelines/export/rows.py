"""The rows of an export: the last complete periods of its KPIs, read from the warehouse as a frame."""

from collections.abc import Collection, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from pipelines.export.errors import ExportError
from pipelines.export.settings import Export
from pipelines.kpis import Grain

ROW_TYPES: Mapping[str, str] = {
    "kpi": "str",
    "grain": "str",
    "period_start": "datetime64[us]",
    "segment_type": "str",
    "segment": "str",
    "value": "float64",
    "numerator": "float64",
    "denominator": "float64",
    "sample_size": "Int64",
    "ci_low": "float64",
    "ci_high": "float64",
    "previous_value": "float64",
    "previous_year_value": "float64",
    "target": "float64",
    "status": "str",
}
"""The columns of the rows and their types. A missing value is NaN or NA, never zero; numbers are finite."""

_NUMBERS = tuple(name for name, type_ in ROW_TYPES.items() if type_ == "float64")

_PERIOD_LENGTHS: Mapping[Grain, str] = {
    "day": "1 day",
    "week": "7 days",
    "month": "1 month",
    "quarter": "3 months",
    "year": "1 year",
}


def read_rows(connection: duckdb.DuckDBPyConnection, export: Export, *, tick: datetime, timezone: str) -> pd.DataFrame:
    """Returns the last complete periods of each KPI of an export, with the columns and types of `ROW_TYPES`.

    A period that was complete only after the tick is omitted even if it is complete by now. An export that runs late,
    or again, therefore holds the same periods. KPIs are in the order of the export. For each KPI the whole (`all`)
    comes first, then the dimensions in `by`; periods are in ascending order. Values are in the KPI's unit.

    Args:
        connection: a connection to the warehouse.
        export: the settings of the export.
        tick: the moment of the schedule that the export is for, aware.
        timezone: the company's time zone, in which periods end.

    Raises:
        ExportError: the catalogue `dim_kpi` lacks a KPI, a table is missing, or a value is infinite or not a number.
    """
    _check_kpis(connection, export)
    columns = ", ".join(f"cast({name} as double) as {name}" if name in _NUMBERS else name for name in ROW_TYPES)
    # In a frame, NaN stands for NULL: a value that is not finite has to be found before.
    not_finite = " ".join(f"when not isfinite(cast({name} as double)) then '{name}'" for name in _NUMBERS)
    found = _fetch(
        connection,
        export,
        f"""
        with complete as (
            select
                {columns},
                case {not_finite} end as not_finite,
                dense_rank() over (partition by kpi order by period_start desc) as age
            from fct_kpi
            inner join (select kpi, maturity_days from dim_kpi) using (kpi)
            where list_contains($kpis, kpi) and grain = $grain and list_contains($segment_types, segment_type)
                and is_complete
                and cast(period_start + interval '{_PERIOD_LENGTHS[export.grain]}' as date) + maturity_days <= $today
        )
        select * exclude (age) from complete where age <= $periods
        order by list_position($kpis, kpi), list_position($segment_types, segment_type), segment, period_start
        """,
        {
            "kpis": export.kpis,
            "grain": export.grain,
            "segment_types": ["all", *export.by],
            "today": tick.astimezone(ZoneInfo(timezone)).date(),
            "periods": export.periods,
        },
    )
    _check_numbers(export, found)
    return found[list(ROW_TYPES)].astype(dict(ROW_TYPES))


def read_segment_names(
    connection: duckdb.DuckDBPyConnection, export: Export, *, hidden: Collection[str]
) -> Mapping[tuple[str, str], str]:
    """Returns the names of the export's segments that are ids, by segment type and segment; ids of one name have none.

    Args:
        connection: a connection to the warehouse.
        export: the settings of the export.
        hidden: the segment types whose names are not shown, because they are those of people.

    Raises:
        ExportError: the tables cannot be read.
    """
    dimensions = [name for name in export.by if name not in hidden]
    if not dimensions:
        return {}
    names = _fetch(
        connection,
        export,
        """
        select segment_type, segment, name from dim_segment
        where list_contains($dimensions, segment_type) and name is not null and trim(name) <> ''
        qualify count(*) over (partition by segment_type, name) = 1
        """,
        {"dimensions": dimensions},
    )
    return {(dimension, segment): name for dimension, segment, name in names.to_numpy().tolist()}


def _check_kpis(connection: duckdb.DuckDBPyConnection, export: Export) -> None:
    known = set(_fetch(connection, export, "select kpi from dim_kpi", {})["kpi"])
    missing = [name for name in export.kpis if name not in known]
    if missing:
        raise ExportError(f"export '{export.name}': the catalogue (dim_kpi) has no KPI {', '.join(missing)}")


def _check_numbers(export: Export, rows: pd.DataFrame) -> None:
    odd = rows[rows["not_finite"].notna()]
    if odd.empty:
        return
    row = odd.iloc[0]
    column = row["not_finite"]
    raise ExportError(
        f"export '{export.name}': {column} of {row['kpi']} ({row['segment_type']} {row['segment']}, {row['grain']} of "
        f"{row['period_start']:%Y-%m-%d}) is {row[column]}, which is not a number; fix the KPI's formula"
    )


def _fetch(
    connection: duckdb.DuckDBPyConnection, export: Export, sql: str, parameters: Mapping[str, object]
) -> pd.DataFrame:
    try:
        return connection.execute(sql, parameters).df()
    except duckdb.CatalogException as error:
        raise ExportError(
            f"export '{export.name}': the warehouse lacks a table; run `vigie run` first ({_first_line(error)})"
        ) from error
    except duckdb.Error as error:
        raise ExportError(f"export '{export.name}': the warehouse cannot be read: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
