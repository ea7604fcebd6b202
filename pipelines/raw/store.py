"""The raw store on disk: `<home>/raw/<source>/<stream>/<load_id>/` and segments of compacted loads beside them."""

import json
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import psutil

from pipelines.raw.load import Load
from pipelines.storage.files import make_private_folder, sync, write_atomically
from pipelines.storage.locks import exclusive_lock

ROWS = "rows.parquet"
DELETIONS = "deletions.parquet"
LOG = "log.parquet"

_ENTRY = "load.json"
_ENTRIES = "loads.json"
_SEGMENT = "segment-"
_CHECKED = ".checked.json"
_HOST = re.sub(r"[^A-Za-z0-9]", "", socket.gethostname()) or "host"
_WORK_NAME = re.compile(r"load-(?P<host>[A-Za-z0-9]+)-(?P<pid>[0-9]+)-[0-9a-f]{16}")
_A_DAY = 86_400.0
_A_MONTH = timedelta(days=31)


class RawStoreError(Exception):
    """A part of the raw store cannot be read; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class RawFile:
    """A Parquet file of a stream, and the loads in it whose rows do not count."""

    path: Path
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """A folder of the store: one load, or several that were compacted.

    `replaces` are the folders whose loads it took over; they are ignored, should the process have died before it
    removed them.
    """

    folder: Path
    loads: tuple[Load, ...]
    replaces: tuple[str, ...] = ()

    @property
    def is_compacted(self) -> bool:
        """Whether it was made by a compaction."""
        return self.folder.name.startswith(_SEGMENT)

    @property
    def bytes(self) -> int:
        """The size of its Parquet files."""
        return sum(file.stat().st_size for file in self.folder.glob("*.parquet"))


class RawStore:
    """The raw store of a home folder."""

    def __init__(self, home: Path) -> None:
        self._home = home.absolute()

    @property
    def folder(self) -> Path:
        """The folder of all sources."""
        return self._home / "raw"

    def stream_folder(self, source: str, stream: str) -> Path:
        """Returns where the loads of a stream are."""
        return self.folder / source / stream

    def quarantine_file(self, source: str, stream: str, load_id: str) -> Path:
        """Returns where the rejected rows of a load are, as JSON lines; there is no file if there were none."""
        return self._home / "quarantine" / source / stream / f"{load_id}.jsonl"

    # Reading

    def segments(self, source: str, stream: str) -> list[Segment]:
        """Returns the folders of a stream, in the order of their newest loads.

        Raises:
            RawStoreError: a log entry cannot be read.
        """
        folder = self.stream_folder(source, stream)
        if not folder.is_dir():
            return []
        found = [_read_segment(path) for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
        replaced = {name for segment in found for name in segment.replaces}
        current = [segment for segment in found if segment.folder.name not in replaced]
        return sorted(current, key=lambda segment: (max(load.sequence for load in segment.loads), segment.folder.name))

    def loads(self, source: str, stream: str) -> list[Load]:
        """Returns the loads of a stream in the order in which they were committed; RawStoreError as in `segments`."""
        found = [load for segment in self.segments(source, stream) for load in segment.loads]
        return sorted(found, key=lambda load: (load.sequence, load.load_id))

    def files(self, source: str, stream: str, active: Iterable[Load]) -> tuple[list[RawFile], list[RawFile]]:
        """Returns the Parquet files of rows, and those of tombstones, that hold the `active` loads of a stream."""
        counting = {load.load_id for load in active}
        rows: list[RawFile] = []
        deletions: list[RawFile] = []
        for segment in self.segments(source, stream):
            ids = {load.load_id for load in segment.loads}
            if not ids & counting:
                continue
            excluded = tuple(sorted(ids - counting))
            for name, found in ((ROWS, rows), (DELETIONS, deletions)):
                if (segment.folder / name).exists():
                    found.append(RawFile(segment.folder / name, excluded))
        return rows, deletions

    def log_files(self, source: str, stream: str) -> list[Path]:
        """Returns the Parquet files with the log of loads that compactions took over and no longer list one by one."""
        segments = self.segments(source, stream)
        return [segment.folder / LOG for segment in segments if (segment.folder / LOG).exists()]

    def loaded_until(
        self,
        source: str,
        stream: str,
        *,
        accepts_checks: bool,
        limit: datetime | None = None,
        now: datetime | None = None,
    ) -> datetime | None:
        """Returns up to which moment a stream is known; None if nothing was ever loaded.

        That is what the newest load says, or what was delivered again with the same content, and if `accepts_checks`,
        also a later check that found nothing new. An archive, which was old when it was loaded, gets no new rows: there
        a check is enough as well.

        Args:
            source: the source's name.
            stream: the stream's name.
            accepts_checks: whether a check that found nothing new counts.
            limit: moments after it were recorded while the clock was ahead; such loads count up to their newest row.
            now: the moment that counts as now, in a replay of history before the time of loading.
        """
        made = self.loads(source, stream)
        known = [load.loaded_until for load in made if limit is None or load.loaded_until <= limit]
        known += [load.newest_at for load in made if load.newest_at is not None]
        if known:
            notes = self._notes(source, stream)
            noted = [notes.get("delivered_until")]
            if accepts_checks or self._is_archive(source, stream, made, now):
                noted.append(notes.get("loaded_until") or notes.get("covers_until"))
            moments = [datetime.fromisoformat(each) for each in noted if each]
            known += [moment for moment in moments if limit is None or moment <= limit]
        return max(known, default=None)

    def archived_until(self, source: str, stream: str, now: datetime) -> datetime | None:
        """Returns the newest moment in any row of an archive, which proves nothing of later ones; None if it is none.

        While `now` is within a month of that moment, such as in a replay of history, the stream is no archive yet.
        """
        made = self.loads(source, stream)
        if not self._is_archive(source, stream, made, now):
            return None
        newest = max(load.newest_at for load in made if load.newest_at is not None)
        return newest if now - newest > _A_MONTH else None

    def delivered_at(self, source: str, stream: str) -> datetime | None:
        """Returns when content that was known already was last delivered again; None if it never was."""
        noted = self._notes(source, stream).get("delivered_at")
        return datetime.fromisoformat(noted) if noted else None

    def _is_archive(self, source: str, stream: str, made: Sequence[Load], now: datetime | None) -> bool:
        """Whether every load that has rows, those included that were removed, held nothing of the month before it.

        A source that is asked for what is new, from a cursor on, is no archive: where it has nothing, nothing happened.
        """
        if any(load.cursor is not None for load in made):
            return False
        newest = [load for load in made if load.newest_at is not None]
        is_alive = any(_is_alive(load, now) for load in newest)
        return bool(newest) and not is_alive and not self._notes(source, stream).get("was_alive")

    def _notes(self, source: str, stream: str) -> dict[str, Any]:
        with suppress(FileNotFoundError, ValueError):
            notes = json.loads((self.stream_folder(source, stream) / _CHECKED).read_text(encoding="utf-8"))
            return notes if isinstance(notes, dict) else {}
        return {}

    # Writing

    def record_check(self, source: str, stream: str, loaded_until: datetime) -> None:
        """Records that all there is of a stream has been looked at and loaded."""
        self._note(source, stream, loaded_until=loaded_until.isoformat())

    def record_delivery(self, source: str, stream: str, delivered_at: datetime, delivered_until: datetime) -> None:
        """Records that known content was delivered again at a moment: nothing has changed until then."""
        self._note(source, stream, delivered_at=delivered_at.isoformat(), delivered_until=delivered_until.isoformat())

    def _note(self, source: str, stream: str, **notes: object) -> None:
        folder = self.stream_folder(source, stream)
        make_private_folder(folder)
        known = self._notes(source, stream)
        if known != {**known, **notes}:
            write_atomically(folder / _CHECKED, json.dumps({**known, **notes}).encode())

    @contextmanager
    def working_folder(self) -> Iterator[Path]:
        """Gives a folder for incomplete loads, removed afterwards; what dead processes left is removed first."""
        incoming = self._home / ".incoming"
        make_private_folder(incoming)
        _remove_leftovers(incoming)
        folder = incoming / f"load-{_HOST}-{os.getpid()}-{secrets.token_hex(8)}"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def exclusive(self, source: str, stream: str) -> Iterator[None]:
        """Keeps other processes from loading the same stream; waits for one that does."""
        folder = self.stream_folder(source, stream)
        make_private_folder(folder)
        with exclusive_lock(folder / ".lock"):
            yield

    def commit(self, load: Load, folder: Path, quarantine: Path | None) -> None:
        """Moves a load into the store; needs the stream's lock.

        The quarantine is moved first and the folder last, by rename: a load that is there is complete.

        Args:
            load: its log entry.
            folder: an incomplete load in a working folder, with ROWS and, if records were deleted, DELETIONS.
            quarantine: a file of rejected rows, if there are any.
        """
        write_entry(folder / _ENTRY, load.to_json())
        for file in folder.glob("*.parquet"):
            sync(file)
        sync(folder)
        target = self.quarantine_file(load.source, load.stream, load.load_id)
        if quarantine is not None:
            make_private_folder(target.parent)
            sync(quarantine)
            quarantine.replace(target)
            sync(target.parent)
        else:
            target.unlink(missing_ok=True)
        self._enter(folder, self.stream_folder(load.source, load.stream) / load.load_id)
        if _is_alive(load, None):
            # Retention removes loads that were replaced: the last one alone may look like an archive's.
            self._note(load.source, load.stream, was_alive=True)

    def commit_segment(
        self, source: str, stream: str, loads: Sequence[Load], folder: Path, replaces: list[str]
    ) -> None:
        """Moves a compacted segment into the store, then removes the folders it replaces; needs the stream's lock."""
        entries = {"replaces": replaces, "loads": [load.to_json() for load in loads]}
        write_entry(folder / _ENTRIES, entries)
        for file in folder.glob("*.parquet"):
            sync(file)
        sync(folder)
        target = self.stream_folder(source, stream)
        self._enter(folder, target / f"{_SEGMENT}{secrets.token_hex(8)}")
        for name in replaces:
            shutil.rmtree(target / name, ignore_errors=True)

    def remove(self, segment: Segment) -> None:
        """Removes a folder whose loads count no longer; needs the stream's lock."""
        # Renamed first: a folder that is removed half-way must not look like a load.
        doomed = segment.folder.with_name(f".removed-{segment.folder.name}")
        segment.folder.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)

    def prune_quarantine(self, source: str, stream: str, keep: Iterable[Load]) -> None:
        """Removes the rejected rows of loads that were replaced: those of a corrected file are no longer missing."""
        kept = {load.load_id for load in keep}
        folder = self.quarantine_file(source, stream, "x").parent
        for file in folder.glob("*.jsonl") if folder.is_dir() else ():
            if file.stem not in kept:
                file.unlink(missing_ok=True)

    def _enter(self, folder: Path, target: Path) -> None:
        make_private_folder(target.parent)
        folder.rename(target)
        sync(target.parent)


