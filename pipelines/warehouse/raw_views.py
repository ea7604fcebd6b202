"""Schema `raw` of the warehouse: a view over the Parquet files of each raw table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.storage.sql import literal
from pipelines.warehouse.connection import WarehouseError, connect, first_line


@dataclass(frozen=True, slots=True)
class RawTable:
    """The Parquet files that make up one entity, and the names and DuckDB types of its columns."""

    name: str
    columns: Sequence[tuple[str, str]]
    files: Sequence[Path]


def create_raw_views(path: Path, tables: Sequence[RawTable]) -> None:
    """Creates a view over the Parquet files of each raw table in schema `raw`; a table without files is an empty view.

    Raises:
        WarehouseError: a file cannot be read; the message names its table and says what to do.
    """
    with connect(path) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS raw")
        for table in tables:
            try:
                connection.execute(f'CREATE OR REPLACE VIEW raw."{table.name}" AS {_raw_query(table)}')
            except duckdb.Error as error:
                raise WarehouseError(
                    f"the raw rows of {table.name} cannot be read ({first_line(error)}); restore that file from a"
                    " backup, or remove its folder: what the extracts still hold is then loaded again"
                ) from error


def has_later_rows(path: Path, tables: Sequence[RawTable], moment: datetime) -> bool:
    """Whether any raw row has a timestamp after `moment`."""
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


def _raw_query(table: RawTable) -> str:
    if table.files:
        files = ", ".join(literal(str(file)) for file in table.files)
        columns = ", ".join(f'"{name}"' for name, _ in table.columns)
        return f"SELECT {columns} FROM read_parquet([{files}], union_by_name = true)"
    columns = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in table.columns)
    return f"SELECT {columns} WHERE false"
