"""Values that the settings themselves give for a column: as SQL, and whether they are values of the column.

They are written as YAML and ISO 8601 write them, whatever the notation of the table's files is.
"""

from dataclasses import replace
from functools import cache
from typing import TypeAlias

import duckdb

from pipelines.entities import Column, Scoring
from pipelines.sources.files import cast
from pipelines.sources.files.cast import Layers, Notation
from pipelines.sources.files.zones import Zone
from pipelines.storage.sql import literal

Constant: TypeAlias = bool | int | float | str

_UTC = Zone("UTC", 0, ())
_WRONG = {
    "boolean": "is neither true nor false",
    "timestamp": "is not an ISO 8601 date or time, such as 2024-01-31T08:30",
    "date": "is not an ISO 8601 date, such as 2024-01-31",
    "integer": "is not a whole number",
    "number": "is not a number",
    "money": "is not an amount of money",
}


def constant_type(column: Column, scoring: Scoring | None) -> str:
    """Returns the DuckDB type of constants for a column: its own, but text for scores, which may be words."""
    return "VARCHAR" if _may_be_word(column, scoring) else column.duckdb_type


def constant_sql(value: Constant | None, column: Column, scoring: Scoring | None, notation: Notation) -> str:
    """Returns SQL for a constant in the type of the column, NULL if it is no value of the column."""
    if value is None:
        return f"CAST(NULL AS {constant_type(column, scoring)})"
    text = _text(value)
    if _may_be_word(column, scoring):
        is_number = not isinstance(value, str)
        return literal(text.replace(".", notation.decimal) if is_number else text)
    given = literal(text)
    layers = Layers("text", given, given, "")
    iso = Notation(notation.zone)
    return cast.value(column, replace(layers, parsed=f"({cast.parsed(column, layers, iso)})"), iso)


def constant_problem(value: Constant, column: Column, scoring: Scoring | None) -> str | None:
    """Returns why a constant is no value of the column; None if it is."""
    text = _text(value)
    if not text:
        return "is empty; remove the column, or give a value"
    if _may_be_word(column, scoring) and scoring is not None and text.lower() in scoring.words:
        return None
    plain = constant_sql(value, column, None, Notation(_UTC))
    if _is_value(plain):
        return None
    return f"{text[:80]!r} {_reason(text, column)}"


def _reason(text: str, column: Column) -> str:
    if column.allowed:
        return f"is not one of {', '.join(column.allowed)}"
    if column.lowest is not None and _is_value(constant_sql(text, replace(column, lowest=None), None, Notation(_UTC))):
        return f"is below {column.lowest}"
    return _WRONG.get(column.kind, "is no value")


def _may_be_word(column: Column, scoring: Scoring | None) -> bool:
    return scoring is not None and column.name == scoring.score


def _text(value: Constant) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.strip() if isinstance(value, str) else str(value)


@cache
def _is_value(sql: str) -> bool:
    with _database().cursor() as connection:
        return bool(connection.execute(f"SELECT ({sql}) IS NOT NULL").fetchall()[0][0])


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """The DuckDB that checks constants."""
    connection = duckdb.connect()
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    return connection
