"""Statistics of the rows of one load, from which `warnings` decides what is probably wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import duckdb

from pipelines.entities import Column, Entity
from pipelines.storage.sql import identifier, literal, literals

# Rows of which texts are looked at, spread over the load in blocks as DuckDB reads them.
_LOOKED_AT = 20_000
_BLOCK = 2_048
_MOST_VALUES = 30
# UTF-8 that was read as Latin-1 or Windows-1252, and the mark of a character that was lost.
_GARBLED = "Ã[\u0080-\u00bf\u0152-\u2122]|â€|Â[\u00a0-\u00bf]|\ufffd"
_GARBLED_SIGNS = "Ãâ�Â"
# Codes beside each other. A comma is also a part of names, such as `Fabrikam, Inc.`: there each part must have a digit,
# or be an e-mail address.
_CODE, _CLEAR_CODE = r"[^;|,\s]+", r"[^;|,\s]*[\d@][^;|,\s]*"
_SEVERAL = rf"^({_CODE}( *[;|] *{_CODE})+|{_CLEAR_CODE}( *, *{_CLEAR_CODE})+) *[;|,]?$"


@dataclass(frozen=True, slots=True)
class MomentStatistics:
    """The moments of a column.

    `years` has the number of rows of each year, `future` those after the moment up to which the source was read, and
    `latest` the day of the latest of these, as text: the end of the year 9999 may be a day that Python has no date for.
    `days` are the different days of the month, `months` the different months.
    """

    column: Column
    years: Mapping[int, int]
    future: int
    latest: str | None
    days: int
    highest_day: int
    months: int

    @property
    def rows(self) -> int:
        """The number of rows that have a moment."""
        return sum(self.years.values())


@dataclass(frozen=True, slots=True)
class TextStatistics:
    """The texts of a column: how many of the `rows` looked at are garbled or hold several values, and one of each."""

    column: Column
    rows: int
    garbled: int
    garbled_example: str | None
    several: int
    several_example: str | None
    is_sample: bool = False


@dataclass(frozen=True, slots=True)
class RejectedValues:
    """What a column of rejected rows holds.

    `values` counts the most frequent; `rows` all of them, of which `exchanged` are dates if day and month change places
    in the format `other_format`.
    """

    column: Column
    rows: int
    values: Mapping[str, int]
    exchanged: int = 0
    other_format: str | None = None


@dataclass(frozen=True, slots=True)
class LoadStatistics:
    """What the rows of a load are like; `statuses` counts the values of the columns that hold a status."""

    moments: Sequence[MomentStatistics] = ()
    texts: Sequence[TextStatistics] = ()
    rejected: Sequence[RejectedValues] = ()
    statuses: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def collect(
    connection: duckdb.DuckDBPyConnection,
    staged: str,
    entity: Entity,
    filled: Sequence[str],
    formats: Sequence[str],
    until: datetime,
) -> LoadStatistics:
    """Returns the statistics of staged rows.

    Args:
        connection: DuckDB with the rows.
        staged: the name of their table: the entity's columns, and `_bad` as `checks.bad_rows` describes it.
        entity: what the rows are.
        filled: the entity's columns that the file fills.
        formats: the `datetime_format` of the table.
        until: the moment up to which the source was read, aware.
    """
    columns = [entity.column(name) for name in filled]
    sample, is_sample = _sample(connection, staged)
    return LoadStatistics(
        moments=[
            _moments(connection, staged, sample, column, until)
            for column in columns
            if column.kind in ("timestamp", "date")
        ],
        texts=[
            replace(texts, is_sample=is_sample)
            for texts in _texts(
                connection, sample, [column for column in columns if column.kind == "text" and not column.allowed]
            )
        ],
        rejected=_rejected(connection, staged, columns, formats),
        statuses={column.name: _values(connection, sample, column) for column in columns if column.name == "status"},
    )


def _sample(connection: duckdb.DuckDBPyConnection, staged: str) -> tuple[str, bool]:
    """A query for good rows, all of them or blocks from everywhere in the table, and whether it is a sample."""
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {staged}").fetchall()
    step = max(1, rows // _LOOKED_AT)
    block = "" if step == 1 else f" AND (rowid // {_BLOCK}) % {step} = 0"
    return f"SELECT * FROM {staged} WHERE _bad IS NULL{block}", step > 1


def _moments(
    connection: duckdb.DuckDBPyConnection, staged: str, sample: str, column: Column, until: datetime
) -> MomentStatistics:
    name = identifier(column.name)
    now = f"CAST({literal(until.isoformat())} AS TIMESTAMPTZ) + INTERVAL 1 DAY"
    # What a calendar shows in the table's time zone takes a hundred times as long as in UTC: only a sample gets it, and
    # years begin by the offset that the zone has at new year.
    year = f"year(make_timestamp(epoch_us({name}) + {_offset_at_new_year(connection)}))"
    found = connection.execute(f"""
        SELECT CAST({year if column.kind == "timestamp" else f"year({name})"} AS INTEGER), count(*),
            count(*) FILTER ({name} > {now}), strftime(max({name}) FILTER ({name} > {now}), '%Y-%m-%d')
        FROM {staged} WHERE _bad IS NULL AND {name} IS NOT NULL GROUP BY 1 ORDER BY 1
    """).fetchall()
    ((days, months),) = connection.execute(
        f"SELECT bit_or(1::BIGINT << day({name})), bit_or(1::BIGINT << month({name})) FROM ({sample})"
    ).fetchall()
    return MomentStatistics(
        column=column,
        years={row[0]: row[1] for row in found},
        future=sum(row[2] for row in found),
        latest=next((row[3] for row in reversed(found) if row[3] is not None), None),
        days=(days or 0).bit_count(),
        highest_day=(days or 0).bit_length() - 1,
        months=(months or 0).bit_count(),
    )


def _texts(connection: duckdb.DuckDBPyConnection, sample: str, columns: Sequence[Column]) -> list[TextStatistics]:
    if not columns:
        return []
    flagged, counted = [], []
    for position, column in enumerate(columns):
        name = identifier(column.name)
        garbled = f"{_contains_any(name, _GARBLED_SIGNS)} AND regexp_matches({name}, {literal(_GARBLED)})"
        several = f"{_contains_any(name, ';|,')} AND regexp_matches({name}, {literal(_SEVERAL)})"
        flagged += [f"{name} AS n{position}", f"CASE WHEN {garbled} THEN {name} END AS g{position}"]
        # Only ids must be single; a comma in a name or a subject says nothing.
        one = f"CASE WHEN {several} THEN {name} END" if column.name.endswith("_id") else "CAST(NULL AS VARCHAR)"
        flagged.append(f"{one} AS s{position}")
        counted += [f"count({each}{position})" for each in "ngs"] + [f"min({each}{position})" for each in "gs"]
    query = f"SELECT {', '.join(counted)} FROM (SELECT {', '.join(flagged)} FROM ({sample}))"
    (row,) = connection.execute(query).fetchall()
    found = []
    for position, column in enumerate(columns):
        rows, garbled, several, *examples = row[position * 5 : position * 5 + 5]
        found.append(TextStatistics(column, rows, garbled, examples[0], several, examples[1]))
    return found


def _offset_at_new_year(connection: duckdb.DuckDBPyConnection) -> int:
    """The offset of the connection's time zone from UTC at a new year, in microseconds."""
    moment = "TIMESTAMPTZ '2000-01-01 00:00:00+00'"
    ((offset,),) = connection.execute(f"SELECT epoch_us(CAST({moment} AS TIMESTAMP)) - epoch_us({moment})").fetchall()
    return int(offset)


