"""Schema `raw` of the warehouse: a view over the Parquet files of each stream of a source type."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.storage.sql import literal
from pipelines.warehouse.connection import WarehouseError, connect, first_line

_IS_DELETED = ("_is_deleted", "BOOLEAN")


@dataclass(frozen=True, slots=True)
class RawTable:
    """The Parquet files of one stream, from all sources of a type, and the names and DuckDB types of its columns.

    `files` hold rows with all columns. `deletions` hold tombstones, with the key and the columns of the version; what
    they lack is NULL.
    """

    source_type: str
    stream: str
    columns: Sequence[tuple[str, str]]
    files: Sequence[Path]
    deletions: Sequence[Path] = ()

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
    with connect(path) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS raw")
        existing = connection.execute("SELECT view_name FROM duckdb_views() WHERE schema_name = 'raw'").fetchall()
        for (name,) in existing:
            if name not in {table.name for table in tables}:
                connection.execute(f'DROP VIEW raw."{name}"')
        for table in tables:
            try:
                connection.execute(f'CREATE OR REPLACE VIEW raw."{table.name}" AS {_raw_query(table)}')
            except duckdb.Error as error:
                raise WarehouseError(
                    f"the raw rows of {table.stream} cannot be read ({first_line(error)}); restore that file from a"
                    " backup, or remove its folder: what the extracts still hold is then loaded again"
                ) from error


def has_later_rows(path: Path, tables: Sequence[RawTable], moment: datetime) -> bool:
    """Returns whether any raw row has a timestamp after `moment`."""
    with connect(path, read_only=True) as connection:
        for table in tables:
            times = [f'max("{name}")' for name, kind in table.columns if kind == "TIMESTAMPTZ"]
            if not (table.files or table.deletions) or not times:
                continue
            row = connection.execute(
                f'SELECT greatest({", ".join(times)}) > $moment FROM raw."{table.name}"', {"moment": moment}
            ).fetchone()
            if row and row[0]:
                return True
    return False


def _raw_query(table: RawTable) -> str:
    parts = []
    columns = [(name, kind) for name, kind in table.columns if name != _IS_DELETED[0]]
    names = ", ".join(f'"{name}"' for name, _ in columns)
    if table.files:
        parts.append(f"SELECT {names}, false AS _is_deleted FROM {_read_parquet(table.files)}")
    if table.deletions or not table.files:
        # Tombstones lack columns: an empty row of all types completes them.
        typed = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in (*columns, _IS_DELETED))
        parts.append(f"SELECT {typed} WHERE false")
    if table.deletions:
        parts.append(f"SELECT *, true AS _is_deleted FROM {_read_parquet(table.deletions)}")
    return " UNION ALL BY NAME ".join(parts)


def _read_parquet(files: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(literal(str(file)) for file in files)}], union_by_name = true)"
