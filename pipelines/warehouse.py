"""The warehouse: a DuckDB file private to the pipeline, opened for moments only.

While one process writes a DuckDB file no other may even read it, so every connection here is short, and what BI tools
read is a published copy. Nothing in the warehouse is lost with it: it is rebuilt from raw.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from pipelines.watch.kpi import Grain
from pipelines.watch.reading import Reading


class WarehouseError(Exception):
    """The warehouse cannot be opened or read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class RawTable:
    """The Parquet files that make up one entity, and the names and DuckDB types of its columns."""

    name: str
    columns: Sequence[tuple[str, str]]
    files: Sequence[Path]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Up to which moment a source's entity has been loaded; None if it never was."""

    source: str
    entity: str
    covers_until: datetime | None


@dataclass(frozen=True, slots=True)
class Target:
    """A KPI's target from a day on, in the KPI's unit."""

    kpi: str
    valid_from: date
    target: float


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column of an entity that extracts of a source were mapped to, filled or not."""

    source: str
    entity: str
    column: str


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What one build needs to know: the moment that counts as now (aware) and the company's facts."""

    as_of: datetime
    timezone: str
    currency: str
    sector: str | None
    active_days: int
    coverage: Sequence[Coverage]
    targets: Sequence[Target]
    invalid_order_statuses: Sequence[str]
    mapped_columns: Sequence[MappedColumn]


@contextmanager
def connect(path: Path, *, read_only: bool = False, timezone: str = "UTC") -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for the duration of a `with` block; WarehouseError if the file cannot be opened."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        raise WarehouseError(_opening_failed(path, str(error))) from error
    try:
        connection.execute("SET TimeZone = $zone", {"zone": timezone})
        yield connection
    finally:
        connection.close()


def _opening_failed(path: Path, reason: str) -> str:
    if "lock" in reason.lower():
        return (
            f"{path.name} is in use by another process; wait until that run has ended. "
            "BI tools read published/kpi.duckdb, never the warehouse."
        )
    if "does not exist" in reason:
        return f"{path.name} does not exist yet: run `vigie run` first."
    return f"{path.name} cannot be opened ({reason.splitlines()[0]}); delete it, the next run rebuilds it."


def lay_raw(path: Path, tables: Sequence[RawTable]) -> None:
    """Lays a view over the Parquet of each raw table in schema `raw`; an entity without files is an empty view."""
    with connect(path) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS raw")
        for table in tables:
            try:
                connection.execute(f'CREATE OR REPLACE VIEW raw."{table.name}" AS {_raw_query(table)}')
            except duckdb.Error as error:
                raise WarehouseError(
                    f"the raw rows of {table.name} cannot be read ({_first_line(error)}); restore that file from a"
                    " backup, or remove its folder: what the extracts still hold is then loaded again"
                ) from error


def tells_of_later(path: Path, tables: Sequence[RawTable], moment: datetime) -> bool:
    """Whether any row that was laid has a time after `moment`."""
    with connect(path, read_only=True) as connection:
        for table in tables:
            times = [f'max("{name}")' for name, kind in table.columns if kind == "TIMESTAMPTZ"]
            if not table.files or not times:
                continue
            row = connection.execute(
                f'SELECT greatest({", ".join(times)}) > $moment FROM raw."{table.name}"', {"moment": moment}
            ).fetchone()
            if row and row[0]:
                return True
    return False


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _raw_query(table: RawTable) -> str:
    if table.files:
        files = ", ".join(_literal(str(file)) for file in table.files)
        columns = ", ".join(f'"{name}"' for name, _ in table.columns)
        return f"SELECT {columns} FROM read_parquet([{files}], union_by_name = true)"
    columns = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in table.columns)
    return f"SELECT {columns} WHERE false"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def lay_control(path: Path, facts: RunFacts) -> None:
    """Writes what dbt must know of the run into schema `control`."""
    with connect(path) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS control")
        connection.execute("BEGIN")
        connection.execute(
            "CREATE OR REPLACE TABLE control.run AS SELECT CAST($as_of AS TIMESTAMPTZ) AS as_of,"
            " CAST($timezone AS VARCHAR) AS timezone, CAST($currency AS VARCHAR) AS currency,"
            " CAST($sector AS VARCHAR) AS sector, CAST($active_days AS INTEGER) AS active_days",
            {
                "as_of": facts.as_of,
                "timezone": facts.timezone,
                "currency": facts.currency,
                "sector": facts.sector,
                "active_days": facts.active_days,
            },
        )
        _replace_table(
            connection,
            "control.coverage",
            "source VARCHAR, entity VARCHAR, covers_until TIMESTAMPTZ",
            [(row.source, row.entity, row.covers_until) for row in facts.coverage],
        )
        _replace_table(
            connection,
            "control.kpi_target",
            "kpi VARCHAR, valid_from DATE, target DOUBLE",
            [(row.kpi, row.valid_from, row.target) for row in facts.targets],
        )
        _replace_table(
            connection,
            "control.mapped_column",
            "source VARCHAR, entity VARCHAR, column_name VARCHAR",
            [(row.source, row.entity, row.column) for row in facts.mapped_columns],
        )
        _replace_table(
            connection,
            "control.invalid_order_status",
            "status VARCHAR",
            [(status.strip().lower(),) for status in sorted(set(facts.invalid_order_statuses))],
        )
        connection.execute("COMMIT")


def _replace_table(
    connection: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Sequence[tuple[object, ...]]
) -> None:
    connection.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        connection.executemany(f"INSERT INTO {name} VALUES ({marks})", [list(row) for row in rows])


@dataclass(frozen=True, slots=True)
class Selection:
    """Which readings a watcher asks for; `segments` None means every segment of the type."""

    kpi: str
    grain: Grain
    segment_type: str
    segments: tuple[str, ...] | None = None


