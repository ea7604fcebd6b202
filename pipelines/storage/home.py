"""The home folder: all that Vigie writes, except exports and message files that the settings place elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.storage.files import StorageError, make_private_folder
from pipelines.storage.locks import LockTimeoutError, exclusive_lock


class HomeBusyError(Exception):
    """Another process is working in the home folder and did not finish in time."""


@dataclass(frozen=True, slots=True)
class Home:
    """The paths in a home folder, and the lock that keeps two processes from using the warehouse at once."""

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
    def ledger_position(self) -> Path:
        """The file that says how far the messages of the ledger had come when they were last delivered."""
        return self.path / "ledger-position.json"

    @property
    def published(self) -> Path:
        """The folder that BI tools read."""
        return self.path / "published"

    @property
    def pseudonym_key(self) -> Path:
        """The secret from which the pseudonyms of people in published tables follow; a new one changes them all."""
        return self.path / "pseudonyms.key"

    @property
    def heartbeat(self) -> Path:
        """The file that each pass replaces when it ends, unless the settings name another one."""
        return self.path / "heartbeat.json"

    @property
    def attachments(self) -> Path:
        """The folder of exports that are sent through a channel."""
        return self.path / "attachments"

    @property
    def quarantine(self) -> Path:
        """The folder of rejected rows."""
        return self.path / "quarantine"

    @property
    def dbt(self) -> Path:
        """dbt's own artefacts and logs."""
        return self.path / "dbt"

    @property
    def dagster(self) -> Path:
        """The Dagster instance: runs, event log, schedules."""
        return (self.path / "dagster").absolute()

    def create(self) -> None:
        """Creates the folder, readable by its owner alone: it holds personal data.

        Raises:
            StorageError: the folder cannot be created, or DuckDB cannot use its path.
        """
        if "?" in str(self.path.absolute()):
            raise StorageError(
                f"{self.path.absolute()} cannot be the home folder: DuckDB takes what follows a ? in the path of a"
                " database for options; name a folder without ? with --home"
            )
        make_private_folder(self.path)

    @contextmanager
    def lock(self, *, timeout: float = 600.0) -> Iterator[None]:
        """Keeps other processes out of the warehouse for the duration of a `with` block.

        Raises:
            HomeBusyError: another process still holds the lock after `timeout` seconds.
        """
        self.create()
        try:
            with exclusive_lock(self.path / "pass.lock", timeout=timeout):
                yield
        except LockTimeoutError as error:
            raise HomeBusyError(
                f"process {error.holder or 'unknown'} is still running in {self.path}; wait for it, or end it if it"
                " hangs"
            ) from None
