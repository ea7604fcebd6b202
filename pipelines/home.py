"""Where things lie in the home folder, and the lock that keeps two passes apart."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


def state_of(file: Path) -> tuple[int, int] | None:
    """What changes when a file is written: its size (bytes) and the time of its last change (ns); None without it."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns


class HomeBusyError(Exception):
    """Another process is at work in the home folder and did not finish in time."""


@dataclass(frozen=True, slots=True)
class Home:
    """The home folder: all that Vigie writes, except exports and message files placed elsewhere by the settings."""

    path: Path

    @property
    def warehouse(self) -> Path:
        """The pipeline's private DuckDB file; rebuilt from raw if deleted."""
        return self.path / "warehouse.duckdb"

    @property
    def history(self) -> Path:
        """The DuckDB file of KPI values as they were once known; cannot be rebuilt."""
        return self.path / "history.duckdb"

    @property
    def ledger(self) -> Path:
        """The SQLite file of alerts, messages and exports; cannot be rebuilt."""
        return self.path / "ledger.db"

    @property
    def published(self) -> Path:
        """The folder BI tools read."""
        return self.path / "published"

    @property
    def quarantine(self) -> Path:
        """The folder of rows that could not be taken in."""
        return self.path / "quarantine"

    @property
    def dbt(self) -> Path:
        """dbt's own artefacts and logs."""
        return self.path / "dbt"

    @contextmanager
    def lock(self, *, timeout: float = 600.0) -> Iterator[None]:
        """Keeps other processes out of the warehouse for the duration of a `with` block.

        The lock goes with the process, however it ends. Raises HomeBusyError after `timeout` seconds.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "pass.lock").open("a+") as file:
            deadline = time.monotonic() + timeout
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        file.seek(0)
                        holder = file.read().strip() or "unknown"
                        raise HomeBusyError(
                            f"process {holder} is still at work in {self.path}; wait for it, or end it if it hangs"
                        ) from None
                    time.sleep(0.2)
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield
