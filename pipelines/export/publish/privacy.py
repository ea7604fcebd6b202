"""Keeps people out of published tables: their names, and e-mail addresses and telephone numbers, as ids as well."""

import duckdb

from pipelines.export.publish.source import Personal, Privacy
from pipelines.storage.sql import literal

_ADDRESS = r"[^\s@]+@[^\s@]+"
# A telephone number as an id, perhaps behind the name of its source.
_TELEPHONE = r"([A-Za-z0-9_\-]+:)?\+[0-9][0-9 ()./\-]{5,}"


def define_pseudonyms(connection: duckdb.DuckDBPyConnection, privacy: Privacy) -> None:
    """Defines in a connection the macros that `published_value` calls."""
    connection.execute(f"create temp macro pseudonym(text) as 'p-' || left(sha256({literal(privacy.key)} || text), 16)")
    connection.execute(
        "create temp macro public_text(text) as case when contains(text, '@') "
        f"and regexp_matches(text, {literal(_ADDRESS)}) then pseudonym(text) else text end"
    )
    connection.execute(
        "create temp macro public_id(text) as case when contains(text, '+') "
        f"and regexp_full_match(text, {literal(_TELEPHONE)}) then pseudonym(text) else public_text(text) end"
    )


def published_value(column: str, type_: str, personal: Personal | None, privacy: Privacy) -> str | None:
    """Returns the SQL of what is published of a column without people; None if the column is not published.

    Args:
        column: the column as an SQL identifier.
        type_: its type as DuckDB writes it.
        personal: how it identifies people, if it does.
        privacy: with the segment types that are people.
    """
    if personal == "value":
        return None
    if type_ != "VARCHAR":
        return column
    if personal == "id":
        return f"public_id({column})"
    if personal in {"segment", "segment_name"} and privacy.person_segments:
        people = ", ".join(map(literal, privacy.person_segments))
        of_person = f"public_id({column})" if personal == "segment" else "null"
        return f"case when segment_type in ({people}) then {of_person} else public_text({column}) end"
    # Wherever an address is, even in a column that is not about people.
    return f"public_text({column})"
