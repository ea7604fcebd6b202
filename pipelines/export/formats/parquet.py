"""The flat table as one Parquet file: the columns of the CSV file, with their types.

Texts are strings, days dates, values doubles and samples 64-bit integers; a missing value is NULL. Numbers are in the
KPI's own unit (fractions, seconds). Texts are as they are in the tables: a Parquet file has no formulas.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import duckdb

from pipelines.export.content import ExportContent
from pipelines.export.flat_table import COLUMNS, ColumnType, flat_table
from pipelines.storage.sql import identifier, literal

MEDIA_TYPE = "application/vnd.apache.parquet"

_TYPES: Mapping[ColumnType, str] = {"text": "varchar", "date": "date", "number": "double", "integer": "bigint"}


def render(content: ExportContent) -> bytes:
    """Returns the bytes of the file; the same content gives the same bytes."""
    table = flat_table(content.rows, content.catalogue, content.company.language)
    columns = ", ".join(
        f"cast({_number_or_null(column.name, column.type)} as {_TYPES[column.type]}) as {identifier(column.name)}"
        for column in COLUMNS
    )
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(":memory:") as connection:
        file = Path(folder) / "export.parquet"
        connection.register("flat_table", table)
        connection.execute(
            f"copy (select {columns} from flat_table) to {literal(str(file))} (format parquet, compression zstd)"
        )
        return file.read_bytes()


def _number_or_null(name: str, column_type: ColumnType) -> str:
    # In a frame, NaN stands for a missing value.
    column = identifier(name)
    return f"case when isnan({column}) then null else {column} end" if column_type == "number" else column
