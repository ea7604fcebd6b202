"""Loads of a small stream, written as a source writes them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.raw import ORIGIN_COLUMNS, Load, LoadedFile, RawStore, Stream
from pipelines.raw.store import DELETIONS, ROWS
from pipelines.storage.sql import identifier, literal
from pipelines.warehouse import connect
from pipelines.warehouse.raw_views import RawTable, create_raw_views

T = datetime(2030, 1, 1, tzinfo=UTC)
LEADS = Stream("lead", (("lead_id", "VARCHAR"), ("channel", "VARCHAR")), ("lead_id",), ("lead",))

Row = Mapping[str, Any]


def write(
    store: RawStore, sequence: int, rows: Sequence[Row], deleted: Sequence[Row] = (), *, file: str = "", **entry: Any
) -> Load:
    """Commits a load; a row is its columns, with `_version_at` where it has one."""
    name = file or f"leads-{sequence}.csv"
    load = Load(
        load_id=f"load-{sequence}", source="crm", stream="lead", sequence=sequence, rows=len(rows), deleted=len(deleted),
        loaded_at=entry.pop("loaded_at", T), loaded_until=T, fingerprint=entry.pop("fingerprint", "now"),
        files=(LoadedFile(name, 1, f"{name}-{sequence}", T),), **entry,
    )  # fmt: skip
    with store.exclusive("crm", "lead"), store.working_folder() as work:
        folder = work / "load"
        folder.mkdir()
        _parquet(folder / ROWS, rows, load)
        if deleted:
            _parquet(folder / DELETIONS, deleted, load)
        store.commit(load, folder, None)
    return load


def table(store: RawStore, active: Sequence[Load], folder: Path) -> list[tuple[Any, ...]]:
    """The raw view over the active loads, by key, load and row."""
    rows, deletions = store.files("crm", "lead", active)
    warehouse = folder / "warehouse.duckdb"
    create_raw_views(
        warehouse, [RawTable("crm", "lead", [*LEADS.columns, *ORIGIN_COLUMNS], list(rows), list(deletions))]
    )
    with connect(warehouse, read_only=True) as connection:
        return connection.execute(
            "SELECT lead_id, channel, _load_sequence, _is_deleted, epoch(_version_at) FROM raw.crm__lead ORDER BY ALL"
        ).fetchall()


def latest(store: RawStore, active: Sequence[Load], folder: Path, as_of: datetime | None = None) -> dict[str, Any]:
    """The channel of each lead as known at a moment: the latest version, tombstones applied."""
    found: dict[str, tuple[tuple[float, int], Any]] = {}
    for lead, channel, sequence, is_deleted, version in table(store, active, folder):
        if version is not None and as_of is not None and version > as_of.timestamp():
            continue
        rank = (version if version is not None else -1.0, sequence)
        if lead not in found or rank > found[lead][0]:
            found[lead] = (rank, None if is_deleted else channel)
    return {lead: channel for lead, (_, channel) in found.items() if channel is not None}


def _parquet(path: Path, rows: Sequence[Row], load: Load) -> None:
    columns = [*LEADS.columns, *ORIGIN_COLUMNS]
    declared = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE rows ({declared})")
        origin = {"_source": load.source, "_load_id": load.load_id, "_load_sequence": load.sequence}
        values = [
            [{**origin, "_row": number, **row}.get(name) for name, _ in columns] for number, row in enumerate(rows, 1)
        ]
        if values:
            connection.executemany(f"INSERT INTO rows VALUES ({', '.join('?' for _ in columns)})", values)
        connection.execute(f"COPY rows TO {literal(str(path))} (FORMAT parquet)")
