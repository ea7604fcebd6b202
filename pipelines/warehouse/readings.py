"""Readings: the rows of `fct_kpi` as the watch, the command line and exports see them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from pipelines.kpis import Grain
from pipelines.warehouse.connection import WarehouseError, connect
from pipelines.watch.reading import NAME_COLUMNS, NUMBER_COLUMNS, READING_COLUMNS


@dataclass(frozen=True, slots=True)
class Selection:
    """The series whose readings are wanted.

    `segments` None means every segment of the type, `periods` None every period; else they are those that begin then.
    """

    kpi: str
    grain: Grain
    segment_type: str
    segments: tuple[str, ...] | None = None
    periods: tuple[date, ...] | None = None


# What is missing is NaN in a frame; a period whose completeness is unknown is not complete.
_COLUMNS = {
    **{name: f"{name}::{name}_name" for name in NAME_COLUMNS},
    **{name: f"{name}::DOUBLE" for name in NUMBER_COLUMNS},
    "period_start": "period_start",
    "is_complete": "is_complete IS NOT DISTINCT FROM true",
}
_SELECTIONS = "STRUCT(kpi VARCHAR, grain VARCHAR, segment_type VARCHAR, segments VARCHAR[], periods DATE[])[]"


@contextmanager
def _built() -> Iterator[None]:
    try:
        yield
    except duckdb.CatalogException:
        raise WarehouseError("The KPI tables have not been built yet: `vigie run` builds them.") from None


def readings(path: Path, selections: Sequence[Selection]) -> pd.DataFrame:
    """Returns the readings of several selections as one frame, all from the same snapshot of the tables.

    The frame has the columns of `Reading`, each reading once, in the order of kpi, grain, segment_type, segment and
    period_start.

    Raises:
        WarehouseError: the tables cannot be opened or have not been built yet.
    """
    query = f"""
        SELECT {", ".join(f"reading.{_COLUMNS[name]} AS {name}" for name in READING_COLUMNS)}
        FROM main.fct_kpi AS reading
        SEMI JOIN (SELECT unnest($wanted::{_SELECTIONS}, recursive := true)) AS wanted
            ON wanted.kpi = reading.kpi AND wanted.grain = reading.grain
            AND wanted.segment_type = reading.segment_type
            AND (wanted.segments IS NULL OR list_contains(wanted.segments, reading.segment))
            AND (wanted.periods IS NULL OR list_contains(wanted.periods, reading.period_start))
        ORDER BY {", ".join(f"reading.{name}" for name in (*NAME_COLUMNS, "period_start"))}
    """
    wanted = [asdict(selection) for selection in selections]
    with connect(path, read_only=True) as connection, _built():
        connection.execute("BEGIN TRANSACTION")
        # As enums, names arrive as categories: five times as fast as one text for each reading.
        for name in NAME_COLUMNS:
            connection.execute(
                f"CREATE TEMP TYPE {name}_name AS ENUM (SELECT DISTINCT {name} FROM main.fct_kpi ORDER BY {name})"
            )
        return connection.execute(query, {"wanted": wanted}).df()


def segments_of(path: Path, wanted: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Sequence[str]]:
    """Returns the segments that KPIs have values for, by KPI and segment type.

    Raises:
        WarehouseError: the tables cannot be opened or have not been built yet.
    """
    found: dict[tuple[str, str], list[str]] = {}
    with connect(path, read_only=True) as connection, _built():
        for kpi, segment_type in wanted:
            rows = connection.execute(
                "SELECT DISTINCT segment FROM main.fct_kpi WHERE kpi = $kpi AND segment_type = $segment_type",
                {"kpi": kpi, "segment_type": segment_type},
            ).fetchall()
            found[kpi, segment_type] = [row[0] for row in rows]
    return found


def segment_names(path: Path, segment_types: Sequence[str]) -> Mapping[tuple[str, str], str]:
    """Returns the names of segments that are ids, by segment type and segment; several of one name have none.

    Raises:
        WarehouseError: the tables cannot be opened.
    """
    with connect(path, read_only=True) as connection:
        try:
            rows = connection.execute(
                """
                SELECT segment_type, segment, name FROM main.dim_segment
                WHERE list_contains($segment_types, segment_type) AND trim(name) <> ''
                QUALIFY count(*) OVER (PARTITION BY segment_type, name) = 1
                """,
                {"segment_types": list(segment_types)},
            ).fetchall()
        except duckdb.CatalogException:
            # The tables of an earlier version have no names.
            return {}
    return {(segment_type, segment): name for segment_type, segment, name in rows}


def row_counts(path: Path) -> Mapping[str, int]:
    """Returns the number of rows of each table of the warehouse, without views."""
    with connect(path, read_only=True) as connection:
        rows = connection.execute(
            "SELECT table_name, estimated_size FROM duckdb_tables() WHERE NOT temporary"
        ).fetchall()
    return {name: int(count) for name, count in rows}


def public_tables(path: Path) -> list[str]:
    """Returns the names of the tables of schema `main`, which are published for BI tools."""
    with connect(path, read_only=True) as connection:
        rows = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY table_name"
        ).fetchall()
    return [row[0] for row in rows]


@dataclass(frozen=True, slots=True)
class Score:
    """The value of a KPI as a whole in its last complete period; units as in `Kpi`."""

    kpi: str
    period_start: date
    value: float | None
    previous_value: float | None
    previous_year_value: float | None
    target: float | None
    sample_size: int
    status: str


def scores(path: Path, grain: Grain) -> list[Score]:
    """Returns the last complete period of every KPI at a grain.

    Raises:
        WarehouseError: the tables cannot be opened or have not been built yet.
    """
    query = """
        SELECT kpi, period_start, value, previous_value, previous_year_value, target, sample_size, status
        FROM main.fct_kpi WHERE grain = $grain AND segment_type = 'all' AND is_complete
        QUALIFY row_number() OVER (PARTITION BY kpi ORDER BY period_start DESC) = 1
    """
    with connect(path, read_only=True) as connection, _built():
        rows = connection.execute(query, {"grain": grain}).fetchall()
    return [Score(*row) for row in rows]
