"""Units of loading: the files that one load is made of, and what is known of earlier loads."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pipelines.raw import Load
from pipelines.sources.files import addresses
from pipelines.sources.files.addresses import Found
from pipelines.sources.files.cast import Notation
from pipelines.sources.files.connections import Connections
from pipelines.sources.files.errors import ExtractError, StillWrittenError
from pipelines.sources.files.formats.cells import Cells, Extract
from pipelines.sources.files.quarantine import Quarantine
from pipelines.sources.files.settings import ExtractTable
from pipelines.sources.files.zones import zone

# Each file with the name of its table in `sql`.
Unit: TypeAlias = Sequence[tuple[str, Found]]


@dataclass(frozen=True, slots=True)
class ExtractFile:
    """An extract within reach: the name of its table in `sql`, what was found, and a local path to its content."""

    table: str
    found: Found
    path: Path


def file_names(unit: Unit) -> tuple[str, ...]:
    """Returns the names of a unit's files."""
    return tuple(found.name for _, found in unit)


class KnownLoads:
    """What has been loaded with the settings of a table as they are now."""

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
        self._last[tuple(file.path for file in load.files)] = load
        self._contents.add(load.contents)
        self._sizes.add(tuple(file.bytes for file in load.files))

    def last_of(self, unit: Unit) -> Load | None:
        """The last load of files that were called as these are."""
        return self._last.get(file_names(unit))

    @property
    def names(self) -> Collection[tuple[str, ...]]:
        """What the files of each load were called."""
        # In one go: readers in other threads ask while loads are added.
        return tuple(self._last)

    def has_content(self, contents: tuple[str, ...]) -> bool:
        """Whether some files with these contents were loaded."""
        return contents in self._contents

    def may_have(self, sizes: tuple[int, ...]) -> bool:
        """Whether some files of these sizes were loaded; if not, their content is new."""
        return sizes in self._sizes


@dataclass(frozen=True, slots=True)
class PreparedLoad:
    """A load that has been made and is not in the store yet, with the folder it is in."""

    load: Load
    folder: Path
    quarantine: "Quarantine"


class Turn:
    """A unit that is to enter the store, and its place in it."""

    def __init__(self, unit: Unit, sequence: int, work: Path, connections: Connections) -> None:
        self.unit = unit
        self.sequence = sequence
        self.work = work
        self.connections = connections
        self.files: list[ExtractFile] = []
        self.sizes: tuple[int, ...] = ()
        self._contents: tuple[str, ...] | None = None

    def fetch(self) -> None:
        """Brings the files here, if they are elsewhere."""
        self.files = [
            ExtractFile(name, each, addresses.fetch(each, self.work / f"fetched-{number}{Path(each.path).suffix}"))
            for number, (name, each) in enumerate(self.unit)
        ]
        self.sizes = tuple(file.path.stat().st_size for file in self.files)

    def contents(self) -> tuple[str, ...]:
        """What identifies the content of each file; found out once."""
        if self._contents is None:
            self._contents = tuple(_sha256(file.path) for file in self.files)
        return self._contents


@contextmanager
def readable(unit: Unit) -> Iterator[None]:
    """Tells a file that cannot be read from a store that cannot be written."""
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
    """Returns a local file with its format; ExtractError if nothing says which format it has."""
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
