"""Loads: the log entry of what entered the raw store at once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

# Columns of every raw row beside its own: where it comes from, and which of several rows with one key is the latest
# (one of the three versions is filled, or none).
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

# Names of the first version's log entries, which homes made by it still hold.
_FORMER_NAMES = {"entity": "stream", "covers_until": "loaded_until"}
_MOMENTS = ("loaded_at", "loaded_until", "newest_at")


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file as it was when it was loaded.

    `stamp` shows without reading that the file has not changed since (size and times, or a store's tag); None if that
    was not certain.
    """

    path: str
    bytes: int
    sha256: str
    modified_at: datetime
    stamp: str | None = None


@dataclass(frozen=True, slots=True)
class LoadWarning:
    """Something about the rows of a load that is probably wrong, although they could be read.

    `problem` is the same for all warnings of one kind. `rows` is how many have it, in a large load of a sample;
    `message` says what and what to set, without the column's name.
    """

    column: str
    problem: str
    rows: int
    message: str


@dataclass(frozen=True, slots=True)
class Load:
    """The log entry of one load; moments are aware, UTC.

    `sequence` grows with every load of a stream: of two rows with one key and no version the later load's wins. `rows`
    counts accepted rows, `duplicates` those whose key another row of the same load has, `deleted` tombstones,
    `quarantined` rejected rows, `filtered` rows that the settings leave out, `blank` empty records. Up to
    `loaded_until` the source has delivered what happened; `newest_at` is the latest moment in any row up to then.
    `columns` are those of the entity that extracts were mapped to. `cursor` is where the next extract continues.
    `warnings` say what is probably wrong with the rows.

    For extracts: `fingerprint` identifies the settings that the files were read with, `timezone` the zone of times
    without an offset, `pattern` where the files were looked for, `mode` whether a file is a full copy.
    """

    load_id: str
    source: str
    stream: str
    sequence: int
    rows: int
    loaded_at: datetime
    loaded_until: datetime
    columns: tuple[str, ...] = ()
    duplicates: int = 0
    deleted: int = 0
    quarantined: int = 0
    filtered: int = 0
    blank: int = 0
    newest_at: datetime | None = None
    cursor: str | None = None
    fingerprint: str = ""
    timezone: str = ""
    pattern: str = ""
    mode: Literal["append", "snapshot"] = "append"
    files: tuple[LoadedFile, ...] = ()
    warnings: tuple[LoadWarning, ...] = ()

    @property
    def contents(self) -> tuple[str, ...]:
        """What identifies the content of its files, whatever their names are."""
        return tuple(file.sha256 for file in self.files)

    @property
    def file_names(self) -> tuple[str, ...]:
        """The paths of its files."""
        return tuple(file.path for file in self.files)

    @property
    def delivery(self) -> str | None:
        """What identifies its files under its settings, whatever they contain; None for a load that is of no file."""
        if not self.files:
            return None
        return hashlib.sha256("\n".join((self.fingerprint, *self.file_names)).encode()).hexdigest()

    @property
    def table(self) -> str | None:
        """What separates a table of snapshots from others; None if its content may count for any table."""
        return self.pattern if self.mode == "snapshot" else None

    def to_json(self) -> dict[str, Any]:
        """Returns the entry as JSON values."""
        entry: dict[str, Any] = json.loads(json.dumps(asdict(self), default=_iso))
        return entry

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> "Load":
        """Returns the load of an entry, also of one that the first version wrote.

        Raises:
            KeyError, TypeError, ValueError: it is not an entry.
        """
        given = {_FORMER_NAMES.get(name, name): value for name, value in entry.items()}
        given["files"] = tuple(
            LoadedFile(**{**file, "modified_at": datetime.fromisoformat(file["modified_at"])})
            for file in given.get("files", ())
        )
        given["columns"] = tuple(given.get("columns", ()))
        given["warnings"] = tuple(LoadWarning(**warning) for warning in given.get("warnings", ()))
        for name in _MOMENTS:
            if given.get(name) is not None:
                given[name] = datetime.fromisoformat(given[name])
        return cls(**given)


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not belong into a log entry")
