"""The log of exports: which scheduled moments (ticks) of which exports have been written."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from pipelines.ledger.tables import export_log


def is_export_done(connection: Connection, name: str, tick: datetime) -> bool:
    """Returns whether the export `name` has been written for `tick`."""
    query = select(export_log.c.name).where(export_log.c.name == name, export_log.c.tick == tick)
    return connection.execute(query).first() is not None


def add_export(
    connection: Connection, name: str, tick: datetime, *, written_at: datetime, path: str, rows: int, sha256: str
) -> bool:
    """Records that the export `name` was written for `tick`; returns False if that was recorded before."""
    if is_export_done(connection, name, tick):
        return False
    entry = {"name": name, "tick": tick, "written_at": written_at, "path": path, "rows": rows, "sha256": sha256}
    connection.execute(insert(export_log).values(entry))
    return True
