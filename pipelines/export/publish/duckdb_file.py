"""The published copy as one DuckDB database."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipelines.export.publish.relations import Comments, Relation, open_relations, view_comments
from pipelines.export.publish.source import PublishedView, PublishSource
from pipelines.export.publish.staging import staging_folder, take_over_rights
from pipelines.storage.files import sync
from pipelines.storage.sql import identifier, literal

STORAGE_VERSION = "v1.0.0"
"""The oldest storage that DuckDB since 1.1 reads and this one still writes; it has no newer compressions either."""

_CATALOG = "vigie_published"


def publish_duckdb(source: PublishSource, target: Path) -> dict[str, int]:
    """Replaces the database `target` by one with the tables and views of `source`; returns the rows of each table.

    All tables are in schema `main` and read in one transaction. Column types, NOT NULL constraints and comments are
    kept, indexes and keys are not. DuckDB 1.1.3 and later can read the file.

    Raises:
        PublishError: a table is missing or has a column that old readers do not know, a database cannot be read, or
            the folder cannot be written; `target` is unchanged.
    """
    with (
        staging_folder(target) as folder,
        open_relations(source, spill_folder=folder / "spill") as (connection, relations),
    ):
        new = folder / target.name
        # Without READ_WRITE, a connection that has only attached read-only databases would attach this one so too.
        connection.execute(
            f"attach {literal(str(new))} as {_CATALOG} (read_write, storage_version '{STORAGE_VERSION}')"
        )
        counts = _copy(connection, relations)
        _create_views(connection, source.views)
        connection.execute(f"checkpoint {_CATALOG}")
        connection.execute(f"detach {_CATALOG}")
        take_over_rights(new, target)
        sync(new)
        # The log that some reader wrote to the old file must not be replayed onto the new one.
        target.with_name(target.name + ".wal").unlink(missing_ok=True)
        new.replace(target)
        sync(target.parent)
    return counts


def _copy(connection: duckdb.DuckDBPyConnection, relations: Sequence[Relation]) -> dict[str, int]:
    """Copies all relations in one transaction, so that they are from one snapshot; returns the rows of each."""
    counts: dict[str, int] = {}
    connection.execute("begin")
    for relation in relations:
        copy = f"{_CATALOG}.main.{identifier(relation.name)}"
        connection.execute(f"create table {copy} ({relation.declaration})")
        copied = connection.execute(f"insert into {copy} {relation.query}").fetchone()
        counts[relation.name] = copied[0] if copied else 0
        _comment(connection, "table", copy, relation.comments)
    connection.execute("commit")
    return counts


def _create_views(connection: duckdb.DuckDBPyConnection, views: Sequence[PublishedView]) -> None:
    # A view that named its catalog could not be read under another one, such as the name of the file.
    connection.execute(f"use {_CATALOG}")
    for view in views:
        connection.execute(f"create view {identifier(view.name)} as {view.query}")
        _comment(connection, "view", identifier(view.name), view_comments(view))
    connection.execute("use memory")


def _comment(connection: duckdb.DuckDBPyConnection, kind: str, name: str, comments: Comments) -> None:
    for column, text in comments:
        place = f"{kind} {name}" if column is None else f"column {name}.{identifier(column)}"
        connection.execute(f"comment on {place} is {literal(text)}")