def write_entry(path: Path, entry: object) -> None:
    """Writes a log entry so that it survives a power cut."""
    with path.open("w", encoding="utf-8") as file:
        json.dump(entry, file, indent=1, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())


def _read_segment(folder: Path) -> Segment:
    path = folder / (_ENTRIES if folder.name.startswith(_SEGMENT) else _ENTRY)
    try:
        status = path.stat()
        return _parse_segment(folder, path, status.st_mtime_ns)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RawStoreError(
            f"{path} cannot be read ({error}); remove the folder {folder}: the next run loads its files again"
        ) from error


@lru_cache(maxsize=20_000)
def _parse_segment(folder: Path, path: Path, _mtime_ns: int) -> Segment:
    """Returns the content of a folder; a pass asks for it several times, and it never changes."""
    entry = json.loads(path.read_text(encoding="utf-8"))
    if path.name == _ENTRY:
        return Segment(folder, (Load.from_json(entry),))
    return Segment(folder, tuple(map(Load.from_json, entry["loads"])), tuple(entry["replaces"]))


def _is_alive(load: Load, now: datetime | None) -> bool:
    """Whether a load has rows of the month before it; in a replay of history, of the month before `now`."""
    seen_at = load.loaded_at if now is None else min(load.loaded_at, now)
    return load.newest_at is not None and seen_at - load.newest_at <= _A_MONTH


def _remove_leftovers(incoming: Path) -> None:
    for path in incoming.iterdir():
        name = _WORK_NAME.fullmatch(path.name)
        if name is None:
            continue
        with suppress(FileNotFoundError):
            is_old = time.time() - path.stat().st_mtime > _A_DAY
            if is_old or (name["host"] == _HOST and not psutil.pid_exists(int(name["pid"]))):
                shutil.rmtree(path, ignore_errors=True)
