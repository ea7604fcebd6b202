"""The rows of an export: the last complete periods of its KPIs, read from the warehouse."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from pipelines.export.errors import ExportError
from pipelines.export.settings import Export
from pipelines.kpis import Grain

_LENGTHS: Mapping[Grain, str] = {
    "day": "1 day",
    "week": "7 days",
    "month": "1 month",
    "quarter": "3 months",
    "year": "1 year",
}


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One value of one KPI, as it is in `fct_kpi`; units as in `Kpi`. None is 'no value', never zero."""

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
    previous_value: float | None
    previous_year_value: float | None
    target: float | None
    status: str | None


_NUMBERS = tuple(field.name for field in fields(ExportRow) if field.type == float | None)


def export_rows(
    connection: duckdb.DuckDBPyConnection, export: Export, *, tick: datetime, timezone: str
) -> list[ExportRow]:
    """What `export` holds at `tick` (aware): for each of its KPIs the last `periods` complete periods that it has.

    Periods are those of the company's `timezone`; one that was complete only after the tick is left out even if it is
    complete by now, so that a run made late, or made again, tells of the same periods. Rows of the whole (`all`) come
    first, then those of the dimensions in `by`; KPIs are in the order of the export, periods from old to new.

    Raises:
        ExportError: a KPI is not in the catalogue `dim_kpi`, a table is not there, or a value is infinite or no
            number.
    """
    columns = ", ".join(f"cast({name} as double) as {name}" if name in _NUMBERS else name for name in _names())
    known = _fetch(connection, export, "select kpi from dim_kpi", {})
    missing = [name for name in export.kpis if (name,) not in known]
    if missing:
        raise ExportError(f"export '{export.name}': the catalogue (dim_kpi) has no KPI {', '.join(missing)}")
    found = _fetch(
        connection,
        export,
        f"""
        with complete as (
            select {columns}, dense_rank() over (partition by kpi order by period_start desc) as age
            from fct_kpi
            inner join (select kpi, maturity_days from dim_kpi) using (kpi)
            where list_contains($kpis, kpi) and grain = $grain and list_contains($segment_types, segment_type)
                and is_complete
                and cast(period_start + interval '{_LENGTHS[export.grain]}' as date) + maturity_days <= $today
        )
        select {", ".join(_names())} from complete where age <= $periods
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
    rows = [ExportRow(*row) for row in found]
    for row in rows:
        _refuse_what_is_no_number(export, row)
    return rows


def _names() -> Sequence[str]:
    return [field.name for field in fields(ExportRow)]


def _fetch(
    connection: duckdb.DuckDBPyConnection, export: Export, sql: str, parameters: Mapping[str, object]
) -> list[tuple[Any, ...]]:
    try:
        return connection.execute(sql, parameters).fetchall()
    except duckdb.CatalogException as error:
        raise ExportError(
            f"export '{export.name}': the warehouse lacks a table; run `vigie run` first ({_first_line(error)})"
        ) from error
    except duckdb.Error as error:
        raise ExportError(f"export '{export.name}': the warehouse could not be read: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _refuse_what_is_no_number(export: Export, row: ExportRow) -> None:
    for name in _NUMBERS:
        number = getattr(row, name)
        if number is not None and not math.isfinite(number):
            raise ExportError(
                f"export '{export.name}': {name} of {row.kpi} ({row.segment_type} {row.segment}, {row.grain} of "
                f"{row.period_start}) is {number}, which is no number; mend the KPI's formula"
            )
