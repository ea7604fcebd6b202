"""The raw store: append-only Parquet under `<home>/raw/<source>/<entity>/<load_id>/`, committed load by load.

A load is the rows of one extract (or of one query over several). It is made in `<home>/.incoming/` and enters the
store by one rename, so it is there whole or not at all; nothing in the store is ever changed. What the warehouse is to
see of it is decided by `active_loads`.
"""

import fcntl
import json
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pipelines.entities import ENTITIES

ROWS = "rows.parquet"
# Columns that every raw table has after those of its entity: where a row comes from, and which of several rows with
# one key is the latest (one of the three is filled, or none).
ORIGIN_COLUMNS = (
    ("_source", "VARCHAR"),
    ("_load_id", "VARCHAR"),
    ("_load_sequence", "BIGINT"),
    ("_file", "VARCHAR"),
    ("_row", "BIGINT"),
    ("_version_at", "TIMESTAMPTZ"),
    ("_version_number", "DOUBLE"),
    ("_version_text", "VARCHAR"),
)

_LOAD = "load.json"
_CHECKED = ".checked.json"
_HOST = re.sub(r"[^A-Za-z0-9]", "", socket.gethostname()) or "host"
_WORK_NAME = re.compile(r"load-(?P<host>[A-Za-z0-9]+)-(?P<pid>[0-9]+)-[0-9a-f]{16}")
_A_DAY = 86_400.0
_A_MONTH = timedelta(days=31)


class RawStoreError(Exception):
    """A part of the raw store cannot be read; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file as it was when it was loaded.

    `stamp` is what tells without reading that it has not changed since (size and times, or a store's tag); None if
    that was not certain.
    """

    path: str
    bytes: int
    sha256: str
    modified_at: datetime
    stamp: str | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """The log entry of one load.

    `fingerprint` stands for the settings it was read with, `timezone` for the zone of times without an offset,
    `pattern` for where its files were looked for. `sequence` grows with every load of a source's entity. `rows`,
    `quarantined` and `blank` count its records. Up to `covers_until` the source has told what happened; `newest_at` is
    the latest moment until then that any of its rows has, None if they have none.
    """

    load_id: str
    source: str
    entity: str
    fingerprint: str
    timezone: str
    pattern: str
    mode: Literal["append", "snapshot"]
    sequence: int
    files: tuple[LoadedFile, ...]
    rows: int
    quarantined: int
    blank: int
    loaded_at: datetime
    covers_until: datetime
    columns: tuple[str, ...]
    newest_at: datetime | None = None

    @property
    def contents(self) -> tuple[str, ...]:
        """What identifies the content of its files, whatever they are called."""
        return tuple(file.sha256 for file in self.files)

    @property
    def table(self) -> str | None:
        """What tells a table of snapshots from others; None if its content may count for any table."""
        return self.pattern if self.mode == "snapshot" else None

    def rows_path(self, home: Path) -> Path:
        """Its Parquet file."""
        return folder_of(home, self.source, self.entity) / self.load_id / ROWS


def columns(entity: str) -> tuple[tuple[str, str], ...]:
    """Names and DuckDB types of the columns of an entity's raw tables."""
    own = tuple((column.name, column.duckdb_type) for column in ENTITIES[entity].columns)
    return own + ORIGIN_COLUMNS


def folder_of(home: Path, source: str, entity: str) -> Path:
    """Where the loads of a source's entity lie."""
    return home / "raw" / source / entity


def quarantine_of(home: Path, source: str, entity: str, load_id: str) -> Path:
    """Where the rows lie that a load could not take in, as JSON lines; there is no file if there were none."""
    return home / "quarantine" / source / entity / f"{load_id}.jsonl"


