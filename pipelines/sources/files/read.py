"""Opens an extract of any format in DuckDB: the file's own columns, cell by cell, and a number for every row."""

import re
from collections.abc import Sequence
from dataclasses import replace

import duckdb

from pipelines.sources.files.errors import ExtractError, TruncatedError, brief, is_about_storage
from pipelines.sources.files.formats.cells import Cells, CreateTable, Extract, ReadResult, RejectRecord
from pipelines.sources.files.formats.csv_reader import csv_cells, read_csv
from pipelines.sources.files.formats.json_reader import json_cells, read_json
from pipelines.sources.files.formats.limits import ReadLimits
from pipelines.sources.files.formats.parquet_reader import parquet_cells, read_parquet
from pipelines.sources.files.formats.xlsx_reader import read_xlsx, xlsx_cells
from pipelines.sources.files.settings import ExtractTable
from pipelines.storage.files import StorageError

_TRUNCATED = r"unexpected end of data|No magic bytes found at end|too small to be a Parquet"


def read(
    connection: duckdb.DuckDBPyConnection,
    extract: Extract,
    table: ExtractTable,
    wanted: Sequence[str],
    create_table: CreateTable,
    reject_record: RejectRecord,
) -> ReadResult:
    """Reads a file into a table and returns how its rows are numbered.

    Args:
        connection: DuckDB in memory; other connections are not affected.
        extract: the file.
        table: the settings for it.
        wanted: the columns by which the delimiter of a CSV file is found.
        create_table: creates the table from cells; it may be called again, and then replaces the table.
        reject_record: receives each record that is no row, with its cells by column.

    Raises:
        ExtractError: the file cannot be read, or exceeds a limit of `ReadLimits`.
        TruncatedError: the file's end is missing.
    """
    limits = _limits(extract)
    try:
        with limits.interrupting(connection):
            match extract.format:
                case "csv":
                    return read_csv(connection, extract, table, wanted, limits, create_table, reject_record)
                case "json" | "jsonl":
                    return read_json(connection, extract, table, limits, create_table, reject_record)
                case "parquet":
                    return read_parquet(connection, extract, create_table)
                case "xlsx":
                    return read_xlsx(connection, extract, table, wanted, limits, create_table)
    except StorageError as error:
        raise ExtractError(str(error)) from error
    except duckdb.Error as error:
        if is_about_storage(error):
            raise
        raise _unreadable(extract, error) from error


def columns_of(
    connection: duckdb.DuckDBPyConnection, extract: Extract, table: ExtractTable, wanted: Sequence[str]
) -> Cells:
    """Returns the file's columns with a relation without rows; reads no more of the file than its columns need.

    Raises:
        ExtractError: see `read`.
    """
    limits = _limits(extract)
    try:
        with limits.interrupting(connection):
            match extract.format:
                case "csv":
                    cells = csv_cells(extract, table, wanted)
                case "json" | "jsonl":
                    cells = json_cells(connection, extract, table, limits)
                case "parquet":
                    cells = parquet_cells(connection, extract)
                case "xlsx":
                    cells = xlsx_cells(connection, extract, table, wanted, limits)
    except StorageError as error:
        raise ExtractError(str(error)) from error
    except duckdb.Error as error:
        raise _unreadable(extract, error) from error
    nothing = ", ".join(f'CAST(NULL AS {cell.duckdb_type}) AS "{i}"' for i, cell in enumerate(cells.columns))
    return replace(cells, relation=f"SELECT {nothing} WHERE false", numbered=False, faulty=False, has_header=False)


def _limits(extract: Extract) -> ReadLimits:
    remedy = "open it and save it again" if extract.format == "xlsx" else "export it again"
    return ReadLimits(extract.path, extract.name, remedy=remedy)


def _unreadable(extract: Extract, error: duckdb.Error) -> ExtractError:
    reason = brief(error).replace(str(extract.path), extract.name)
    if re.search(_TRUNCATED, reason):
        return TruncatedError(f"{extract.name} is not a whole {extract.format} file ({reason}); copy it again")
    return ExtractError(f"{extract.name} cannot be read as {extract.format}: {reason}")
