"""Opens what is published for reading: each table becomes a relation that any kind of copy can select from."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.export.errors import PublishError
from pipelines.export.publish.privacy import define_pseudonyms, published_value
from pipelines.export.publish.source import Description, ExtraColumn, ExtraTable, PublishedView, PublishSource
from pipelines.storage.sql import identifier, literal

# The types of DuckDB 1.1.3, which every reader knows. The storage version does not keep newer types out of a file, and
# a single column of such a type makes the whole file unreadable for old readers.
_TYPE = re.compile(
    r"(BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|VARCHAR|BLOB|DATE|TIME"
    r"|TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?|INTERVAL|UUID|ENUM\(.*\))(\[\d*\])*",
    re.DOTALL,
)


Comments = Sequence[tuple[str | None, str]]
"""Comments, each with the name of its column, or None for that of the table."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table to be copied.

    Attributes:
        name: the name of the published table, and of a view on the connection that has its rows.
        columns: the columns with their types.
        comments: the comments on the table and its columns.
    """

    name: str
    columns: Sequence[ExtraColumn]
    comments: Comments

    @property
    def query(self) -> str:
        """The SQL that selects the rows."""
        return f"select * from memory.main.{identifier(self.name)}"

    @property
    def declaration(self) -> str:
        """The columns with their types and NOT NULL constraints, as DuckDB declares them."""
        return ", ".join(
            f"{identifier(column.name)} {column.type}{'' if column.nullable else ' not null'}"
            for column in self.columns
        )


@contextmanager
def open_relations(
    source: PublishSource, *, spill_folder: Path
) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[Relation]]]:
    """Opens a connection of its own to all that is published, for the duration of a `with` block.

    The queries of the source's views work on the connection as well.

    Args:
        source: what is published.
        spill_folder: where DuckDB may put what does not fit into memory.

    Raises:
        PublishError: a table is missing, or has a column that old readers do not know.
    """
    source.check_names()
    with duckdb.connect(":memory:", config={"temp_directory": str(spill_folder)}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"attach {literal(str(source.warehouse))} as vigie_warehouse (read_only)")
        catalogs = dict.fromkeys(source.tables, "vigie_warehouse")
        for number, (name, path) in enumerate(source.elsewhere.items()):
            catalogs[name] = f"vigie_elsewhere_{number}"
            connection.execute(f"attach {literal(str(path))} as {catalogs[name]} (read_only)")
        if source.privacy is not None:
            define_pseudonyms(connection, source.privacy)
        yield (
            connection,
            [*_stored(connection, source, catalogs), *_given(connection, source)],
        )


def view_comments(view: PublishedView) -> Comments:
    """Returns the comments on a view and its columns."""
    return _described(view.description)


def _stored(
    connection: duckdb.DuckDBPyConnection, source: PublishSource, catalogs: Mapping[str, str]
) -> Iterator[Relation]:
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
        yield _relation(
            connection,
            source,
            name,
            f"{catalog}.main.{identifier(name)}",
            [ExtraColumn(column, type_, nullable) for column, type_, nullable, _ in columns],
            [(column, text) for column, text in comments if text],
        )


def _given(connection: duckdb.DuckDBPyConnection, source: PublishSource) -> Iterator[Relation]:
    """Yields the tables given by value, as temporary tables of the connection."""
    connection.execute("create schema given")
    for name, table in source.extra.items():
        _check_zones(name, table)
        _check_types(name, table.columns)
        origin = f"memory.given.{identifier(name)}"
        declared = ", ".join(f"{identifier(column.name)} {column.type}" for column in table.columns)
        connection.execute(f"create table {origin} ({declared})")
        # One list for each column, unnested side by side: one statement for any number of rows.
        lists = [[row[position] for row in table.rows] for position in range(len(table.columns))]
        values = ", ".join(
            f"unnest(cast(${position} as {column.type}[]))" for position, column in enumerate(table.columns, start=1)
        )
        connection.execute(f"insert into {origin} select {values}", lists)
        yield _relation(connection, source, name, origin, table.columns, ())


def _check_zones(name: str, table: ExtraTable) -> None:
    for position, column in enumerate(table.columns):
        if column.type != "TIMESTAMP WITH TIME ZONE":
            continue
        for row in table.rows:
            value = row[position]
            if isinstance(value, datetime) and value.tzinfo is None:
                # DuckDB would read it in the time zone of this machine.
                raise PublishError(f"column {column.name} of table '{name}' has a time without a zone: {value}")


def _check_types(name: str, columns: Sequence[ExtraColumn]) -> None:
    for column in columns:
        if not _TYPE.fullmatch(column.type):
            raise PublishError(
                f"column {column.name} of table '{name}' is of type {column.type}, which readers since DuckDB 1.1.3 "
                "do not all know; cast it to a plain type in its model"
            )


def _relation(
    connection: duckdb.DuckDBPyConnection,
    source: PublishSource,
    name: str,
    origin: str,
    columns: Sequence[ExtraColumn],
    comments: Comments,
) -> Relation:
    """Creates the view with the published rows and columns of a table."""
    _check_types(name, columns)
    values: dict[ExtraColumn, str] = {}
    for column in columns:
        value: str | None = identifier(column.name)
        if source.privacy is not None:
            personal = source.privacy.columns.get(name, {}).get(column.name)
            value = published_value(identifier(column.name), column.type, personal, source.privacy)
        if value is not None:
            values[column] = value
    chosen = ", ".join(f"{value} as {identifier(column.name)}" for column, value in values.items())
    condition = f" where {source.filters[name]}" if name in source.filters else ""
    connection.execute(f"create view memory.main.{identifier(name)} as select {chosen} from {origin}{condition}")
    if name in source.descriptions:
        comments = _described(source.descriptions[name])
    names = {None, *(column.name for column in values)}
    return Relation(name, list(values), [(column, text) for column, text in comments if column in names])


def _described(description: Description) -> Comments:
    return [(None, description.text), *description.columns.items()]