def _contains_any(name: str, signs: str) -> str:
    """A condition that is cheaper than the regular expression that it precedes."""
    return f"({' OR '.join(f'contains({name}, {literal(sign)})' for sign in signs)})"


def _values(connection: duckdb.DuckDBPyConnection, sample: str, column: Column) -> Mapping[str, int]:
    name = identifier(column.name)
    found = connection.execute(
        f"SELECT {name}, count(*) FROM ({sample}) WHERE {name} IS NOT NULL"
        f" GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {_MOST_VALUES}"
    ).fetchall()
    return dict(found)


def _rejected(
    connection: duckdb.DuckDBPyConnection, staged: str, columns: Sequence[Column], formats: Sequence[str]
) -> list[RejectedValues]:
    """What the rejected rows hold in columns of closed lists and of dates."""
    chosen = {
        column.name: column
        for column in columns
        if column.allowed or column.kind == "boolean" or (column.kind in ("timestamp", "date") and formats)
    }
    if not chosen:
        return []
    others = [other for each in formats if (other := _exchanged(each)) is not None]
    is_exchanged = " OR ".join(f"try_strptime(value, {literal(each)}) IS NOT NULL" for each in others) or "false"
    found = connection.execute(f"""
        WITH errors AS (
            SELECT unnest(from_json(CAST(_bad AS JSON) -> 'errors', '[{{"column": "VARCHAR", "value": "VARCHAR"}}]'),
                recursive := true)
            FROM {staged} WHERE _bad LIKE '{{%'
        )
        SELECT "column", value, count(*), count(*) FILTER ({is_exchanged}) FROM errors
        WHERE "column" IN {literals(tuple(chosen))} AND value IS NOT NULL GROUP BY ALL ORDER BY 3 DESC, 2
    """).fetchall()
    result = []
    for name, column in chosen.items():
        rows = [row for row in found if row[0] == name]
        if rows:
            values = {value: count for _, value, count, _ in rows[:_MOST_VALUES]}
            result.append(
                RejectedValues(
                    column, sum(row[2] for row in rows), values, sum(row[3] for row in rows), next(iter(others), None)
                )
            )
    return result


def _exchanged(datetime_format: str) -> str | None:
    """The format in which day and month have changed places; None if it does not have both as numbers."""
    if "%d" not in datetime_format or "%m" not in datetime_format:
        return None
    return datetime_format.replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m")
