"""The history of KPI values: each value of a complete period as it was known over time."""

from pathlib import Path

import duckdb

from pipelines.storage.sql import literal
from pipelines.warehouse.connection import WarehouseError, connect, first_line

_REVISION_KEY = ("kpi", "grain", "period_start", "segment_type", "segment")


def record_revisions(path: Path, history: Path) -> None:
    """Keeps in `history` how each complete KPI value was known over time, as the table `fct_kpi_revision`.

    The memory lives apart from the warehouse, which may be deleted and rebuilt. A build whose as-of lies before one
    already recorded tells of the past and changes nothing.
    """
    same = " AND ".join(f"known.{column} = current.{column}" for column in _REVISION_KEY)
    unchanged = " AND ".join(
        f"known.{column} IS NOT DISTINCT FROM current.{column}" for column in ("value", "numerator", "denominator")
    )
    with connect(path, read_only=True) as connection:
        try:
            connection.execute(f"ATTACH {literal(str(history))} AS history (READ_WRITE)")
        except duckdb.Error as error:
            raise WarehouseError(
                f"{history.name} cannot be opened ({first_line(error)}); restore it from a backup. Moved away, it is"
                " begun anew: how values were known before is then lost"
            ) from error
        connection.execute(
            "CREATE TABLE IF NOT EXISTS history.main.fct_kpi_revision (kpi VARCHAR NOT NULL, grain VARCHAR NOT NULL,"
            " period_start DATE NOT NULL, segment_type VARCHAR NOT NULL, segment VARCHAR NOT NULL, value DOUBLE,"
            " numerator DOUBLE, denominator DOUBLE, valid_from TIMESTAMPTZ NOT NULL, valid_to TIMESTAMPTZ)"
        )
        is_news = connection.execute(
            "SELECT (SELECT as_of FROM control.run) > coalesce(max(greatest(valid_from, valid_to)), '-infinity')"
            " FROM history.main.fct_kpi_revision"
        ).fetchone()
        if not is_news or not is_news[0]:
            return
        connection.execute("BEGIN")
        # A value that is told no more ends as well as one that is told differently.
        connection.execute(
            f"""
            UPDATE history.main.fct_kpi_revision AS known SET valid_to = (SELECT as_of FROM control.run)
            WHERE known.valid_to IS NULL AND NOT EXISTS (
                SELECT 1 FROM main.fct_kpi AS current WHERE current.is_complete AND {same} AND {unchanged}
            )
            """
        )
        connection.execute(
            f"""
            INSERT INTO history.main.fct_kpi_revision
            SELECT {", ".join(_REVISION_KEY)}, value, numerator, denominator, computed_at, NULL
            FROM main.fct_kpi AS current
            WHERE current.is_complete AND NOT EXISTS (
                SELECT 1 FROM history.main.fct_kpi_revision AS known WHERE {same} AND known.valid_to IS NULL
            )
            """
        )
        connection.execute("COMMIT")
