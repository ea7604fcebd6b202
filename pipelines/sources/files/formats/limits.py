"""Limits of reading one file, so that a corrupt or hostile file stops neither the other files nor the machine.

Time: 60 seconds, and one more for each MiB of the file; the environment variable VIGIE_FILE_SECONDS replaces the 60.
Unpacked size: 1 GiB, or 200 times the file if that is more; VIGIE_FILE_UNPACKED_MIB replaces the 1 GiB. Memory is
limited by DuckDB, and for Excel workbooks by the process that reads them.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.sources.files.errors import ExtractError

SECONDS_VARIABLE = "VIGIE_FILE_SECONDS"
UNPACKED_VARIABLE = "VIGIE_FILE_UNPACKED_MIB"

_SECONDS = 60.0
_SECONDS_PER_MIB = 1.0
_UNPACKED_MIB = 1024.0
# Deflate packs at most 1032 to 1; extracts of few distinct rows reach about 100.
_UNPACKED_RATIO = 200
_MIB = 1 << 20
# An interrupt ends the query of that moment; the next query needs its own.
_SECONDS_BETWEEN_INTERRUPTS = 0.2


class ReadLimits:
    """How long one file may take to be read, from the creation of this object on, and how much it may unpack to."""

    def __init__(self, path: Path, name: str, *, remedy: str = "export it again") -> None:
        """Starts the clock.

        Args:
            path: the local file, whose size the limits depend on.
            name: the file's name in messages.
            remedy: what to do with a corrupt file of this format.
        """
        size = path.stat().st_size
        self.name = name
        self.remedy = remedy
        self.seconds = _from_environment(SECONDS_VARIABLE, _SECONDS) + _SECONDS_PER_MIB * size / _MIB
        self.unpacked_bytes = max(
            int(_from_environment(UNPACKED_VARIABLE, _UNPACKED_MIB) * _MIB), _UNPACKED_RATIO * size
        )
        self._end = time.monotonic() + self.seconds

    @property
    def remaining(self) -> float:
        """The seconds that are left; 0 if the time is over."""
        return max(self._end - time.monotonic(), 0.0)

    def check_time(self) -> None:
        """Raises an ExtractError if the time is over."""
        if self.remaining == 0:
            raise self.too_slow()

    def check_unpacked(self, unpacked: int) -> None:
        """Raises an ExtractError if `unpacked` bytes are more than the file may have."""
        if unpacked > self.unpacked_bytes:
            raise ExtractError(
                f"{self.name} unpacks to more than {self.unpacked_bytes / _MIB:,.0f} MiB; is it corrupt? {self.remedy},"
                f" or allow more with {UNPACKED_VARIABLE}"
            )

    def too_slow(self) -> ExtractError:
        """Returns the error for a file that is not read when its time is over."""
        return ExtractError(
            f"{self.name} could not be read within {self.seconds:.3g} s; is it corrupt? {self.remedy}, or allow more"
            f" with {SECONDS_VARIABLE}"
        )

    @contextmanager
    def interrupting(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Interrupts the connection's queries within a `with` block when the time is over.

        Raises:
            ExtractError: the time was over.
        """
        is_done = threading.Event()

        def watch() -> None:
            wait = self.remaining
            while not is_done.wait(wait):
                connection.interrupt()
                wait = _SECONDS_BETWEEN_INTERRUPTS

        watchdog = threading.Thread(target=watch, name=f"read limit of {self.name}", daemon=True)
        watchdog.start()
        try:
            yield
        except duckdb.InterruptException as error:
            if self.remaining > 0:
                raise
            raise self.too_slow() from error
        finally:
            is_done.set()
            watchdog.join()


def _from_environment(variable: str, default: float) -> float:
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise ExtractError(f"{variable} is {text!r}; set it to a number above 0, or remove it")
    return number
