"""DuckDB in a process of its own: it can be ended at any moment, and its memory is limited by the system.

An interrupt does not end every loop of DuckDB's Excel reader, and DuckDB's memory limit does not count the reader's own
memory. This module is both sides: `DuckDBProcess` starts the file itself as a script, which therefore imports nothing
of Vigie. They exchange one line of JSON a query.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import duckdb

# The interpreter, DuckDB's code and the stack; measured: 110 MiB.
_BASE_MEMORY = 512 << 20
# A process whose parent was killed ends this long after its time is over.
_GRACE_SECONDS = 5
_OUT_OF_MEMORY = "OutOfMemory"


class TimeoutExceededError(Exception):
    """The process did not answer in time, and was ended."""


class MemoryExceededError(Exception):
    """The process needed more memory than it may have."""


class QueryFailedError(Exception):
    """DuckDB rejected a query; the message is DuckDB's. `kind` is the name of DuckDB's exception."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a query: the names of its columns, and its rows."""

    columns: tuple[str, ...]
    rows: list[list[Any]]


class DuckDBProcess:
    """A process with a DuckDB in memory, for the duration of a `with` block.

    Args:
        seconds: after this time the process is ended, whatever it does.
        memory_bytes: what DuckDB and its readers may allocate.
        config: DuckDB's settings.
    """

    def __init__(self, seconds: float, memory_bytes: int, config: Mapping[str, str]) -> None:
        self._is_over = False
        self._process = subprocess.Popen(  # noqa: S603 - this file, with nothing of the user's
            [sys.executable, "-P", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()
        self._send({"seconds": seconds, "memory_bytes": memory_bytes, "config": dict(config)})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._process.kill()
        with suppress(OSError):
            # Fails if the process has left a query unread.
            self._process.communicate()

    def execute(self, sql: str) -> Answer:
        """Returns the result of a statement, all of it.

        Raises:
            TimeoutExceededError: the time is over.
            MemoryExceededError: the process needed too much memory.
            QueryFailedError: DuckDB rejected the statement.
        """
        self._send(sql)
        stdout = self._process.stdout
        line = stdout.readline() if stdout is not None else ""
        if self._is_over:
            raise TimeoutExceededError
        if not line:
            # The system ends a process that exceeds its memory where DuckDB does not notice.
            raise MemoryExceededError
        answer = json.loads(line)
        if "error" not in answer:
            return Answer(tuple(answer["columns"]), answer["rows"])
        if answer["kind"] == _OUT_OF_MEMORY:
            raise MemoryExceededError
        raise QueryFailedError(answer["kind"], answer["error"])

    def _send(self, message: object) -> None:
        stdin = self._process.stdin
        if stdin is not None:
            # A process that has ended is noticed when its answer is read.
            with suppress(OSError):
                stdin.write(json.dumps(message) + "\n")
                stdin.flush()

    def _end(self) -> None:
        self._is_over = True
        self._process.kill()


def serve() -> None:
    """Answers queries from standard input until it is closed."""
    settings = json.loads(sys.stdin.readline())
    _limit_process(settings["seconds"], settings["memory_bytes"])
    connection = duckdb.connect(":memory:", config=settings["config"])
    for line in sys.stdin:
        answer = _answer(connection, json.loads(line))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _answer(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    try:
        cursor = connection.execute(sql)
        columns = [column[0] for column in cursor.description or ()]
        return {"columns": columns, "rows": cursor.fetchall()}
    except (MemoryError, duckdb.OutOfMemoryException):
        return {"kind": _OUT_OF_MEMORY, "error": ""}
    except duckdb.Error as error:
        is_allocation = "bad_alloc" in str(error) or "failed to allocate" in str(error)
        return {"kind": _OUT_OF_MEMORY if is_allocation else type(error).__name__, "error": str(error)}


def _limit_process(seconds: float, memory_bytes: int) -> None:
    """Has the system limit the memory, and end the process if its parent no longer does; where it can do so."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not on every system
    import signal  # noqa: PLC0415

    signal.alarm(int(seconds) + _GRACE_SECONDS)
    limit = memory_bytes + _BASE_MEMORY
    # Some systems accept no limit.
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    serve()
