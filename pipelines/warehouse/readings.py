"""Readings: the rows of `fct_kpi` as the watch, the command line and exports see them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from pipelines.kpis import Grain
from pipelines.warehouse.connection import WarehouseError, connect
from pipelines.watch.reading import Reading


@dataclass(frozen=True, slots=True)
class Selection:
    """Which readings a watcher asks for; `segments` None means every segment of the type."""

    kpi: str
    grain: Grain
    segment_type: str
    segments: tuple[str, ...] | None = None


READING_COLUMNS = (
    "kpi, grain, period_start, segment_type, segment, value, numerator, denominator, sample_size, ci_low, ci_high,"
    " is_complete, previous_value, previous_year_value, target"
)


@contextmanager
def _built() -> Iterator[None]:
    try:
        yield
    except duckdb.CatalogException:
        raise WarehouseError("The KPI tables have not been built yet: `vigie run` builds them.") from None


def readings(path: Path, selection: Selection) -> dict[str, list[Reading]]:
    """The readings of a selection by segment, each list in the order of periods."""
    query = (
        f"SELECT {READING_COLUMNS} FROM main.fct_kpi"
        " WHERE kpi = $kpi AND grain = $grain AND segment_type = $segment_type"
        " AND ($segments IS NULL OR list_contains($segments, segment)) ORDER BY segment, period_start"
    )
    found: dict[str, list[Reading]] = {}
    wanted = {
        "kpi": selection.kpi,
        "grain": selection.grain,
        "segment_type": selection.segment_type,
        "segments": None if selection.segments is None else list(selection.segments),
    }
    with connect(path, read_only=True) as connection, _built():
        rows = connection.execute(query, wanted).fetchall()
    for row in rows:
        reading = Reading(*row)
        found.setdefault(reading.segment, []).append(reading)
    return found


def known_at(connection: duckdb.DuckDBPyConnection) -> datetime:
    """The moment that counted as now when the tables were built, UTC."""
    [(microseconds,)] = connection.execute("SELECT epoch_us(as_of) FROM control.run").fetchall()
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)


def row_counts(path: Path) -> Mapping[str, int]:
    """The number of rows of each table of the warehouse, views aside."""
    with connect(path, read_only=True) as connection:
        rows = connection.execute(
            "SELECT table_name, estimated_size FROM duckdb_tables() WHERE NOT temporary"
        ).fetchall()
    return {name: int(count) for name, count in rows}


def public_tables(path: Path) -> list[str]:
    """The tables of schema `main`, which are those BI tools get."""
    with connect(path, read_only=True) as connection:
        rows = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY table_name"
        ).fetchall()
    return [row[0] for row in rows]


@dataclass(frozen=True, slots=True)
class Score:
    """A KPI's last complete period as a whole; units as in `Kpi`."""

    kpi: str
    period_start: date
    value: float | None
    previous_value: float | None
    previous_year_value: float | None
    target: float | None
    sample_size: int
    status: str


def scores(path: Path, grain: Grain) -> list[Score]:
    """The last complete period of every KPI at a grain."""
    query = """
        SELECT kpi, period_start, value, previous_value, previous_year_value, target, sample_size, status
        FROM main.fct_kpi WHERE grain = $grain AND segment_type = 'all' AND is_complete
        QUALIFY row_number() OVER (PARTITION BY kpi ORDER BY period_start DESC) = 1
    """
    with connect(path, read_only=True) as connection, _built():
        rows = connection.execute(query, {"grain": grain}).fetchall()
    return [Score(*row) for row in rows]
