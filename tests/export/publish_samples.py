"""Tables given by value, and programs that publish or read in processes of their own."""

import sys
import textwrap
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from pipelines.export.publish import ExtraColumn, ExtraTable

ROOT = Path(__file__).parents[2]

ALERT_COLUMNS = (
    ExtraColumn("alert_id", "VARCHAR", nullable=False),
    ExtraColumn("status", "VARCHAR", nullable=False),
    ExtraColumn("opened_at", "TIMESTAMP WITH TIME ZONE", nullable=False),
    ExtraColumn("resolved_at", "TIMESTAMP WITH TIME ZONE"),
    ExtraColumn("period_start", "DATE"),
    ExtraColumn("value", "DOUBLE"),
    ExtraColumn("messages_sent", "BIGINT"),
)
ALERT = ("a1", "firing", datetime(2026, 3, 30, 7, 0, tzinfo=UTC), None, date(2026, 3, 23), 0.64, 2)
ALERTS = {"fct_alert": ExtraTable(ALERT_COLUMNS, [ALERT])}


def script(text: str, *arguments: object) -> list[str]:
    """Returns the command that runs a Python program with arguments."""
    return [sys.executable, "-c", textwrap.dedent(text), *map(str, arguments)]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str, bool]]:
    return connection.execute(
        "select column_name, data_type, is_nullable from duckdb_columns() "
        "where table_name = ? and database_name = current_database() order by column_index",
        [table],
    ).fetchall()


def count_in(path: Path, table: str = "fct_kpi") -> int:
    """Returns the number of rows of a table in a database."""
    with duckdb.connect(str(path), read_only=True) as connection:
        [(count,)] = connection.execute(f"select count(*) from {table}").fetchall()
    return int(count)
