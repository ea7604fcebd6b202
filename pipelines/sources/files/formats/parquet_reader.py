"""Parquet files: their own columns and types."""

import duckdb

from pipelines.sources.files.formats.cells import Cells, CreateTable, Extract, ReadResult, describe, name_cells
from pipelines.storage.sql import file_literal, identifier


def read_parquet(connection: duckdb.DuckDBPyConnection, extract: Extract, create_table: CreateTable) -> ReadResult:
    """Reads the file into a table; row 1 is its first row.

    Raises:
        duckdb.Error: the file is corrupt.
    """
    cells = parquet_cells(connection, extract)
    create_table(cells)
    return ReadResult(cells, "_position + 1")


def parquet_cells(connection: duckdb.DuckDBPyConnection, extract: Extract) -> Cells:
    """Returns the file's columns with their types."""
    source = f"read_parquet({file_literal(extract.path)}, hive_partitioning = false, binary_as_string = true)"
    described = describe(connection, f"FROM {source}")
    columns = name_cells([name for name, _ in described], [kind for _, kind in described])
    chosen = ", ".join(f'{identifier(name)} AS "{position}"' for position, (name, _) in enumerate(described))
    return Cells(extract.name, columns, f"SELECT {chosen} FROM {source}")
