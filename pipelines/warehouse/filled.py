"""How much of what the sources loaded is in the canonical tables."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from pipelines.kpis import Input
from pipelines.storage.sql import identifier
from pipelines.warehouse.connection import connect


def filled_rows(path: Path, inputs: Iterable[Input]) -> Mapping[Input, int] | None:
    """Returns in how many rows of its entity each input has a value; None if the tables have not been built yet.

    Raises:
        WarehouseError: the tables cannot be opened.
    """
    with connect(path, read_only=True) as connection:
        try:
            return {each: _count(connection, each) for each in inputs}
        except duckdb.CatalogException:
            return None


def _count(connection: duckdb.DuckDBPyConnection, wanted: Input) -> int:
    counted = "*" if wanted.column is None else identifier(wanted.column)
    [(rows,)] = connection.execute(
        f"SELECT count({counted}) FROM canonical.{identifier(f'canonical__{wanted.entity}')}"
    ).fetchall()
    return int(rows)
