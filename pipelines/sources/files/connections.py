"""DuckDB connections in memory that read extracts."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Self

import duckdb

from pipelines.storage.sql import literal

# Much of reading keeps one core busy: decompressing, finding the ends of rows.
READERS = 2


class Connections:
    """DuckDB connections, one for each thread that reads; an idle one is used again."""

    def __init__(self, folder: Path, timezone: str) -> None:
        self._folder = folder
        self._timezone = timezone
        self._idle: LifoQueue[duckdb.DuckDBPyConnection] = LifoQueue()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextmanager
    def one(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Gives a connection for the duration of a `with` block."""
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = self._stack.enter_context(open_connection(self._folder, self._timezone))
            _limit_memory(connection)
        try:
            yield connection
        finally:
            self._idle.put(connection)


def _limit_memory(connection: duckdb.DuckDBPyConnection) -> None:
    """Limits a connection to its share of the memory, because several read at once."""
    row = connection.execute("SELECT current_setting('memory_limit')").fetchone()
    amount, unit = str(row[0] if row else "").split()
    connection.execute(f"SET memory_limit = '{float(amount) / READERS} {unit}'")


@contextmanager
def open_connection(folder: Path, timezone: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Gives a DuckDB in memory, which spills to `folder` what its memory cannot hold."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": str(folder / "spill"),
        "autoinstall_known_extensions": "false",
    }
    with duckdb.connect(":memory:", config=config) as connection:
        connection.execute(f"SET TimeZone = {literal(timezone)}")
        connection.execute("SET enable_progress_bar = false")
        # The first optimizer turns long lists into joins, in which rows lose their order. The second moves what two
        # expressions have in common out of their TRY.
        connection.execute("SET disabled_optimizers = 'in_clause,common_subexpressions'")
        yield connection
