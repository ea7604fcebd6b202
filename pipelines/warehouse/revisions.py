"""The history of KPI values: each value of a complete period as it was known over time.

The history is apart from the warehouse, which may be deleted and rebuilt. A revision begins with the as-of of the build
that first had the value, and ends with that of the first build that had another value or none. Of two builds at one
as-of the revision of the first has no length: the value of the second is the one known as of that moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from pipelines.kpis import Grain
from pipelines.storage.sql import literal
from pipelines.warehouse.connection import WarehouseError, connect, first_line, is_locked, moment_at
from pipelines.warehouse.run_context import known_at

_REVISION_KEY = ("kpi", "grain", "period_start", "segment_type", "segment")

# A clock that is set right by less than this has not jumped.
_CLOCK_TOLERANCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class RevisedValue:
    """A value of a complete period that a later build has changed; None where there was, or is, no value.

    `revised_at` (aware) is the as-of of the first build that had the new value.
    """

    period_start: date
    revised_at: datetime
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class HistoryPlan:
    """What a build does to the history.

    `set_aside_after` is the moment after which recorded changes are set aside, because a clock that was ahead dated
    them; None if there are none. `records_values` says whether the values of the build are recorded.
    """

    set_aside_after: datetime | None
    records_values: bool


def plan_history(
    recorded: Sequence[datetime], *, as_of: datetime, wall_clock: datetime, is_as_of_fixed: bool
) -> HistoryPlan:
    """Returns what a build does to the history; all moments are aware.

    A build that looks further back than one already recorded changes nothing; one at the same as-of may have read late
    data. An exception are recorded moments later
    than the wall clock: a clock dated them that was ahead and has been set right since. They are set aside, unless
    they are the majority, because then the clock is more likely to be behind now. A build at a fixed as-of proves
    nothing about the clock and sets nothing aside.

    Args:
        recorded: the distinct moments at which revisions begin or end.
        as_of: the moment that counted as now in the build.
        wall_clock: the real time.
        is_as_of_fixed: whether the as-of of this pass was chosen by a person (`--as-of`) and not by the clock.
    """
    limit = wall_clock + _CLOCK_TOLERANCE
    if is_as_of_fixed:
        return HistoryPlan(None, records_values=all(moment <= as_of for moment in recorded))
    earlier = [moment for moment in recorded if moment <= limit]
    later_count = len(recorded) - len(earlier)
    clock_was_ahead = 0 < later_count <= max(1, len(earlier))
    believed = earlier if clock_was_ahead else recorded
    return HistoryPlan(
        set_aside_after=limit if clock_was_ahead else None,
        records_values=as_of <= limit and all(moment <= as_of for moment in believed),
    )


def record_revisions(path: Path, history: Path, *, wall_clock: datetime, is_as_of_fixed: bool) -> None:
    """Records in the table `fct_kpi_revision` of `history` how the values of the warehouse at `path` are known now.

    What is set aside goes to the table `set_aside_revision`, as it was, so that it can be restored by hand. See
    `plan_history` for the other arguments.

    Raises:
        WarehouseError: the warehouse or the history cannot be opened.
    """
    with connect(path, read_only=True) as connection:
        try:
            connection.execute(f"ATTACH {literal(str(history))} AS history (READ_WRITE)")
        except duckdb.Error as error:
            raise WarehouseError(_cannot_be_opened(history, error)) from error
        connection.execute(
            "CREATE TABLE IF NOT EXISTS history.main.fct_kpi_revision (kpi VARCHAR NOT NULL, grain VARCHAR NOT NULL,"
            " period_start DATE NOT NULL, segment_type VARCHAR NOT NULL, segment VARCHAR NOT NULL, value DOUBLE,"
            " numerator DOUBLE, denominator DOUBLE, valid_from TIMESTAMPTZ NOT NULL, valid_to TIMESTAMPTZ)"
        )
        plan = plan_history(
            _recorded_moments(connection),
            as_of=known_at(connection),
            wall_clock=wall_clock,
            is_as_of_fixed=is_as_of_fixed,
        )
        connection.execute("BEGIN")
        if plan.set_aside_after is not None:
            _set_aside(connection, plan.set_aside_after, wall_clock)
        if plan.records_values:
            _record(connection)
        connection.execute("COMMIT")


def revised_values(history: Path, kpi: str, grain: Grain) -> list[RevisedValue]:
    """Returns how the values of a KPI as a whole were revised, by period and moment; none without a history.

    A period that was complete, was not for a while and has the same value again was not revised.

    Raises:
        WarehouseError: the history cannot be opened.
    """
    if not history.exists():
        return []
    try:
        connection = duckdb.connect(str(history), read_only=True)
    except duckdb.Error as error:
        raise WarehouseError(_cannot_be_opened(history, error)) from error
    with connection:
        rows = connection.execute(
            """
            WITH known AS (
                SELECT period_start, valid_from, valid_to, value FROM main.fct_kpi_revision
                WHERE kpi = $kpi AND grain = $grain AND segment_type = 'all'
            ),
            -- A value that the last build did not have is gone.
            states AS (
                SELECT period_start, valid_from AS moment, valid_to, value FROM known
                UNION ALL
                SELECT period_start, max(valid_to), NULL, NULL FROM known
                GROUP BY period_start HAVING count(*) = count(valid_to)
            ),
            ordered AS (
                SELECT
                    period_start, moment, value,
                    lag(value) OVER revisions AS before, row_number() OVER revisions AS number
                FROM states
                WINDOW revisions AS (PARTITION BY period_start ORDER BY moment, valid_to NULLS LAST)
            )
            SELECT period_start, epoch_us(moment), before, value FROM ordered
            WHERE number > 1 AND before IS DISTINCT FROM value
            ORDER BY period_start, number
            """,
            {"kpi": kpi, "grain": grain},
        ).fetchall()
    return [RevisedValue(period, moment_at(moment), before, after) for period, moment, before, after in rows]


def _cannot_be_opened(history: Path, error: duckdb.Error) -> str:
    if is_locked(str(error)):
        return f"{history.name} is in use by another process; wait until that run has ended"
    return (
        f"{history.name} cannot be opened ({first_line(error)}); restore it from a backup. If it is moved away,"
        " a new history begins, and how values were known before is lost"
    )


def _recorded_moments(connection: duckdb.DuckDBPyConnection) -> list[datetime]:
    rows = connection.execute(
        "SELECT DISTINCT epoch_us(moment) FROM ("
        "SELECT valid_from AS moment FROM history.main.fct_kpi_revision"
        " UNION ALL SELECT valid_to FROM history.main.fct_kpi_revision WHERE valid_to IS NOT NULL)"
    ).fetchall()
    return [moment_at(microseconds) for (microseconds,) in rows]


def _set_aside(connection: duckdb.DuckDBPyConnection, limit: datetime, now: datetime) -> None:
    """Undoes every change after `limit`: revisions that began later are removed, those that ended later continue."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS history.main.set_aside_revision AS"
        " SELECT *, CAST(NULL AS TIMESTAMPTZ) AS set_aside_at FROM history.main.fct_kpi_revision LIMIT 0"
    )
    connection.execute(
        "INSERT INTO history.main.set_aside_revision"
        " SELECT *, $now FROM history.main.fct_kpi_revision WHERE valid_from > $limit OR valid_to > $limit",
        {"limit": limit, "now": now},
    )
    connection.execute("DELETE FROM history.main.fct_kpi_revision WHERE valid_from > $limit", {"limit": limit})
    connection.execute(
        "UPDATE history.main.fct_kpi_revision SET valid_to = NULL WHERE valid_to > $limit", {"limit": limit}
    )


def _record(connection: duckdb.DuckDBPyConnection) -> None:
    """Ends the revisions that the build does not confirm and adds its new values."""
    same_key = " AND ".join(f"known.{column} = current.{column}" for column in _REVISION_KEY)
    same_value = " AND ".join(
        f"known.{column} IS NOT DISTINCT FROM current.{column}" for column in ("value", "numerator", "denominator")
    )
    connection.execute(
        f"""
        UPDATE history.main.fct_kpi_revision AS known SET valid_to = (SELECT as_of FROM control.run)
        WHERE known.valid_to IS NULL AND NOT EXISTS (
            SELECT 1 FROM main.fct_kpi AS current WHERE current.is_complete AND {same_key} AND {same_value}
        )
        """
    )
    connection.execute(
        f"""
        INSERT INTO history.main.fct_kpi_revision
        SELECT {", ".join(_REVISION_KEY)}, value, numerator, denominator, computed_at, NULL
        FROM main.fct_kpi AS current
        WHERE current.is_complete AND NOT EXISTS (
            SELECT 1 FROM history.main.fct_kpi_revision AS known WHERE {same_key} AND known.valid_to IS NULL
        )
        """
    )
