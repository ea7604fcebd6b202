"""Local times to UTC.

DuckDB converts with ICU, which takes about a microsecond a row. Between two changes of the clocks the offset is
constant, so the changes are computed once, with ICU, and rows are converted by comparisons.
"""

from dataclasses import dataclass
from functools import cache

import duckdb

from pipelines.sources.files.sql import steps
from pipelines.storage.sql import literal

_FIRST = "TIMESTAMP '1990-01-01'"
_LAST = "TIMESTAMP '2045-01-01'"


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone: from each local time in `changes` on, local time is so many microseconds ahead of UTC.

    `first` holds before the changes, from 1990 on.
    """

    name: str
    first: int
    changes: tuple[tuple[str, int], ...]


@cache
def zone(name: str) -> Zone:
    """Returns the zone called `name`, an IANA name.

    A local time that occurs twice means the later one. A local time that the clocks skip is read with the offset from
    before the change. Both are ICU's rules.
    """
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = {literal(name)}")
        connection.execute(f"CREATE TABLE spans AS SELECT {_FIRST} AS since, {_LAST} AS until")
        for step in ("1 DAY", "1 HOUR", "1 MINUTE"):
            connection.execute(f"""
                CREATE OR REPLACE TABLE spans AS
                WITH moments AS (
                    SELECT since, unnest(range(since, until + INTERVAL {step}, INTERVAL {step})) AS moment FROM spans
                ),
                compared AS (
                    SELECT moment, {_ahead("moment")} AS ahead, lag(moment) OVER w AS before
                    FROM moments WINDOW w AS (PARTITION BY since ORDER BY moment)
                )
                SELECT before AS since, moment AS until FROM compared WHERE ahead <> {_ahead("before")}
            """)
        changes = connection.execute(
            f"SELECT strftime(until, '%Y-%m-%d %H:%M'), {_ahead('until')} FROM spans ORDER BY until"
        ).fetchall()
        first = connection.execute(f"SELECT {_ahead(_FIRST)}").fetchall()[0][0]
    return Zone(name, first, tuple(changes))


def _ahead(local: str) -> str:
    return f"epoch_us({local}) - epoch_us(CAST({local} AS TIMESTAMPTZ))"


def to_utc(local: str, in_zone: Zone) -> str:
    """Returns the SQL expression `local`, a TIMESTAMP, as the TIMESTAMPTZ at which clocks in the zone show it.

    Outside the years 1990 to 2044 the time zone of the connection converts; it must be the same zone.
    """
    if in_zone.name in ("UTC", "Etc/UTC"):
        return f"make_timestamptz(epoch_us({local}))"
    ahead = steps(
        local, [(f"TIMESTAMP '{since}'", microseconds) for since, microseconds in in_zone.changes], in_zone.first
    )
    return (
        f"CASE WHEN {local} >= {_FIRST} AND {local} < {_LAST}"
        f" THEN make_timestamptz(epoch_us({local}) - {ahead}) ELSE CAST({local} AS TIMESTAMPTZ) END"
    )
