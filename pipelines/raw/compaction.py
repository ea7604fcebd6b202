"""Compaction and retention: keeps the number and the size of a stream's folders bounded without changing its table.

Small loads of one kind are merged by size: as soon as a tier holds `FAN_IN` folders they become one. Of several
versions of a record that no as-of can distinguish (same key, same version), only the latest is kept. Loads that no
longer count are removed after a while.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from pipelines.raw.load import ORIGIN_COLUMNS, Load
from pipelines.raw.store import DELETIONS, LOG, ROWS, RawStore, Segment
from pipelines.raw.stream import Stream
from pipelines.storage.sql import file_literal, identifier, literal

FAN_IN = 24
_SMALLEST_TIER_BYTES = 1 << 20
# A file that was loaded less than this ago may be loaded again in the next pass, which then replaces its load.
_SETTLED_AFTER = timedelta(hours=1)
# The columns of the log of loads, with the names of `fct_load`.
LOG_COLUMNS = (
    ("source", "VARCHAR"),
    ("stream", "VARCHAR"),
    ("load_id", "VARCHAR"),
    ("loaded_at", "TIMESTAMPTZ"),
    ("loaded_until", "TIMESTAMPTZ"),
    ("rows", "BIGINT"),
    ("duplicates", "BIGINT"),
    ("quarantined", "BIGINT"),
    ("deleted", "BIGINT"),
    ("filtered", "BIGINT"),
    ("delivery", "VARCHAR"),
)


@dataclass(frozen=True, slots=True)
class Merge:
    """Folders that are to become one segment."""

    segments: tuple[Segment, ...]


def plan_merges(sizes: Sequence[tuple[Segment, int]], active: Collection[str], now: datetime) -> list[Merge]:
    """Returns which folders to merge. Pure: decides on sizes (bytes) and log entries.

    Only loads that were read with the same settings are merged, so that a change of settings can replace them
    together; snapshots never are, for only the newest counts. `active` are the ids of the loads that count.
    """
    tiers: dict[tuple[object, ...], list[Segment]] = defaultdict(list)
    for segment, size in sizes:
        first = segment.loads[0]
        is_settled = all(now - load.loaded_at > _SETTLED_AFTER for load in segment.loads)
        if first.mode == "append" and is_settled and all(load.load_id in active for load in segment.loads):
            tiers[first.fingerprint, first.timezone, _tier(size)].append(segment)
    return [Merge(tuple(segments)) for segments in tiers.values() if len(segments) >= FAN_IN]


def plan_removals(
    segments: Iterable[Segment], active: Collection[str], now: datetime, keep: timedelta
) -> list[Segment]:
    """Returns the folders of which no load counts any more, and has not for `keep` since it was loaded. Pure."""
    return [
        segment
        for segment in segments
        if all(load.load_id not in active and now - load.loaded_at > keep for load in segment.loads)
    ]


def compact(
    store: RawStore, source: str, stream: Stream, active: Collection[str], now: datetime, keep: timedelta
) -> int:
    """Merges and removes what the plans say; returns how many folders went. Needs the home's lock: no build may read.

    Args:
        store: the raw store.
        source: the source's name.
        stream: the stream.
        active: the ids of the loads that count.
        now: the wall clock.
        keep: how long loads that no longer count are kept.
    """
    segments = store.segments(source, stream.name)
    removals = plan_removals(segments, active, now, keep)
    merges = plan_merges([(segment, segment.bytes) for segment in segments], active, now)
    if not removals and not merges:
        return 0
    with store.exclusive(source, stream.name):
        for segment in removals:
            store.remove(segment)
        for merge in merges:
            _merge(store, source, stream, merge.segments)
    return len(removals) + sum(len(merge.segments) - 1 for merge in merges)


def _tier(size: int) -> int:
    tier, limit = 0, _SMALLEST_TIER_BYTES
    while size > limit:
        tier, limit = tier + 1, limit * FAN_IN
    return tier


def _merge(store: RawStore, source: str, stream: Stream, segments: Sequence[Segment]) -> None:
    with store.working_folder() as work, duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"SET temp_directory = {literal(str(work / 'spill'))}")
        folder = work / "segment"
        folder.mkdir()
        columns = [*stream.columns, *ORIGIN_COLUMNS]
        parts = [
            _part(segment.folder / name, columns, is_deleted=name == DELETIONS)
            for segment in segments
            for name in (ROWS, DELETIONS)
            if (segment.folder / name).exists()
        ]
        key = [*stream.key, "_version_at", "_version_number", "_version_text"]
        connection.execute(f"""
            CREATE TEMP TABLE merged AS
            SELECT * FROM ({" UNION ALL BY NAME ".join(parts)})
            QUALIFY row_number() OVER (
                PARTITION BY {", ".join(map(identifier, key))} ORDER BY _load_sequence DESC, _is_deleted, _row DESC
            ) = 1
        """)
        ordered = ", ".join(identifier(name) for name, _ in columns)
        for name, condition in ((ROWS, "NOT _is_deleted"), (DELETIONS, "_is_deleted")):
            chosen = f"SELECT {ordered} FROM merged WHERE {condition} ORDER BY _load_sequence, _row"
            if name == ROWS or connection.execute(f"SELECT 1 FROM merged WHERE {condition} LIMIT 1").fetchone():
                connection.execute(f"COPY ({chosen}) TO {literal(str(folder / name))} (FORMAT parquet)")
        loads = sorted((load for segment in segments for load in segment.loads), key=lambda load: load.sequence)
        remaining = {row[0] for row in connection.execute("SELECT DISTINCT _load_id FROM merged").fetchall()}
        kept, dropped = _needed(loads, remaining)
        _write_log(connection, folder / LOG, dropped, [segment.folder / LOG for segment in segments])
        store.commit_segment(source, stream.name, kept, folder, [segment.folder.name for segment in segments])


def _part(path: Path, columns: Sequence[tuple[str, str]], *, is_deleted: bool) -> str:
    chosen = ", ".join(identifier(name) for name, _ in columns)
    # A stream may have got a column since the file was written: a row of the right shape without content supplies it.
    shape = ", ".join(f"CAST(NULL AS {kind}) AS {identifier(name)}" for name, kind in columns)
    return (
        f"SELECT {chosen}, {is_deleted} AS _is_deleted FROM"
        f" (SELECT {shape} WHERE false UNION ALL BY NAME FROM read_parquet({file_literal(path)}))"
    )


def _needed(loads: Sequence[Load], remaining: Collection[str]) -> tuple[list[Load], list[Load]]:
    """Returns the loads that still have rows or are the last of their files, and the others."""
    last = {load.file_names or load.load_id: load.load_id for load in loads}
    needed = {*remaining, *last.values(), loads[-1].load_id}
    return [load for load in loads if load.load_id in needed], [load for load in loads if load.load_id not in needed]


def _write_log(
    connection: duckdb.DuckDBPyConnection, target: Path, dropped: Sequence[Load], former: Sequence[Path]
) -> None:
    declared = ", ".join(f"{identifier(name)} {kind}" for name, kind in LOG_COLUMNS)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE log ({declared})")
    if dropped:
        marks = ", ".join("?" for _ in LOG_COLUMNS)
        rows = [[getattr(load, name) for name, _ in LOG_COLUMNS] for load in dropped]
        connection.executemany(f"INSERT INTO log VALUES ({marks})", rows)
    for path in former:
        if path.exists():
            connection.execute(f"INSERT INTO log BY NAME SELECT * FROM read_parquet({file_literal(path)})")
    if connection.execute("SELECT 1 FROM log LIMIT 1").fetchone():
        connection.execute(f"COPY (FROM log ORDER BY loaded_at) TO {literal(str(target))} (FORMAT parquet)")
