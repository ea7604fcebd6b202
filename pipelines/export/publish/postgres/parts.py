"""The parts of a table: what is copied again when it has changed, and nothing else.

A part is a month of the table's first DATE column; a table without one is a single part. Both databases must put each
row into the same part, so dates outside the years 1 to 9999 are one part together with the rows without a date.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from pipelines.export.publish.postgres.types import copied_value, is_quoted
from pipelines.export.publish.relations import Relation
from pipelines.storage.sql import identifier, literal, literals

WHOLE = ""
"""The only part of a table without dates; otherwise the part of the rows without a date."""


def part_digests(connection: duckdb.DuckDBPyConnection, relation: Relation) -> dict[str, tuple[str, int]]:
    """Returns the digest of the rows of each part, in any order, and their number."""
    values = ", ".join(identifier(column.name) for column in relation.columns)
    rows = connection.execute(
        f"select {_part_in_duckdb(relation)}, count(*), sum(hash({values})) from ({relation.query}) group by 1"
    ).fetchall()
    return {part: (f"{total:x}", count) for part, count, total in rows}


def write_parts(connection: duckdb.DuckDBPyConnection, relation: Relation, parts: Sequence[str], file: Path) -> None:
    """Writes the rows of some parts into a CSV file without a header, in which `\\N` is NULL."""
    values = ", ".join(f"{copied_value(column)} as {identifier(column.name)}" for column in relation.columns)
    quoted = ", ".join(identifier(column.name) for column in relation.columns if is_quoted(column))
    quoting = f", force_quote ({quoted})" if quoted else ""
    connection.execute(
        f"copy (select {values} from ({relation.query}) where {_part_in_duckdb(relation)} in {literals(parts)})"
        f" to {literal(str(file))} (format csv, header false, nullstr '\\N'{quoting})"
    )


def part_in_postgres(relation: Relation) -> str:
    """Returns the SQL of the part of a row in PostgreSQL."""
    column = _dated_by(relation)
    if column is None:
        return "''"
    return f"case when {column} between '0001-01-01' and '9999-12-31' then to_char({column}, 'YYYY-MM') else '' end"


def changed_parts(known: Mapping[str, str], current: Mapping[str, str]) -> list[str]:
    """Returns the parts whose digests differ, those that are new or gone included."""
    return sorted(part for part in {*known, *current} if known.get(part) != current.get(part))


def _part_in_duckdb(relation: Relation) -> str:
    column = _dated_by(relation)
    if column is None:
        return "''"
    return f"case when year({column}) between 1 and 9999 then strftime({column}, '%Y-%m') else '' end"


def _dated_by(relation: Relation) -> str | None:
    return next((identifier(column.name) for column in relation.columns if column.type == "DATE"), None)
