"""Schema `control` of the warehouse: what dbt must know of the run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from pipelines.warehouse.connection import connect


@dataclass(frozen=True, slots=True)
class Coverage:
    """Up to which moment a source's entity has been loaded; None if it never was."""

    source: str
    entity: str
    loaded_until: datetime | None


@dataclass(frozen=True, slots=True)
class Target:
    """A KPI's target from a day on, in the KPI's unit."""

    kpi: str
    valid_from: date
    target: float


@dataclass(frozen=True, slots=True)
class KpiParameter:
    """A value of a KPI's parameter as text; of a list, one of its values. `kpi` is the KPI that declares it."""

    kpi: str
    parameter: str
    value: str


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column of an entity that extracts of a source were mapped to, filled or not."""

    source: str
    entity: str
    column: str


@dataclass(frozen=True, slots=True)
class RunContext:
    """What one build needs to know: the moment that counts as now (aware) and the company's context."""

    as_of: datetime
    timezone: str
    currency: str
    sector: str | None
    coverage: Sequence[Coverage]
    targets: Sequence[Target]
    kpi_parameters: Sequence[KpiParameter]
    mapped_columns: Sequence[MappedColumn]


def write_run_context(path: Path, context: RunContext) -> None:
    """Replaces the tables of schema `control` by what dbt must know of the run."""
    with connect(path) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS control")
        connection.execute("BEGIN")
        connection.execute(
            "CREATE OR REPLACE TABLE control.run AS SELECT CAST($as_of AS TIMESTAMPTZ) AS as_of,"
            " CAST($timezone AS VARCHAR) AS timezone, CAST($currency AS VARCHAR) AS currency,"
            " CAST($sector AS VARCHAR) AS sector",
            {
                "as_of": context.as_of,
                "timezone": context.timezone,
                "currency": context.currency,
                "sector": context.sector,
            },
        )
        _replace_table(
            connection,
            "control.coverage",
            "source VARCHAR, entity VARCHAR, covers_until TIMESTAMPTZ",
            [(row.source, row.entity, row.loaded_until) for row in context.coverage],
        )
        _replace_table(
            connection,
            "control.kpi_target",
            "kpi VARCHAR, valid_from DATE, target DOUBLE",
            [(row.kpi, row.valid_from, row.target) for row in context.targets],
        )
        _replace_table(
            connection,
            "control.mapped_column",
            "source VARCHAR, entity VARCHAR, column_name VARCHAR",
            [(row.source, row.entity, row.column) for row in context.mapped_columns],
        )
        _replace_table(
            connection,
            "control.kpi_parameter",
            "kpi VARCHAR, parameter VARCHAR, value VARCHAR",
            [(row.kpi, row.parameter, row.value) for row in context.kpi_parameters],
        )
        connection.execute("COMMIT")


def _replace_table(
    connection: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Sequence[tuple[object, ...]]
) -> None:
    connection.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        connection.executemany(f"INSERT INTO {name} VALUES ({marks})", [list(row) for row in rows])
