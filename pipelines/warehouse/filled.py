"""How much of what the sources loaded is in the canonical tables."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
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


def words_of(path: Path, columns: Iterable[Input]) -> Mapping[Input, tuple[str, ...]]:
    """Returns the words that each column has in the rows of its entity, the most frequent first.

    A column of an entity whose tables have not been built yet has none.

    Raises:
        WarehouseError: the tables cannot be opened.
    """
    with connect(path, read_only=True) as connection:
        found = {}
        for each in columns:
            with suppress(duckdb.CatalogException):
                found[each] = _words(connection, each)
        return found


def _words(connection: duckdb.DuckDBPyConnection, wanted: Input) -> tuple[str, ...]:
    column = identifier(wanted.column or "")
    rows = connection.execute(
        f"SELECT {column} FROM canonical.{identifier(f'canonical__{wanted.entity}')}"
        f" WHERE {column} IS NOT NULL GROUP BY {column} ORDER BY count(*) DESC, {column}"
    ).fetchall()
    return tuple(str(word) for (word,) in rows)


def _count(connection: duckdb.DuckDBPyConnection, wanted: Input) -> int:
    counted = "*" if wanted.column is None else identifier(wanted.column)
    [(rows,)] = connection.execute(
        f"SELECT count({counted}) FROM canonical.{identifier(f'canonical__{wanted.entity}')}"
    ).fetchall()
    return int(rows)
