"""The build record: from which inputs the tables of the warehouse were built, and whether they passed their tests.

It is a table of the warehouse itself (`control.build`), so that it cannot outlive the tables it describes. Readers must
hold the lock of the home folder: while dbt writes, the warehouse cannot be opened.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.warehouse.connection import WarehouseError, connect, moment_at


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """The state of the tables.

    `build_id` identifies the prepared inputs; `inputs` is their digest. `next_moment` is the first one in raw data
    after the as-of: from it on, a build gives other tables from the same inputs; None if there is none. `passed_at`
    (UTC) is None while a build is running, and after one that failed. `loads` is a text that says from which loads the
    tables are built.
    """

    build_id: str
    inputs: str
    next_moment: datetime | None
    passed_at: datetime | None
    loads: str = ""


def read_build_record(path: Path) -> BuildRecord | None:
    """Returns the record of the warehouse at `path`; None if there is no warehouse or nothing was built in it."""
    if not path.exists():
        return None
    try:
        with connect(path, read_only=True) as connection:
            row = connection.execute(
                "SELECT build_id, inputs, epoch_us(next_moment), epoch_us(passed_at), loads FROM control.build"
            ).fetchone()
    except (duckdb.CatalogException, duckdb.BinderException, WarehouseError):
        return None
    if row is None:
        return None
    build_id, inputs, next_us, passed_us, loads = row
    return BuildRecord(build_id, inputs, _moment(next_us), _moment(passed_us), loads)


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else moment_at(microseconds)


def write_build_record(path: Path, record: BuildRecord) -> None:
    """Replaces the record of the warehouse at `path`."""
    with connect(path) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS control")
        connection.execute(
            "CREATE OR REPLACE TABLE control.build AS SELECT CAST($build_id AS VARCHAR) AS build_id,"
            " CAST($inputs AS VARCHAR) AS inputs, CAST($next_moment AS TIMESTAMPTZ) AS next_moment,"
            " CAST($passed_at AS TIMESTAMPTZ) AS passed_at, CAST($loads AS VARCHAR) AS loads",
            {
                "build_id": record.build_id,
                "inputs": record.inputs,
                "next_moment": record.next_moment,
                "passed_at": record.passed_at,
                "loads": record.loads,
            },
        )
