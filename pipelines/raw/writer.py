"""Writes records that a source holds in memory as the Parquet files of a load."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pipelines.raw.load import ORIGIN_COLUMNS
from pipelines.raw.stream import Stream
from pipelines.storage.sql import identifier, literal


def write_records(
    path: Path,
    stream: Stream,
    records: Iterable[Mapping[str, Any]],
    *,
    source: str,
    load_id: str,
    load_sequence: int,
) -> int:
    """Writes records with the columns of a stream and the origin columns; returns how many.

    Args:
        path: the file, in a working folder.
        stream: the stream; a record has its columns by name, and may have `_version_at` and `_row`.
        records: the records; a missing value is NULL, values are cast to the stream's types.
        source: the source's name.
        load_id: the load's id.
        load_sequence: the load's number within the stream.

    Raises:
        duckdb.ConversionException: a value does not have its column's type.
    """
    columns = (*stream.columns, *ORIGIN_COLUMNS)
    origin = {"_source": source, "_load_id": load_id, "_load_sequence": load_sequence}
    rows = [{**origin, "_row": number, **record} for number, record in enumerate(records, start=1)]
    # As objects: pandas must not turn a missing integer into a float.
    frame = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype="object") for name, _ in columns})
    chosen = ", ".join(f"CAST({identifier(name)} AS {kind}) AS {identifier(name)}" for name, kind in columns)
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        # Types are read from all rows: a column may be empty at first.
        connection.execute("SET pandas_analyze_sample = 0" if not rows else f"SET pandas_analyze_sample = {len(rows)}")
        connection.register("records", frame)
        connection.execute(f"COPY (SELECT {chosen} FROM records) TO {literal(str(path))} (FORMAT parquet)")
    return len(rows)
