"""Dagster's event log: one SQLite database, over connections that are kept open.

Dagster's own class makes a new SQLAlchemy engine, and so compiles every statement again, for each of the thousand
events of a pass.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import sqlalchemy
from dagster._core.storage.event_log.sqlite.consolidated_sqlite_event_log import ConsolidatedSqliteEventLogStorage

_BUSY_SECONDS = 60


class EventLog(ConsolidatedSqliteEventLogStorage):
    """The event log of `dagster.yaml`."""

    @cached_property
    def _engine(self) -> sqlalchemy.Engine:
        return sqlalchemy.create_engine(self._conn_string, connect_args={"timeout": _BUSY_SECONDS})

    @contextmanager
    def _connect(self) -> Iterator[sqlalchemy.Connection]:
        with self._engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Closes the connections."""
        super().dispose()  # type: ignore[no-untyped-call]
        self._engine.dispose()
