"""Units of loading: the files of one load, and the earlier loads that they are compared with."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from pipelines.raw import Load
from pipelines.sources.files import addresses
from pipelines.sources.files.addresses import Found
from pipelines.sources.files.cast import Notation
from pipelines.sources.files.connections import Connections
from pipelines.sources.files.errors import ExtractError, StillWrittenError
from pipelines.sources.files.formats.cells import Cells, Extract
from pipelines.sources.files.settings import ExtractTable
from pipelines.sources.files.zones import zone

# Each file with the name of its table in `sql`.
Unit: TypeAlias = Sequence[tuple[str, Found]]


@dataclass(frozen=True, slots=True)
class ExtractFile:
    """An extract with a local path to its content, and the name of its table in `sql`."""

    table: str
    found: Found
    path: Path


def file_names(unit: Unit) -> tuple[str, ...]:
    """Returns the names of a unit's files."""
    return tuple(found.name for _, found in unit)


class KnownLoads:
    """The loads that were made with the current settings of a table."""

    def __init__(self, loads: Iterable[Load]) -> None:
        self.newest: Load | None = None
        self._last: dict[tuple[str, ...], Load] = {}
        self._contents: set[tuple[str, ...]] = set()
        self._sizes: set[tuple[int, ...]] = set()
        for load in loads:
            self.add(load)

    def add(self, load: Load) -> None:
        """Adds a load; loads come in the order in which they were made."""
        self.newest = load
        self._last[load.file_names] = load
        self._contents.add(load.contents)
        self._sizes.add(tuple(file.bytes for file in load.files))

    def last_of(self, unit: Unit) -> Load | None:
        """Returns the last load of files with these names."""
        return self._last.get(file_names(unit))

    @property
    def names(self) -> Collection[tuple[str, ...]]:
        """The names of the files of each load."""
        # A copy, because readers in other threads ask while loads are added.
        return tuple(self._last)

    def has_content(self, contents: tuple[str, ...]) -> bool:
        """Returns whether files with these contents were loaded."""
        return contents in self._contents

    def may_have(self, sizes: tuple[int, ...]) -> bool:
        """Returns whether files of these sizes were loaded; if not, their content is new."""
        return sizes in self._sizes


class Turn:
    """A unit that is being loaded, with its sequence in the store."""

    def __init__(self, unit: Unit, sequence: int, work: Path, connections: Connections) -> None:
        self.unit = unit
        self.sequence = sequence
        self.work = work
        self.connections = connections
        self.files: list[ExtractFile] = []
        self.sizes: tuple[int, ...] = ()
        self._contents: tuple[str, ...] | None = None

    def fetch(self) -> None:
        """Copies the files to this machine, if they are remote."""
        self.files = [
            ExtractFile(name, each, addresses.fetch(each, self.work / f"fetched-{number}{Path(each.path).suffix}"))
            for number, (name, each) in enumerate(self.unit)
        ]
        self.sizes = tuple(file.path.stat().st_size for file in self.files)

    def contents(self) -> tuple[str, ...]:
        """Returns the SHA-256 of each file; computed once."""
        if self._contents is None:
            self._contents = tuple(_sha256(file.path) for file in self.files)
        return self._contents


@contextmanager
def readable(unit: Unit) -> Iterator[None]:
    """Turns an OSError about one of the unit's files into an ExtractError; others are about the store."""
    try:
        yield
    except OSError as error:
        found = next((each for _, each in unit if str(error.filename) == each.path), None)
        if found is None:
            raise
        if isinstance(error, FileNotFoundError):
            raise StillWrittenError from error
        raise ExtractError(f"{found.name} cannot be read: {error.strerror}") from error


def open_extract(path: Path, name: str, table: ExtractTable, work: Path) -> Extract:
    """Returns a local file with its format.

    Raises:
        ExtractError: neither the settings nor its name give a format.
    """
    try:
        return Extract(path, name, table.format_of(name), work)
    except ValueError as error:
        raise ExtractError(str(error)) from error


def notation_of(table: ExtractTable, timezone: str, cells: Cells) -> Notation:
    """Returns how dates and numbers of a file are written."""
    return Notation(
        zone=zone(timezone),
        datetime_formats=table.datetime_format or (),
        decimal=table.decimal,
        thousands=table.thousands,
        serial_days=cells.serial_days,
        from_1904=cells.from_1904,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def delivered_until(unit: Unit, newest_at: datetime | None, present: datetime, wall_clock: datetime) -> datetime:
    """Returns up to which moment files have what happened: when they were written, not when they are read.

    An export of Friday says nothing of Saturday, even if it is read on Monday. Rows that are newer than the time of
    their file say up to when it goes.

    Args:
        unit: the files.
        newest_at: the newest moment in their rows, None without rows.
        present: the moment that counts as now, ahead of the wall clock where the future is tried.
        wall_clock: the real time, which the times of files are compared with.
    """
    age = wall_clock - max(each.modified_at for _, each in unit)
    written = present - max(age, timedelta())
    return written if newest_at is None else min(max(written, newest_at), present)
