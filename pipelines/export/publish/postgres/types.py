"""DuckDB's types in PostgreSQL, and values in a form that its COPY reads."""

import re

from pipelines.export.publish.source import ExtraColumn
from pipelines.storage.sql import identifier

# PostgreSQL has no unsigned integers and none of one byte.
_TYPES = {
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "UTINYINT": "smallint",
    "SMALLINT": "smallint",
    "USMALLINT": "integer",
    "INTEGER": "integer",
    "UINTEGER": "bigint",
    "BIGINT": "bigint",
    "UBIGINT": "numeric(20,0)",
    "HUGEINT": "numeric(39,0)",
    "UHUGEINT": "numeric(39,0)",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "VARCHAR": "text",
    "BLOB": "bytea",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "INTERVAL": "interval",
    "UUID": "uuid",
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


def postgres_type(duckdb_type: str) -> str:
    """Returns the type in PostgreSQL; lists become JSON, enums text."""
    if duckdb_type.endswith("]"):
        return "json"
    if duckdb_type.startswith("ENUM("):
        return "text"
    decimal = _DECIMAL.fullmatch(duckdb_type)
    return f"numeric({decimal[1]},{decimal[2]})" if decimal else _TYPES[duckdb_type]


def copied_value(column: ExtraColumn) -> str:
    """Returns the SQL of a column's value as DuckDB writes it into the CSV that PostgreSQL reads."""
    name = identifier(column.name)
    if column.type.endswith("]"):
        return f"cast(to_json({name}) as varchar)"
    if postgres_type(column.type) == "text":
        # Texts in PostgreSQL cannot hold the character NUL.
        return f"replace(cast({name} as varchar), chr(0), '')"
    if column.type == "BLOB":
        return f"'\\x' || hex({name})"
    if column.type == "TIMESTAMP_NS":
        return f"cast({name} as timestamp)"
    return name


def is_quoted(column: ExtraColumn) -> bool:
    """Returns whether the column's values are quoted in the CSV, so that none is taken for NULL or the end of data."""
    return postgres_type(column.type) in {"text", "json", "bytea"}
