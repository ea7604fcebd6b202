"""Keeps people out of published tables: their names and addresses, and ids that name them."""

import duckdb

from pipelines.export.publish.source import Personal, Privacy
from pipelines.storage.sql import literal

# An id of letters, digits and separators with at least one digit is a number that a system gave; any other may be a
# name, an e-mail address or a telephone number.
_NUMBER = r"[A-Za-z0-9_:\-]*[0-9][A-Za-z0-9_:\-]*"
_ADDRESS = r"[^\s@]+@[^\s@]+"
# Segments that are nobody: the whole, and rows without a value.
_NOBODY = ("all", "unknown")


def define_pseudonyms(connection: duckdb.DuckDBPyConnection, privacy: Privacy) -> None:
    """Defines in a connection the macros that `published_value` calls."""
    connection.execute(f"create temp macro pseudonym(text) as 'p-' || left(sha256({literal(privacy.key)} || text), 16)")
    connection.execute(
        "create temp macro public_text(text) as case when contains(text, '@') "
        f"and regexp_matches(text, {literal(_ADDRESS)}) then pseudonym(text) else text end"
    )
    nobody = ", ".join(map(literal, _NOBODY))
    connection.execute(
        f"create temp macro public_id(text) as case when text in ({nobody}) "
        f"or regexp_full_match(text, {literal(_NUMBER)}) then text when text is not null then pseudonym(text) end"
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
