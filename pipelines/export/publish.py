"""The published copy: tables that BI tools read while the pipeline keeps the warehouse to itself.

A copy is made beside the published one and renamed over it, so a reader meets the old tables or the new ones, never a
lock and never a mixture; one that has the old file open keeps its snapshot until it opens the file again. Whoever
publishes holds a lock on the folder that the system lets go of when a process dies: what is half-made while the lock is
free belongs to nobody and is removed.
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.export.destination import sync_folder
from pipelines.export.errors import PublishError

# The oldest storage that duckdb >= 1.1 reads and this one still writes; it also keeps newer compressions out.
STORAGE_VERSION = "v1.0.0"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# The types of DuckDB 1.1.3 that every reader knows; the storage version does not keep younger ones out of the file,
# and a single one makes the whole of it unreadable there.
_TYPE = re.compile(
    r"(BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|VARCHAR|BLOB|DATE|TIME"
    r"|TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?|INTERVAL|UUID|ENUM\(.*\))(\[\d*\])*",
    re.DOTALL,
)
_HALF_MADE = ".incoming-"


@dataclass(frozen=True, slots=True)
class ExtraColumn:
    """A column of a table that is not in the warehouse; `type` as DuckDB writes it (`TIMESTAMP WITH TIME ZONE`)."""

    name: str
    type: str
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class ExtraTable:
    """A table that is not in the warehouse, by value: rows in the order of the columns, times aware."""

    columns: Sequence[ExtraColumn]
    rows: Sequence[Sequence[object]]


def publish_duckdb(
    source: duckdb.DuckDBPyConnection | Path,
    tables: Sequence[str],
    target: Path,
    *,
    extra: Mapping[str, ExtraTable] | None = None,
    elsewhere: Mapping[str, Path] | None = None,
    schema: str = "main",
) -> dict[str, int]:
    """Replaces the database `target` by one with `tables` and `extra` in its schema `main`; returns rows a table.

    `source` is an open connection (which is left as it is) or the path of a database that no process is writing to.
    `tables` may be tables or views of its `schema`; all are read in one transaction. `elsewhere` names tables that lie
    in the same schema of other databases, with the paths of these. Column types, NOT NULL and comments are kept,
    indexes and keys are not. Any DuckDB since 1.1.3 can read the file.

    Raises:
        PublishError: a table is missing or has a column that old readers do not know, the source cannot be read, or
            the folder cannot be written; `target` is as it was before.
    """
    extra, elsewhere = extra or {}, elsewhere or {}
    _refuse_odd_names([*tables, *elsewhere], extra)
    with _guarded(target), _half_made_beside(target) as workshop, _reading(source, workshop, elsewhere) as reading:
        connection = reading.connection
        relations = _relations(reading, schema, tables, extra)
        half_made = workshop / target.name
        published = f"vigie_published_{secrets.token_hex(8)}"
        # Said aloud, because a connection that only reads would attach what it is to write as read-only too.
        connection.execute(
            f"attach {_literal(str(half_made))} as {published} (read_write, storage_version '{STORAGE_VERSION}')"
        )
        try:
            counts = _copied(connection, published, relations)
            connection.execute(f"checkpoint {published}")
        finally:
            with suppress(duckdb.Error):
                connection.execute(f"detach {published}")
        _sync_file(half_made)
        # A log that some reader wrote to the old file must not be replayed onto the new one.
        target.with_name(target.name + ".wal").unlink(missing_ok=True)
        half_made.replace(target)
        sync_folder(target.parent)
    return counts


def publish_parquet(
    source: duckdb.DuckDBPyConnection | Path,
    tables: Sequence[str],
    target: Path,
    *,
    extra: Mapping[str, ExtraTable] | None = None,
    elsewhere: Mapping[str, Path] | None = None,
    schema: str = "main",
) -> dict[str, int]:
    """Replaces the files `target`/<table>/<table>.parquet, and removes those of other tables; returns rows a table.

    All files are made before the first is replaced; each is replaced atomically. Arguments as in `publish_duckdb`; with
    the path of a published database as `source`, both copies tell the same.

    Raises:
        PublishError: as in `publish_duckdb`. Unless the disk itself fails among the renames, all files are as before.
    """
    extra, elsewhere = extra or {}, elsewhere or {}
    _refuse_odd_names([*tables, *elsewhere], extra)
    with _guarded(target), _half_made_beside(target) as workshop, _reading(source, workshop, elsewhere) as reading:
        connection = reading.connection
        relations = _relations(reading, schema, tables, extra)
        counts: dict[str, int] = {}
        connection.execute("begin")
        for relation in relations:
            half_made = workshop / f"{relation.name}.half"
            copied = connection.execute(
                f"copy (select {relation.columns} from {relation.origin}) to {_literal(str(half_made))} "
                "(format parquet, compression zstd)"
            ).fetchone()
            counts[relation.name] = copied[0] if copied else 0
            _sync_file(half_made)
        connection.execute("commit")
        for relation in relations:
            folder = target / relation.name
            folder.mkdir(parents=True, exist_ok=True)
            (workshop / f"{relation.name}.half").replace(folder / f"{relation.name}.parquet")
            sync_folder(folder)
        _remove_vanished(target, counts)
    return counts


def _remove_vanished(target: Path, published: Mapping[str, int]) -> None:
    """Removes the tables that are no longer published; folders with anything else in them stay."""
    for folder in target.iterdir() if target.is_dir() else ():
        file = folder / f"{folder.name}.parquet"
        if folder.name not in published and file.is_file():
            file.unlink()
            with suppress(OSError):
                folder.rmdir()


@dataclass(frozen=True, slots=True)
class _Relation:
    """A table to be copied: where from, and how it is to be declared (SQL)."""

    name: str
    origin: str
    columns: str
    declaration: str
    comments: Sequence[str]


def _relations(
    reading: "_Reading", schema: str, tables: Sequence[str], extra: Mapping[str, ExtraTable]
) -> list[_Relation]:
    connection = reading.connection
    found = []
    for name in [*tables, *reading.elsewhere]:
        catalog = reading.elsewhere.get(name, reading.catalog)
        there = f"database_name = {_literal(catalog)} and schema_name = {_literal(schema)}"
        columns = connection.execute(
            f"""
            select column_name, data_type, is_nullable, comment from duckdb_columns()
            where {there} and table_name = {_literal(name)} order by column_index
            """
        ).fetchall()
        if not columns:
            raise PublishError(f"there is no table '{name}' in schema {schema} of the warehouse")
        comment = connection.execute(
            f"""
            select comment from duckdb_tables() where {there} and table_name = {_literal(name)}
            union all
            select comment from duckdb_views() where {there} and view_name = {_literal(name)}
            """
        ).fetchone()
        comments = [f"table {{}} is {_literal(comment[0])}"] if comment and comment[0] else []
        comments += [f"column {{}}.{_quoted(column)} is {_literal(text)}" for column, _, _, text in columns if text]
        origin = f"{_quoted(catalog)}.{_quoted(schema)}.{_quoted(name)}"
        declared = [ExtraColumn(column, type_, nullable) for column, type_, nullable, _ in columns]
        found.append(_relation(name, origin, declared, comments))
    for name, table in extra.items():
        relation = _relation(name, f"temp.{_quoted(name)}", table.columns, ())
        _stage(connection, relation, table)
        found.append(relation)
    return found


def _relation(name: str, origin: str, columns: Sequence[ExtraColumn], comments: Sequence[str]) -> _Relation:
    for column in columns:
        if not _TYPE.fullmatch(column.type):
            raise PublishError(
                f"column {column.name} of table '{name}' is of type {column.type}, which readers since DuckDB 1.1.3 "
                "do not all know; cast it to a plain type in its model"
            )
    declaration = ", ".join(
        f"{_quoted(column.name)} {column.type}{'' if column.nullable else ' not null'}" for column in columns
    )
    return _Relation(name, origin, ", ".join(_quoted(column.name) for column in columns), declaration, comments)


def _stage(connection: duckdb.DuckDBPyConnection, relation: _Relation, table: ExtraTable) -> None:
    """Makes a temporary table, seen by this connection alone, of rows given by value."""
    for position, column in enumerate(table.columns):
        for row in table.rows:
            value = row[position]
            if column.type == "TIMESTAMP WITH TIME ZONE" and isinstance(value, datetime) and value.tzinfo is None:
                # DuckDB would read it on the clocks of this machine.
                raise PublishError(
                    f"column {column.name} of table '{relation.name}' has a time without a zone: {value}"
                )
    connection.execute(f"create or replace temp table {_quoted(relation.name)} ({relation.declaration})")
    # A list a column, unnested side by side: one statement, however many rows.
    lists = [[row[position] for row in table.rows] for position in range(len(table.columns))]
    values = ", ".join(
        f"unnest(cast(${position} as {column.type}[]))" for position, column in enumerate(table.columns, start=1)
    )
    connection.execute(f"insert into {relation.origin} select {values}", lists)


def _copied(connection: duckdb.DuckDBPyConnection, catalog: str, relations: Sequence[_Relation]) -> dict[str, int]:
    """Copies all relations in one transaction, hence from one snapshot of the source."""
    counts: dict[str, int] = {}
    connection.execute("begin")
    try:
        for relation in relations:
            copy = f"{catalog}.main.{_quoted(relation.name)}"
            connection.execute(f"create table {copy} ({relation.declaration})")
            copied = connection.execute(
                f"insert into {copy} select {relation.columns} from {relation.origin}"
            ).fetchone()
            counts[relation.name] = copied[0] if copied else 0
            for comment in relation.comments:
                connection.execute(f"comment on {comment.format(copy)}")
        connection.execute("commit")
    except BaseException:
        with suppress(duckdb.Error):
            connection.execute("rollback")
        raise
    return counts


@dataclass(frozen=True, slots=True)
class _Reading:
    """A connection of our own, the source's catalog in it, and the catalogs of the tables that lie elsewhere."""

    connection: duckdb.DuckDBPyConnection
    catalog: str
    elsewhere: Mapping[str, str]


