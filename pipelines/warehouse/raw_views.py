"""Schema `raw` of the warehouse: a view over the Parquet files of each stream of a source type."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import duckdb

from pipelines.storage.sql import file_literal, identifier, literals
from pipelines.warehouse.connection import WarehouseError, connect, first_line, moment_at

# In microseconds since 1970, the last moment that Python has.
_LAST_MOMENT = (datetime.max.replace(tzinfo=UTC) - moment_at(0)) // timedelta(microseconds=1)


class ParquetFile(Protocol):
    """A file of raw rows, and the loads in it whose rows do not count."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    @property
    def excluded(self) -> tuple[str, ...]:
        """The ids of those loads."""
        ...


@dataclass(frozen=True, slots=True)
class RawTable:
    """One stream from all sources of a type: names and DuckDB types of its columns, files of rows and of tombstones."""

    source_type: str
    stream: str
    columns: Sequence[tuple[str, str]]
    rows: list[ParquetFile] = field(default_factory=list)
    deletions: list[ParquetFile] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of its view: `<source type>__<stream>`."""
        return f"{self.source_type}__{self.stream}"


def create_raw_views(path: Path, tables: Sequence[RawTable]) -> None:
    """Creates a view in schema `raw` for each table, and drops those of earlier builds; without files it is empty.

    Every view has a column `_is_deleted` after those of its table.

    Raises:
        WarehouseError: a file cannot be read; the message names its stream and says what to do.
    """
    names = {table.name for table in tables}
    with connect(path) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS raw")
        existing = connection.execute("SELECT view_name FROM duckdb_views() WHERE schema_name = 'raw'").fetchall()
        for (name,) in existing:
            if name not in names:
                connection.execute(f"DROP VIEW raw.{identifier(name)}")
        for table in tables:
            try:
                connection.execute(f'CREATE OR REPLACE VIEW raw."{table.name}" AS {_raw_query(table)}')
            except duckdb.Error as error:
                raise WarehouseError(
                    f"the raw rows of {table.stream} cannot be read ({first_line(error)}); restore that file from a"
                    " backup, or remove its folder: what the extracts still hold is then loaded again"
                ) from error


def next_moment(path: Path, tables: Sequence[RawTable], moment: datetime) -> datetime | None:
    """Returns the earliest timestamp after `moment` in any raw row or tombstone; None if there is none."""
    later: list[int] = []
    with connect(path, read_only=True) as connection:
        for table in tables:
            if not (table.rows or table.deletions):
                continue
            for name in (name for name, kind in table.columns if kind == "TIMESTAMPTZ"):
                # Parquet knows the latest moment of each part of a file: most parts are not read.
                column = identifier(name)
                row = connection.execute(
                    f'SELECT epoch_us(min({column})) FROM raw."{table.name}"'
                    f" WHERE {column} > $moment AND isfinite({column})",
                    {"moment": moment},
                ).fetchone()
                if row and row[0] is not None:
                    later.append(row[0])
    # The last second of 9999 west of Greenwich is of a year that Python does not have. Such a moment never comes.
    later = [each for each in later if each <= _LAST_MOMENT]
    return moment_at(min(later)) if later else None


def _raw_query(table: RawTable) -> str:
    """Returns the query of a raw view: all rows and tombstones of the loads that count."""
    columns = ", ".join(identifier(name) for name, _ in table.columns)
    # Gives every column its type, even if no file has it yet.
    shape = ", ".join(f"CAST(NULL AS {kind}) AS {identifier(name)}" for name, kind in table.columns)
    parts = [f"SELECT {shape}, false AS _is_deleted WHERE false"]
    for files, is_deleted in ((table.rows, "false"), (table.deletions, "true")):
        if files:
            paths = ", ".join(file_literal(file.path) for file in files)
            excluded = sorted({load_id for file in files for load_id in file.excluded})
            condition = f" WHERE _load_id NOT IN {literals(excluded)}" if excluded else ""
            source = f"read_parquet([{paths}], union_by_name = true){condition}"
            parts.append(f"SELECT *, {is_deleted} AS _is_deleted FROM {source}")
    return f"SELECT {columns}, _is_deleted FROM ({' UNION ALL BY NAME '.join(parts)})"
