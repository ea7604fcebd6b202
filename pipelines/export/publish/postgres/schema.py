"""The schema in PostgreSQL: whether it is ours, and what it holds."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipelines.export.errors import PublishError
from pipelines.storage.sql import identifier, literal

if TYPE_CHECKING:
    import psycopg

_MARK = "Published by Vigie"
_PUBLICATION = "vigie_publication"
_RELATION = "vigie_relation"
LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL, which cuts longer ones without an error."""

_EMPTY = """
    SELECT NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = %(schema)s)
       AND NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = %(schema)s)
       AND NOT EXISTS (SELECT FROM pg_type WHERE typnamespace = %(schema)s)
"""

# Somebody may have dropped what Vigie created.
_IS_MISSING = "to_regclass(quote_ident(%s) || '.' || quote_ident(relation)) IS NULL"


@dataclass(frozen=True, slots=True)
class Known:
    """What the schema holds of a table or view, according to the notes in the schema.

    `definition` is its columns, or the query of a view; `comments` are those that it has, as JSON; `parts` has the
    digests of a table's parts.
    """

    is_view: bool
    definition: str
    comments: str
    parts: Mapping[str, str] = field(default_factory=dict)


class Schema:
    """A schema in which Vigie may do everything, and the notes that it keeps there."""

    def __init__(self, connection: "psycopg.Connection[Any]", name: str, company: str) -> None:
        self._connection = connection
        self.name = name
        self._company = company

    def in_schema(self, relation: str) -> str:
        """Returns the qualified identifier of a table or view."""
        return f"{identifier(self.name)}.{identifier(relation)}"

    def problem(self) -> str | None:
        """Returns why tables cannot be published into this schema, None if they can; changes nothing."""
        found = self._connection.execute(
            "SELECT oid, obj_description(oid, 'pg_namespace'), pg_has_role(nspowner, 'USAGE'),"
            " pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = %s",
            [self.name],
        ).fetchone()
        if found is None:
            row = self._connection.execute(
                "SELECT has_database_privilege(current_database(), 'CREATE'), current_user, current_database()"
            ).fetchone()
            if row is not None and not row[0]:
                return (
                    f"there is no schema {self.name}, and {row[1]} may not create it: run CREATE SCHEMA {self.name} "
                    f"AUTHORIZATION {identifier(row[1])}; as an administrator of the database {row[2]}"
                )
            return None
        oid, comment, is_owner, owner = found
        if not is_owner:
            return (
                f"the schema {self.name} belongs to {owner}: name another one with publish.schema, or make the user "
                "of publish.postgres its owner"
            )
        if not (comment or "").startswith(_MARK):
            [is_empty] = self._connection.execute(_EMPTY, {"schema": oid}).fetchone() or [False]
            return (
                None
                if is_empty
                else f"the schema {self.name} holds tables that are not Vigie's: name another one with publish.schema"
            )
        other = self._publication()
        if other is not None and other[0] != self._company:
            return f"the schema {self.name} holds the tables of {other[0]}: name another one with publish.schema"
        return None

    def content(self) -> str | None:
        """Returns what identifies the content of the last publication; None without one, or if a table is missing."""
        publication = self._publication()
        if publication is None:
            return None
        missing = self._connection.execute(
            f"SELECT FROM {self.in_schema(_RELATION)} WHERE {_IS_MISSING}", [self.name]
        ).fetchone()
        return str(publication[1]) if missing is None else None

    def prepare(self) -> None:
        """Creates what is missing of the schema and its notes, and waits for other processes that publish into it.

        Must be called in a transaction, which holds the lock until its end.

        Raises:
            PublishError: the schema is not Vigie's to change.
        """
        self._connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7394551206))", [self.name])
        problem = self.problem()
        if problem is not None:
            raise PublishError(problem)
        if self._connection.execute("SELECT to_regnamespace(quote_ident(%s))", [self.name]).fetchone() == (None,):
            # With IF NOT EXISTS, PostgreSQL asks for the right to create a schema even where there is one.
            self._connection.execute(f"CREATE SCHEMA {identifier(self.name)}")
        mark = f"{_MARK} for {self._company}. Everything in this schema is replaced; create your own views elsewhere."
        self._connection.execute(f"COMMENT ON SCHEMA {identifier(self.name)} IS {literal(mark)}")
        self._connection.execute(
            f"CREATE TABLE IF NOT EXISTS {self.in_schema(_PUBLICATION)} (company text NOT NULL, content text NOT NULL,"
            " published_at timestamptz NOT NULL)"
        )
        self._connection.execute(
            f"CREATE TABLE IF NOT EXISTS {self.in_schema(_RELATION)} (relation text PRIMARY KEY,"
            " is_view boolean NOT NULL, definition text NOT NULL, comments text NOT NULL, parts text NOT NULL)"
        )
        self._connection.execute(f"DELETE FROM {self.in_schema(_RELATION)} WHERE {_IS_MISSING}", [self.name])
        for table, text in (
            (_PUBLICATION, "When Vigie last published into this schema, and what."),
            (_RELATION, "Vigie's notes on the tables and views of this schema."),
        ):
            self._connection.execute(f"COMMENT ON TABLE {self.in_schema(table)} IS {literal(text)}")

    def known(self) -> dict[str, Known]:
        """Returns the tables and views that Vigie created here; `prepare` has removed those that no longer exist."""
        rows = self._connection.execute(
            f"SELECT relation, is_view, definition, comments, parts FROM {self.in_schema(_RELATION)}"
        ).fetchall()
        return {
            name: Known(is_view, text, comments, json.loads(parts)) for name, is_view, text, comments, parts in rows
        }

    def exists(self, relation: str) -> bool:
        """Returns whether the schema has a table or view of this name, whoever created it."""
        row = self._connection.execute(
            "SELECT to_regclass(quote_ident(%s) || '.' || quote_ident(%s)) IS NOT NULL", [self.name, relation]
        ).fetchone()
        return bool(row and row[0])

    def note(self, relation: str, known: Known | None) -> None:
        """Records what the schema now holds of a table or view; None after it was dropped."""
        self._connection.execute(f"DELETE FROM {self.in_schema(_RELATION)} WHERE relation = %s", [relation])
        if known is not None:
            self._connection.execute(
                f"INSERT INTO {self.in_schema(_RELATION)} VALUES (%s, %s, %s, %s, %s)",
                [relation, known.is_view, known.definition, known.comments, json.dumps(dict(known.parts))],
            )

    def note_publication(self, content: str) -> None:
        """Records that everything was published."""
        self._connection.execute(f"DELETE FROM {self.in_schema(_PUBLICATION)}")
        self._connection.execute(
            f"INSERT INTO {self.in_schema(_PUBLICATION)} VALUES (%s, %s, now())", [self._company, content]
        )

    def grants(self, relation: str) -> list[str]:
        """Returns the statements that grant again what has been granted on a table or view."""
        rows = self._connection.execute(
            "SELECT privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,"
            " is_grantable FROM pg_class, aclexplode(relacl)"
            " WHERE oid = to_regclass(quote_ident(%s) || '.' || quote_ident(%s)) AND grantee <> relowner",
            [self.name, relation],
        ).fetchall()
        return [
            f"GRANT {privilege} ON {self.in_schema(relation)} TO {role}{' WITH GRANT OPTION' if may_grant else ''}"
            for privilege, role, may_grant in rows
        ]

    def _publication(self) -> Sequence[Any] | None:
        if not self.exists(_PUBLICATION):
            return None
        return self._connection.execute(f"SELECT company, content FROM {self.in_schema(_PUBLICATION)}").fetchone()