@contextmanager
def _reading(
    source: duckdb.DuckDBPyConnection | Path, workshop: Path, elsewhere: Mapping[str, Path]
) -> Iterator[_Reading]:
    with ExitStack() as stack:
        if isinstance(source, Path):
            spill = str(workshop / "spill")
            connection = stack.enter_context(duckdb.connect(":memory:", config={"temp_directory": spill}))
            connection.execute(f"attach {_literal(str(source))} as vigie_source (read_only)")
            catalog = "vigie_source"
        else:
            connection = stack.enter_context(source.cursor())
            row = connection.execute("select current_database()").fetchone()
            catalog = str(row[0] if row else "")
        catalogs = {}
        for name, path in elsewhere.items():
            catalogs[name] = f"vigie_{secrets.token_hex(8)}"
            connection.execute(f"attach {_literal(str(path))} as {catalogs[name]} (read_only)")
            stack.callback(connection.execute, f"detach {catalogs[name]}")
        yield _Reading(connection, catalog, catalogs)


@contextmanager
def _half_made_beside(target: Path) -> Iterator[Path]:
    """A folder on the same file system as `target`, for this publish alone; others wait until it is over."""
    folder = target.parent
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".publish.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in folder.glob(f"{_HALF_MADE}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        workshop = folder / f"{_HALF_MADE}{secrets.token_hex(8)}"
        workshop.mkdir()
        try:
            yield workshop
        finally:
            shutil.rmtree(workshop, ignore_errors=True)


@contextmanager
def _guarded(target: Path) -> Iterator[None]:
    """Turns what the disk or DuckDB refuses into `PublishError`."""
    before = "what was published before is unchanged"
    try:
        yield
    except OSError as error:
        raise PublishError(f"cannot publish to {target}: {error.strerror or error}; {before}") from error
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise PublishError(f"cannot publish to {target}: {reason}; {before}") from error


def _refuse_odd_names(tables: Sequence[str], extra: Mapping[str, ExtraTable]) -> None:
    names = [*tables, *extra]
    for name in names:
        if not _NAME.fullmatch(name):
            raise PublishError(f"'{name}' cannot be the name of a published table: letters, digits and _ only")
        if names.count(name) > 1:
            raise PublishError(f"table '{name}' is to be published twice")


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