READING_COLUMNS = (
    "kpi, grain, period_start, segment_type, segment, value, numerator, denominator, sample_size, ci_low, ci_high,"
    " is_complete, previous_value, previous_year_value, target"
)


@contextmanager
def _built() -> Iterator[None]:
    try:
        yield
    except duckdb.CatalogException:
        raise WarehouseError("The KPI tables have not been built yet: `vigie run` builds them.") from None


def readings(path: Path, selection: Selection) -> dict[str, list[Reading]]:
    """The readings of a selection by segment, each list in the order of periods."""
    query = (
        f"SELECT {READING_COLUMNS} FROM main.fct_kpi"
        " WHERE kpi = $kpi AND grain = $grain AND segment_type = $segment_type"
        " AND ($segments IS NULL OR list_contains($segments, segment)) ORDER BY segment, period_start"
    )
    found: dict[str, list[Reading]] = {}
    wanted = {
        "kpi": selection.kpi,
        "grain": selection.grain,
        "segment_type": selection.segment_type,
        "segments": None if selection.segments is None else list(selection.segments),
    }
    with connect(path, read_only=True) as connection, _built():
        rows = connection.execute(query, wanted).fetchall()
    for row in rows:
        reading = Reading(*row)
        found.setdefault(reading.segment, []).append(reading)
    return found


def known_at(connection: duckdb.DuckDBPyConnection) -> datetime:
    """The moment that counted as now when the tables were built, UTC."""
    [(microseconds,)] = connection.execute("SELECT epoch_us(as_of) FROM control.run").fetchall()
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)


def row_counts(path: Path) -> Mapping[str, int]:
    """The number of rows of each table of the warehouse, views aside."""
    with connect(path, read_only=True) as connection:
        rows = connection.execute(
            "SELECT table_name, estimated_size FROM duckdb_tables() WHERE NOT temporary"
        ).fetchall()
    return {name: int(count) for name, count in rows}


def public_tables(path: Path) -> list[str]:
    """The tables of schema `main`, which are those BI tools get."""
    with connect(path, read_only=True) as connection:
        rows = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY table_name"
        ).fetchall()
    return [row[0] for row in rows]


_REVISION_KEY = ("kpi", "grain", "period_start", "segment_type", "segment")


def record_revisions(path: Path, history: Path) -> None:
    """Keeps in `history` how each complete KPI value was known over time, as the table `fct_kpi_revision`.

    The memory lives apart from the warehouse, which may be deleted and rebuilt. A build whose as-of lies before one
    already recorded tells of the past and changes nothing.
    """
    same = " AND ".join(f"known.{column} = current.{column}" for column in _REVISION_KEY)
    unchanged = " AND ".join(
        f"known.{column} IS NOT DISTINCT FROM current.{column}" for column in ("value", "numerator", "denominator")
    )
    with connect(path, read_only=True) as connection:
        try:
            connection.execute(f"ATTACH {_literal(str(history))} AS history (READ_WRITE)")
        except duckdb.Error as error:
            raise WarehouseError(
                f"{history.name} cannot be opened ({_first_line(error)}); restore it from a backup. Moved away, it is"
                " begun anew: how values were known before is then lost"
            ) from error
        connection.execute(
            "CREATE TABLE IF NOT EXISTS history.main.fct_kpi_revision (kpi VARCHAR NOT NULL, grain VARCHAR NOT NULL,"
            " period_start DATE NOT NULL, segment_type VARCHAR NOT NULL, segment VARCHAR NOT NULL, value DOUBLE,"
            " numerator DOUBLE, denominator DOUBLE, valid_from TIMESTAMPTZ NOT NULL, valid_to TIMESTAMPTZ)"
        )
        is_news = connection.execute(
            "SELECT (SELECT as_of FROM control.run) > coalesce(max(greatest(valid_from, valid_to)), '-infinity')"
            " FROM history.main.fct_kpi_revision"
        ).fetchone()
        if not is_news or not is_news[0]:
            return
        connection.execute("BEGIN")
        # A value that is told no more ends as well as one that is told differently.
        connection.execute(
            f"""
            UPDATE history.main.fct_kpi_revision AS known SET valid_to = (SELECT as_of FROM control.run)
            WHERE known.valid_to IS NULL AND NOT EXISTS (
                SELECT 1 FROM main.fct_kpi AS current WHERE current.is_complete AND {same} AND {unchanged}
            )
            """
        )
        connection.execute(
            f"""
            INSERT INTO history.main.fct_kpi_revision
            SELECT {", ".join(_REVISION_KEY)}, value, numerator, denominator, computed_at, NULL
            FROM main.fct_kpi AS current
            WHERE current.is_complete AND NOT EXISTS (
                SELECT 1 FROM history.main.fct_kpi_revision AS known WHERE {same} AND known.valid_to IS NULL
            )
            """
        )
        connection.execute("COMMIT")


@dataclass(frozen=True, slots=True)
class Score:
    """A KPI's last complete period as a whole; units as in `Kpi`."""

    kpi: str
    period_start: date
    value: float | None
    previous_value: float | None
    previous_year_value: float | None
    target: float | None
    sample_size: int
    status: str


def scores(path: Path, grain: Grain) -> list[Score]:
    """The last complete period of every KPI at a grain."""
    query = """
        SELECT kpi, period_start, value, previous_value, previous_year_value, target, sample_size, status
        FROM main.fct_kpi WHERE grain = $grain AND segment_type = 'all' AND is_complete
        QUALIFY row_number() OVER (PARTITION BY kpi ORDER BY period_start DESC) = 1
    """
    with connect(path, read_only=True) as connection, _built():
        rows = connection.execute(query, {"grain": grain}).fetchall()
    return [Score(*row) for row in rows]
