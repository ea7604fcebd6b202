"""Opens what is published for reading: each table becomes a relation that any kind of copy can select from."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.export.errors import PublishError
from pipelines.export.publish.source import ExtraColumn, ExtraTable, PublishSource
from pipelines.storage.sql import identifier, literal

# The types of DuckDB 1.1.3, which every reader knows. The storage version does not keep newer types out of a file, and
# a single column of such a type makes the whole file unreadable for old readers.
_TYPE = re.compile(
    r"(BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|VARCHAR|BLOB|DATE|TIME"
    r"|TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?|INTERVAL|UUID|ENUM\(.*\))(\[\d*\])*",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Relation:
    """A table to be copied, in SQL.

    Attributes:
        name: the name of the published table.
        origin: what to select from.
        columns: the columns to select.
        declaration: the columns with their types and NOT NULL constraints.
        comments: the comments, each with the name of its column, or None for that of the table.
    """

    name: str
    origin: str
    columns: str
    declaration: str
    comments: Sequence[tuple[str | None, str]]


@contextmanager
def open_relations(
    source: PublishSource, *, spill_folder: Path
) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[Relation]]]:
    """Opens a connection of its own to all that is published, for the duration of a `with` block.

    Args:
        source: what is published.
        spill_folder: where DuckDB may put what does not fit into memory.

    Raises:
        PublishError: a table is missing, or has a column that old readers do not know.
    """
    source.check_names()
    with duckdb.connect(":memory:", config={"temp_directory": str(spill_folder)}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"attach {literal(str(source.warehouse))} as vigie_warehouse (read_only)")
        catalogs = dict.fromkeys(source.tables, "vigie_warehouse")
        for number, (name, path) in enumerate(source.elsewhere.items()):
            catalogs[name] = f"vigie_elsewhere_{number}"
            connection.execute(f"attach {literal(str(path))} as {catalogs[name]} (read_only)")
        yield connection, [*_stored(connection, catalogs), *_given(connection, source.extra)]


def _stored(connection: duckdb.DuckDBPyConnection, catalogs: Mapping[str, str]) -> Iterator[Relation]:
    """Yields the tables of databases, each from schema `main` of its catalog."""
    for name, catalog in catalogs.items():
        in_schema = f"database_name = {literal(catalog)} and schema_name = 'main'"
        columns = connection.execute(
            f"""
            select column_name, data_type, is_nullable, comment from duckdb_columns()
            where {in_schema} and table_name = {literal(name)} order by column_index
            """
        ).fetchall()
        if not columns:
            raise PublishError(f"there is no table '{name}' in schema main of the warehouse")
        comment = connection.execute(
            f"""
            select comment from duckdb_tables() where {in_schema} and table_name = {literal(name)}
            union all
            select comment from duckdb_views() where {in_schema} and view_name = {literal(name)}
            """
        ).fetchone()
        comments = [(None, comment[0] if comment else None), *((column, text) for column, _, _, text in columns)]
        declared = [ExtraColumn(column, type_, nullable) for column, type_, nullable, _ in columns]
        yield _relation(
            name, f"{catalog}.main.{identifier(name)}", declared, [(column, text) for column, text in comments if text]
        )


def _given(connection: duckdb.DuckDBPyConnection, extra: Mapping[str, ExtraTable]) -> Iterator[Relation]:
    """Yields the tables given by value, as temporary tables of the connection."""
    for name, table in extra.items():
        _check_zones(name, table)
        relation = _relation(name, f"temp.{identifier(name)}", table.columns, ())
        connection.execute(f"create temp table {identifier(name)} ({relation.declaration})")
        # One list for each column, unnested side by side: one statement for any number of rows.
        lists = [[row[position] for row in table.rows] for position in range(len(table.columns))]
        values = ", ".join(
            f"unnest(cast(${position} as {column.type}[]))" for position, column in enumerate(table.columns, start=1)
        )
        connection.execute(f"insert into {relation.origin} select {values}", lists)
        yield relation


def _check_zones(name: str, table: ExtraTable) -> None:
    for position, column in enumerate(table.columns):
        if column.type != "TIMESTAMP WITH TIME ZONE":
            continue
        for row in table.rows:
            value = row[position]
            if isinstance(value, datetime) and value.tzinfo is None:
                # DuckDB would read it in the time zone of this machine.
                raise PublishError(f"column {column.name} of table '{name}' has a time without a zone: {value}")


def _relation(
    name: str, origin: str, columns: Sequence[ExtraColumn], comments: Sequence[tuple[str | None, str]]
) -> Relation:
    for column in columns:
        if not _TYPE.fullmatch(column.type):
            raise PublishError(
                f"column {column.name} of table '{name}' is of type {column.type}, which readers since DuckDB 1.1.3 "
                "do not all know; cast it to a plain type in its model"
            )
    declaration = ", ".join(
        f"{identifier(column.name)} {column.type}{'' if column.nullable else ' not null'}" for column in columns
    )
    return Relation(name, origin, ", ".join(identifier(column.name) for column in columns), declaration, comments)
