"""Connections to the warehouse, each for the duration of a `with` block."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb


class WarehouseError(Exception):
    """The warehouse cannot be opened or read; the message says why and what to do."""


@contextmanager
def connect(path: Path, *, read_only: bool = False, timezone: str = "UTC") -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for the duration of a `with` block; WarehouseError if the file cannot be opened."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        raise WarehouseError(_opening_failed(path, str(error))) from error
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET TimeZone = $zone", {"zone": timezone})
        yield connection
    finally:
        connection.close()


def _opening_failed(path: Path, reason: str) -> str:
    if is_locked(reason):
        return (
            f"{path.name} is in use by another process; wait until that run has ended. "
            "BI tools read published/kpi.duckdb, never the warehouse."
        )
    if "does not exist" in reason:
        return f"{path.name} does not exist yet: run `vigie run` first."
    return f"{path.name} cannot be opened ({reason.splitlines()[0]}); delete it, the next run rebuilds it."


def is_locked(reason: str) -> bool:
    """Returns whether DuckDB says that another process has the file. It also speaks of corrupt blocks."""
    return "set lock on file" in reason.lower()


def moment_at(microseconds: int) -> datetime:
    """Returns the moment, UTC, that is so many microseconds after 1970 began: what `epoch_us` returns of one."""
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)


def first_line(error: Exception) -> str:
    """Returns the first line of an error's message: DuckDB adds the query and hints below it."""
    return str(error).partition("\n")[0]