def loads(home: Path, source: str, entity: str) -> list[Load]:
    """All loads of a source's entity in the order in which they were made.

    Raises RawStoreError if the log entry of one cannot be read.
    """
    folder = folder_of(home, source, entity)
    if not folder.is_dir():
        return []
    found = [_read_load(path / _LOAD) for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return sorted(found, key=lambda load: (load.sequence, load.load_id))


def _read_load(path: Path) -> Load:
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
        files = tuple(
            LoadedFile(**{**file, "modified_at": datetime.fromisoformat(file["modified_at"])})
            for file in entry["files"]
        )
        return Load(
            **{
                **entry,
                "files": files,
                "columns": tuple(entry["columns"]),
                "loaded_at": datetime.fromisoformat(entry["loaded_at"]),
                "covers_until": datetime.fromisoformat(entry["covers_until"]),
                "newest_at": None if entry.get("newest_at") is None else datetime.fromisoformat(entry["newest_at"]),
            }
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RawStoreError(
            f"{path} cannot be read ({error}); remove the folder {path.parent} and load its file again"
        ) from error


def active_loads(loads: Sequence[Load], fingerprints: Collection[str]) -> list[Load]:
    """The loads that make up the table under the settings that have `fingerprints`, in order.

    - The last load of one content under one fingerprint stands for all of them.
    - A load under an old fingerprint counts as long as some of its content has not been loaded under a current one:
      the file may be gone, its rows are not.
    - Of snapshots, each a full copy, the newest of its table counts alone; an old fingerprint's gives way to a newer
      one under a current fingerprint. A table is known by its fingerprint and its pattern.
    """
    latest = {(load.fingerprint, load.contents, load.table): load for load in sorted(loads, key=_sequence)}
    current = [load for load in latest.values() if load.fingerprint in fingerprints]
    reloaded = {content for load in current for content in load.contents}
    snapshots = sorted((load for load in latest.values() if load.mode == "snapshot"), key=_sequence)
    newest = {(load.fingerprint, load.table): load for load in snapshots}
    current_snapshots = {load.table: load for load in snapshots if load.fingerprint in fingerprints}

    def is_active(load: Load) -> bool:
        is_current = load.fingerprint in fingerprints
        if load.mode == "snapshot":
            if newest[load.fingerprint, load.table] is not load:
                return False
            successor = current_snapshots.get(load.table)
            if not is_current and successor is not None and successor.sequence > load.sequence:
                return False
        return is_current or not reloaded.issuperset(load.contents)

    return sorted(filter(is_active, latest.values()), key=_sequence)


def rows_left_out(active: Iterable[Load], fingerprints: Collection[str]) -> int:
    """How many rows of the files behind the active loads were not taken in, each file as it was loaded last.

    `fingerprints` are those of the settings as they are now; what a file lacked under older ones no longer counts.
    """
    last = {(load.fingerprint, tuple(file.path for file in load.files)): load for load in sorted(active, key=_sequence)}
    read_anew = {names for fingerprint, names in last if fingerprint in fingerprints}
    return sum(
        load.quarantined
        for (fingerprint, names), load in last.items()
        if fingerprint in fingerprints or names not in read_anew
    )


def _sequence(load: Load) -> int:
    return load.sequence


def coverage(home: Path, source: str, entity: str, *, by_check: bool) -> datetime | None:
    """Up to which moment a source's entity is known; None if nothing was ever loaded.

    That is what the newest load says or, `by_check`, also a later look that found nothing new. Of an archive, which was
    old when it was loaded, nothing new is to be expected: to have looked is enough there too.
    """
    made = loads(home, source, entity)
    known = [load.covers_until for load in made]
    if known and (by_check or _is_archive(made)):
        with suppress(FileNotFoundError):
            entry = json.loads((folder_of(home, source, entity) / _CHECKED).read_text(encoding="utf-8"))
            known.append(datetime.fromisoformat(entry["covers_until"]))
    return max(known, default=None)


def _is_archive(made: Iterable[Load]) -> bool:
    """Whether every load held nothing of the month before it."""
    return all(load.newest_at is not None and load.covers_until - load.newest_at > _A_MONTH for load in made)


def record_check(home: Path, source: str, entity: str, covers_until: datetime) -> None:
    """Records that all there is of a source's entity has been looked at and loaded."""
    folder = folder_of(home, source, entity)
    folder.mkdir(parents=True, exist_ok=True)
    half_made = folder / f".checked-{secrets.token_hex(8)}.tmp"
    half_made.write_text(json.dumps({"covers_until": covers_until.isoformat()}), encoding="utf-8")
    half_made.replace(folder / _CHECKED)


@contextmanager
def working_folder(home: Path) -> Iterator[Path]:
    """A folder for half-made things, removed afterwards; what dead processes left of theirs is removed first."""
    incoming = home / ".incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(incoming)
    folder = incoming / f"load-{_HOST}-{os.getpid()}-{secrets.token_hex(8)}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_leftovers(incoming: Path) -> None:
    for path in incoming.iterdir():
        name = _WORK_NAME.fullmatch(path.name)
        if name is None:
            continue
        with suppress(FileNotFoundError):
            is_old = time.time() - path.stat().st_mtime > _A_DAY
            if is_old or (name["host"] == _HOST and not _is_alive(int(name["pid"]))):
                shutil.rmtree(path, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def exclusively(home: Path, source: str, entity: str) -> Iterator[None]:
    """Keeps other processes from loading the same entity of the same source; waits for one that does."""
    folder = folder_of(home, source, entity)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def commit(home: Path, load: Load, folder: Path, quarantine: Path | None) -> None:
    """Puts a load into the store: `folder` holds its Parquet file, `quarantine` the rows that were not taken in.

    The quarantine goes first, the rename of the folder last: a load that is there is whole.
    """
    entry = json.dumps(asdict(load), default=_as_text, indent=1, ensure_ascii=False)
    with (folder / _LOAD).open("w", encoding="utf-8") as file:
        file.write(entry)
        file.flush()
        os.fsync(file.fileno())
    _sync(folder / ROWS)
    _sync(folder)
    target = quarantine_of(home, load.source, load.entity, load.load_id)
    if quarantine is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sync(quarantine)
        quarantine.replace(target)
        _sync(target.parent)
    else:
        target.unlink(missing_ok=True)
    store = folder_of(home, load.source, load.entity)
    store.mkdir(parents=True, exist_ok=True)
    folder.rename(store / load.load_id)
    _sync(store)


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not belong into a log entry")


def _sync(path: Path) -> None:
    """Has the system write what it holds of a file or a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
