"""Schema `control` of the warehouse: the facts of the run that dbt reads."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from pipelines.kpis import Grain
from pipelines.kpis.rfm import Band
from pipelines.storage.sql import file_literal, like_pattern
from pipelines.warehouse.connection import connect, moment_at


@dataclass(frozen=True, slots=True)
class Coverage:
    """Up to which moment a source's entity has been loaded; None if it never was.

    `archived_until` is the newest moment in any row of an archive, whose rows were old when they were loaded; None if
    it is none.
    """

    source: str
    entity: str
    loaded_until: datetime | None
    archived_until: datetime | None


@dataclass(frozen=True, slots=True)
class IdSpace:
    """The source whose ids of customers, agents and campaigns a source uses: itself by default."""

    source: str
    id_space: str


@dataclass(frozen=True, slots=True)
class Target:
    """A KPI's target from a day on, in the KPI's unit; for the periods of one grain or, without one, of all."""

    kpi: str
    grain: Grain | None
    valid_from: date
    target: float


@dataclass(frozen=True, slots=True)
class KpiParameter:
    """A value of a KPI's parameter as text; of a list, one of its values. `kpi` is the KPI that declares it."""

    kpi: str
    parameter: str
    value: str


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """A span in which a calendar is open, and the open seconds before it; moments are aware.

    Those of one calendar begin at different moments. From its last one on, whose `seconds_before` is None, nothing is
    known.
    """

    calendar: str
    calendar_number: int
    opens_at: datetime
    closes_at: datetime
    seconds_before: int | None


@dataclass(frozen=True, slots=True)
class TeamCalendar:
    """The calendar that a team works by; `team` None is every team that has none of its own, and no team."""

    team: str | None
    calendar: str
    calendar_number: int


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column of an entity that extracts of a source were mapped to, filled or not."""

    source: str
    entity: str
    column: str


@dataclass(frozen=True, slots=True)
class DeclaredDelivery:
    """What the settings say of a source's column: that it delivers it, or that it does not."""

    source: str
    column: str
    is_delivered: bool


@dataclass(frozen=True, slots=True)
class Increment:
    """What the last build had of a source's entity, whose table this build extends.

    `built_sequence` is the largest number of a load that was built, `built_as_of` (aware) the moment that counted as
    now.
    """

    entity: str
    source: str
    built_sequence: int
    built_as_of: datetime


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """One load of a stream: when it was loaded (aware), up to when its data is complete, and its counts of rows.

    `newest_at` is the latest moment in any of its rows; None if they have none, or if its load was deleted since.
    `delivery` identifies its files, None if it has none. `is_counted` says whether its records count as delivered; they
    do not where a later load took its place.
    """

    source: str
    stream: str
    entity: str
    loaded_at: datetime
    loaded_until: datetime
    rows: int
    duplicates: int
    quarantined: int
    deleted: int
    filtered: int
    newest_at: datetime | None
    delivery: str | None
    is_counted: bool


@dataclass(frozen=True, slots=True)
class LoadLog:
    """A Parquet file with the counts of earlier loads of a stream, in the columns of `LoadCounts` but three."""

    entity: str
    file: Path


@dataclass(frozen=True, slots=True)
class RunContext:
    """What one build needs to know: the moment that counts as now (aware), the company's context and the loads.

    `ignored_emails` are patterns of addresses that identify nobody, in which * stands for any characters.
    """

    as_of: datetime
    timezone: str
    currency: str
    sector: str | None
    id_spaces: Sequence[IdSpace]
    ignored_emails: Sequence[str]
    coverage: Sequence[Coverage]
    targets: Sequence[Target]
    kpi_parameters: Sequence[KpiParameter]
    rfm_bands: Sequence[Band]
    team_calendars: Sequence[TeamCalendar]
    business_hours: Sequence[OpenSpan]
    mapped_columns: Sequence[MappedColumn]
    declared_deliveries: Sequence[DeclaredDelivery]
    loads: Sequence[LoadCounts]
    load_logs: Sequence[LoadLog]
    increments: Sequence[Increment] = ()


