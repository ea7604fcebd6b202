"""The published copy in a PostgreSQL schema, replaced in one transaction.

Rows are deleted and copied, tables are not dropped: readers see the old rows until the commit and never wait, grants
and views that others created on the tables stay, and a process that is killed leaves nothing behind. Only a table
whose columns have changed is dropped and created.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.export.errors import PublishError
from pipelines.export.publish.postgres.parts import changed_parts, part_digests, part_in_postgres, write_parts
from pipelines.export.publish.postgres.schema import LONGEST_NAME, Known, Schema
from pipelines.export.publish.postgres.server import connected
from pipelines.export.publish.postgres.types import postgres_type
from pipelines.export.publish.relations import Comments, Relation, open_relations, view_comments
from pipelines.export.publish.source import PublishedView, PublishSource
from pipelines.export.publish.staging import staging_folder
from pipelines.storage.sql import identifier, literal

if TYPE_CHECKING:
    import psycopg

_BLOCK_BYTES = 1 << 20


def publish_postgres(
    source: PublishSource, url: str, schema: str, *, company: str, content: str, work: Path
) -> dict[str, int] | None:
    """Replaces the tables and views in a schema; returns the rows copied by table, None if it was current already.

    Args:
        source: what is published.
        url: of the database.
        schema: the name of a schema that is Vigie's alone.
        company: whose tables these are; another company's are not replaced.
        content: identifies the content of `source`.
        work: a path beside which rows may be stored on their way.

    Raises:
        PublishError: the server cannot be reached or refuses something; the schema is unchanged.
    """
    with connected(url) as connection:
        target = Schema(connection, schema, company)
        if target.problem() is None and target.content() == content:
            return None
        with (
            staging_folder(work) as folder,
            open_relations(source, spill_folder=folder / "spill") as (tables, relations),
        ):
            _check_names(source, relations)
            with connection.transaction():
                target.prepare()
                copied = _Publication(connection, tables, target, folder).replace(relations, source)
                target.note_publication(content)
        _vacuum(connection, [target.in_schema(name) for name in copied])
    return copied


def probe_postgres(url: str, schema: str, *, company: str) -> str | None:
    """Returns why tables cannot be published there, None if they can; changes nothing."""
    try:
        with connected(url) as connection:
            return Schema(connection, schema, company).problem()
    except PublishError as error:
        return str(error)


class _Publication:
    """One publication in a transaction of `connection`; `tables` is DuckDB's connection to the relations."""

    def __init__(
        self,
        connection: "psycopg.Connection[Any]",
        tables: duckdb.DuckDBPyConnection,
        schema: Schema,
        folder: Path,
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._schema = schema
        self._folder = folder
        self._known = schema.known()
        # What had been granted on tables and views that this publication drops.
        self._grants: dict[str, list[str]] = {}

    def replace(self, relations: list[Relation], source: PublishSource) -> dict[str, int]:
        """Replaces everything that has changed; returns the rows copied by table."""
        definitions = {relation.name: _definition(relation) for relation in relations}
        wanted = {**definitions, **{view.name: view.query for view in source.views}}
        for name in wanted:
            if name not in self._known and self._schema.exists(name):
                raise PublishError(
                    f"{self._schema.in_schema(name)} exists and is not Vigie's: rename it, or name another schema "
                    "with publish.schema"
                )
        self._drop_outdated(wanted)
        copied = {}
        for relation in relations:
            rows = self._replace_rows(relation, definitions[relation.name])
            if rows is not None:
                copied[relation.name] = rows
        self._connection.execute(f"SET LOCAL search_path TO {identifier(self._schema.name)}")
        for view in source.views:
            self._replace_view(view)
        return copied

    def _drop_outdated(self, wanted: Mapping[str, str]) -> None:
        """Drops tables whose columns have changed and what is no longer published; views before tables."""
        outdated = {
            name for name, known in self._known.items()
            if name not in wanted or (not known.is_view and known.definition != wanted[name])
        }  # fmt: skip
        if any(not self._known[name].is_view for name in outdated):
            # The views may select from one of these tables.
            outdated |= {name for name, known in self._known.items() if known.is_view}
        for name in sorted(outdated, key=lambda name: not self._known[name].is_view):
            self._drop(name)

    def _drop(self, name: str) -> None:
        self._grants[name] = self._schema.grants(name)
        kind = "VIEW" if self._known[name].is_view else "TABLE"
        self._connection.execute(f"DROP {kind} {self._schema.in_schema(name)}")
        self._schema.note(name, None)
        del self._known[name]

    def _replace_rows(self, relation: Relation, definition: str) -> int | None:
        """Replaces the changed parts of a table; returns the number of rows copied, None if nothing has changed."""
        known = self._known.get(relation.name)
        digests = part_digests(self._tables, relation)
        current = {part: digest for part, (digest, _) in digests.items()}
        comments = json.dumps(relation.comments)
        table = self._schema.in_schema(relation.name)
        if known is None:
            columns = ", ".join(
                f"{identifier(column.name)} {postgres_type(column.type)}{'' if column.nullable else ' NOT NULL'}"
                for column in relation.columns
            )
            self._connection.execute(f"CREATE TABLE {table} ({columns})")
            self._grant(relation.name)
        if known is None or known.comments != comments:
            self._comment("TABLE", table, relation.comments)
        parts = changed_parts({} if known is None else known.parts, current)
        if known is not None and not parts and known.comments == comments:
            return None
        if parts and known is not None:
            self._connection.execute(f"DELETE FROM {table} WHERE {part_in_postgres(relation)} = ANY(%s)", [parts])
        self._copy(relation, table, [part for part in parts if part in current])
        self._schema.note(relation.name, Known(is_view=False, definition=definition, comments=comments, parts=current))
        return sum(digests[part][1] for part in parts if part in digests) if parts or known is None else None

    def _copy(self, relation: Relation, table: str, parts: list[str]) -> None:
        if not parts:
            return
        file = self._folder / f"{relation.name}.csv"
        write_parts(self._tables, relation, parts, file)
        columns = ", ".join(identifier(column.name) for column in relation.columns)
        with (
            file.open("rb") as rows,
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv, NULL '\\N')") as copy,
        ):
            for block in _blocks(rows):
                copy.write(block)
        file.unlink()

    def _replace_view(self, view: PublishedView) -> None:
        known = self._known.get(view.name)
        comments = json.dumps(view_comments(view))
        name = self._schema.in_schema(view.name)
        if known is not None and (known.definition, known.comments) == (view.query, comments):
            return
        if known is not None and known.definition != view.query and not self._replaced_in_place(view):
            self._drop(view.name)
            known = None
        if known is None:
            self._connection.execute(f"CREATE VIEW {name} AS {view.query}")
            self._grant(view.name)
        self._comment("VIEW", name, view_comments(view))
        self._schema.note(view.name, Known(is_view=True, definition=view.query, comments=comments))

    def _replaced_in_place(self, view: PublishedView) -> bool:
        """Replaces the query of a view if its columns stay the same: what others built on it stays as well."""
        from psycopg import errors  # noqa: PLC0415

        with suppress(errors.InvalidTableDefinition), self._connection.transaction():
            self._connection.execute(f"CREATE OR REPLACE VIEW {self._schema.in_schema(view.name)} AS {view.query}")
            return True
        return False

    def _grant(self, name: str) -> None:
        for statement in self._grants.get(name, ()):
            self._connection.execute(statement)

    def _comment(self, kind: str, name: str, comments: Comments) -> None:
        for column, text in comments:
            place = f"{kind} {name}" if column is None else f"COLUMN {name}.{identifier(column)}"
            self._connection.execute(f"COMMENT ON {place} IS {literal(text)}")


def _definition(relation: Relation) -> str:
    return json.dumps([[column.name, postgres_type(column.type), column.nullable] for column in relation.columns])


def _check_names(source: PublishSource, relations: list[Relation]) -> None:
    names = [view.name for view in source.views]
    for relation in relations:
        names += [relation.name, *(column.name for column in relation.columns)]
    for name in names:
        if len(name.encode()) > LONGEST_NAME:
            raise PublishError(
                f"PostgreSQL cuts names after {LONGEST_NAME} bytes, and {name} is longer: rename it in its model"
            )


def _blocks(file: Any) -> Iterator[bytes]:
    while block := file.read(_BLOCK_BYTES):
        yield block


def _vacuum(connection: "psycopg.Connection[Any]", tables: list[str]) -> None:
    """Frees the space of deleted rows and updates the statistics of changed tables, so that queries stay fast."""
    import psycopg  # noqa: PLC0415

    for table in tables:
        # The tables are published by now; the server's own vacuum comes later if this one fails.
        with suppress(psycopg.Error):
            connection.execute(f"VACUUM (ANALYZE) {table}")
