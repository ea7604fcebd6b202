"""The database of a ledger: an SQLite file or a PostgreSQL database, its transactions and its errors.

On both, one process writes at a time: a writer takes a lock before it reads, so what it has read is still true when it
writes. Readers do not wait.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from pipelines.ledger.errors import LedgerError
from pipelines.storage.drivers import missing_driver
from pipelines.storage.files import PRIVATE_FILE, StorageError, make_private_folder
from pipelines.storage.locks import LockTimeoutError, exclusive_lock

# Any number will do that no other program uses for a lock in the same database.
_WRITER_LOCK = 7_394_551_206_113
_LOCK_POLL_SECONDS = 0.01


def database_url(url_or_path: str | Path) -> URL:
    """Returns the SQLAlchemy URL of a ledger that is given by the path of an SQLite file or by a URL.

    Raises:
        LedgerError: the URL cannot be read, or names no SQLite file and no PostgreSQL database.
    """
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return URL.create("sqlite", database=str(url_or_path))
    try:
        url = make_url(url_or_path)
    except (ArgumentError, ValueError):
        # Neither the text of the error nor its cause: the URL may hold a password.
        raise LedgerError(
            "cannot read the ledger's database URL: write it as postgresql://user@host/database"
        ) from None
    backend = url.get_backend_name()
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise LedgerError(f"the ledger cannot be stored in {backend} ({location_of(url)}): use SQLite or PostgreSQL")
    if url.database in {None, "", ":memory:"}:
        raise LedgerError("a ledger in memory is lost with its process: name a file, as in sqlite:///var/ledger.db")
    return url


def location_of(url: URL) -> str:
    """Returns where a ledger is, for people to read: its file, or its URL without password and options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(query={}).render_as_string()


class Database:
    """A connection to the database of a ledger; `patience` is how long a writer waits for another one.

    Opening creates an SQLite file that does not exist, with its folder, but no table; with `read_only` it creates
    nothing, and the database refuses to write.

    Raises:
        LedgerError: the database cannot be used. Every method may raise it.
    """

    def __init__(self, url_or_path: str | Path, *, patience: timedelta, read_only: bool = False) -> None:
        self._url = database_url(url_or_path)
        self._patience = patience
        self.is_read_only = read_only
        self.location = location_of(self._url)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        self._engine = self._sqlite_engine() if self.is_sqlite else self._postgres_engine()
        self._writing_engine = self._engine.execution_options(vigie_writes=True)
        # SQLite polls for the lock of another writer; threads of one process wait for each other without that.
        self._writer: AbstractContextManager[object] = threading.Lock() if self.is_sqlite else nullcontext()

    def close(self) -> None:
        """Closes the connections that are open."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Gives a transaction that only reads."""
        with self._errors_explained(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Gives a transaction that writes; it is committed unless the block raises an error."""
        with self._writer, self._errors_explained(), self._writing_engine.begin() as connection:
            if not self.is_sqlite:
                wait = max(1, int(self._patience.total_seconds() * 1000))
                connection.execute(text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": f"{wait}ms"})
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITER_LOCK})
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Gives a transaction that changes the tables; no other process migrates at the same time."""
        if not self.is_sqlite:
            with self.writing() as connection:
                yield connection
            return
        # One process at a time: two that change the journal mode at once would wait for each other forever.
        path = Path(self.location)
        lock = path.with_name(f"{path.name}.lock")
        try:
            with exclusive_lock(lock, timeout=self._patience.total_seconds(), poll_seconds=_LOCK_POLL_SECONDS):
                self._prepare_file(path)
                with self.writing() as connection:
                    yield connection
        except LockTimeoutError as error:
            raise LedgerError(f"the ledger {path} is locked: {error}") from error
        except OSError as error:
            raise LedgerError(
                f"cannot change the ledger {path} ({error.strerror}): check the permissions of the file and its folder"
            ) from error

    def _prepare_file(self, path: Path) -> None:
        # With a write-ahead log, readers and a writer do not wait for each other. The file remembers the mode, which
        # cannot be changed in a transaction.
        with self._errors_explained(), closing(self._engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA journal_mode = WAL")
        # Versions without this line created files that every user of the machine can read.
        for suffix in ("", "-wal", "-shm", ".lock"):
            file = path.with_name(f"{path.name}{suffix}")
            # Another process that closes the ledger removes the files of the write-ahead log.
            with suppress(PermissionError, FileNotFoundError):
                file.chmod(PRIVATE_FILE)

    def _sqlite_engine(self) -> Engine:
        path = Path(self.location)
        if self.is_read_only:
            return self._read_only_engine(path)
        try:
            make_private_folder(path.parent)
            if not path.exists():
                # SQLite gives the files of its write-ahead log the permissions of this one.
                path.touch(mode=PRIVATE_FILE)
        except (StorageError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise LedgerError(
                f"cannot create the ledger {path} ({reason}): check the permissions of its folder"
            ) from error
        # No pool: a connection that stays open would be shared with forked processes, which SQLite forbids.
        # Parameters hold the contents of messages; they do not belong into the text of an error.
        engine = create_engine(
            self._url,
            hide_parameters=True,
            poolclass=NullPool,
            connect_args={"timeout": self._patience.total_seconds()},
        )
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _read_only_engine(self, path: Path) -> Engine:
        mode = "mode=ro"
        is_effective = os.access in os.supports_effective_ids
        can_write = os.access(path.parent, os.W_OK, effective_ids=is_effective)
        if not can_write and not path.with_name(f"{path.name}-wal").exists():
            # A reader creates files beside the database, which the folder does not allow. Without a write-ahead log the
            # database itself has everything, and is read without them.
            mode += "&immutable=1"
        uri = f"{path.absolute().as_uri()}?{mode}"
        timeout = self._patience.total_seconds()
        engine = create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(uri, uri=True, timeout=timeout),
            hide_parameters=True,
            poolclass=NullPool,
        )
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _postgres_engine(self) -> Engine:
        try:
            engine = create_engine(
                self._url,
                hide_parameters=True,
                pool_pre_ping=True,
                connect_args={"connect_timeout": max(1, int(self._patience.total_seconds()))},
            )
            return engine.execution_options(postgresql_readonly=True) if self.is_read_only else engine
        except ImportError as error:
            raise LedgerError(f"cannot open the ledger {self.location}: {missing_driver('postgres')}") from error

    @contextmanager
    def _errors_explained(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            # The first line alone: PostgreSQL adds the row, which may hold personal data.
            cause = str(error.orig if isinstance(error, DBAPIError) else error).strip().partition("\n")[0]
            raise LedgerError(f"the ledger {self.location} cannot be used ({cause}): {_remedy(cause)}") from error


def _configure_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # The driver would begin transactions too late; `_begin_sqlite` does it instead.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    # A committed transaction has to survive a power cut, or a message could be sent twice.
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("vigie_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _remedy(cause: str) -> str:
    words = cause.lower()
    if "not a database" in words or "malformed" in words:
        return (
            "the file is damaged. Restore it from a backup, or move it away: the next run creates a new one "
            "and sends the messages of open alerts again"
        )
    if "locked" in words or "lock timeout" in words:
        return "another process has been writing to it for too long; try again when it has finished"
    if any(found in words for found in ("unable to open", "readonly", "read-only", "disk i/o", "is full", "no space")):
        return "check the permissions of the file and its folder, and free disk space"
    return "check that the database can be reached and that its user may create and change tables"