def write_run_context(path: Path, context: RunContext) -> None:
    """Replaces the tables of schema `control` by the facts of the run."""
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
            "control.source",
            "source VARCHAR, id_space VARCHAR",
            [(row.source, row.id_space) for row in context.id_spaces],
        )
        _replace_table(
            connection,
            "control.increment",
            "entity VARCHAR, source VARCHAR, built_sequence BIGINT, built_as_of TIMESTAMPTZ",
            [astuple(row) for row in context.increments],
        )
        _replace_table(
            connection,
            "control.ignored_email",
            "pattern VARCHAR",
            [(like_pattern(pattern),) for pattern in context.ignored_emails],
        )
        _replace_table(
            connection,
            "control.coverage",
            "source VARCHAR, entity VARCHAR, loaded_until TIMESTAMPTZ, archived_until TIMESTAMPTZ",
            [astuple(row) for row in context.coverage],
        )
        _replace_table(
            connection,
            "control.kpi_target",
            "kpi VARCHAR, grain VARCHAR, valid_from DATE, target DOUBLE",
            [astuple(row) for row in context.targets],
        )
        _replace_table(
            connection,
            "control.mapped_column",
            "source VARCHAR, entity VARCHAR, column_name VARCHAR",
            [(row.source, row.entity, row.column) for row in context.mapped_columns],
        )
        _replace_table(
            connection,
            "control.declared_delivery",
            "source VARCHAR, column_name VARCHAR, is_delivered BOOLEAN",
            [(row.source, row.column, row.is_delivered) for row in context.declared_deliveries],
        )
        _replace_table(
            connection,
            "control.kpi_parameter",
            "kpi VARCHAR, parameter VARCHAR, value VARCHAR",
            [(row.kpi, row.parameter, row.value) for row in context.kpi_parameters],
        )
        _replace_table(
            connection,
            "control.rfm_band",
            "axis VARCHAR, score INTEGER, lower_limit DOUBLE, upper_limit DOUBLE",
            [astuple(row) for row in context.rfm_bands],
        )
        _replace_table(
            connection,
            "control.team_calendar",
            "team VARCHAR, calendar VARCHAR, calendar_number BIGINT",
            [astuple(row) for row in context.team_calendars],
        )
        _replace_table(
            connection,
            "control.business_hours",
            "calendar VARCHAR, calendar_number BIGINT, opens_at TIMESTAMPTZ, closes_at TIMESTAMPTZ,"
            " seconds_before BIGINT",
            [astuple(row) for row in context.business_hours],
        )
        _replace_table(
            connection,
            "control.load",
            "source VARCHAR, stream VARCHAR, entity VARCHAR, loaded_at TIMESTAMPTZ, loaded_until TIMESTAMPTZ,"
            " rows BIGINT, duplicates BIGINT, quarantined BIGINT, deleted BIGINT, filtered BIGINT,"
            " newest_at TIMESTAMPTZ, delivery VARCHAR, is_counted BOOLEAN",
            [astuple(load) for load in context.loads],
        )
        for log in context.load_logs:
            connection.execute(
                f"INSERT INTO control.load BY NAME SELECT * EXCLUDE (load_id), $entity AS entity"
                f" FROM read_parquet({file_literal(log.file)})",
                {"entity": log.entity},
            )
        connection.execute("COMMIT")


def known_at(connection: duckdb.DuckDBPyConnection) -> datetime:
    """Returns the moment that counted as now when the tables were built, UTC."""
    [(microseconds,)] = connection.execute("SELECT epoch_us(as_of) FROM control.run").fetchall()
    return moment_at(microseconds)


def built_at(path: Path) -> datetime | None:
    """Returns the moment that counted as now in the last build, UTC; None if the tables have not been built yet.

    Raises:
        WarehouseError: the tables cannot be opened.
    """
    with connect(path, read_only=True) as connection:
        try:
            return known_at(connection)
        except duckdb.CatalogException:
            return None


def _replace_table(
    connection: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Sequence[tuple[object, ...]]
) -> None:
    connection.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
    if rows:
        # One statement for all rows: a load log may have many thousands.
        lists = [list(column) for column in zip(*rows, strict=True)]
        connection.execute(f"INSERT INTO {name} SELECT {', '.join('unnest(?)' for _ in lists)}", lists)
