"""What a source would load, without loading it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipelines.raw import LoadWarning
from pipelines.sources.rejection import Rejection


@dataclass(frozen=True, slots=True)
class PreviewedFile:
    """A file that a table would load: its name, its size in bytes, and when it was changed (aware)."""

    name: str
    bytes: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class TablePreview:
    """What one table of a source would load, found in its newest files.

    Attributes:
        entity: what the rows become.
        places: where files are looked for, without credentials.
        files: the files that were found, the newest last.
        looked_at: the names of those that were read.
        is_whole: whether that was everything: all files, and each to its end.
        rows: the rows that would be loaded; `quarantined`, `filtered`, `duplicates` and `blank` as in a load.
        columns: where each column of the entity comes from, in words; columns that are not filled are missing.
        moments: the first and the last moment of each column of moments, as text in the table's time zone.
        sample: the first rows by column, as text; None where there is no value.
        rejections: what is wrong with the rows that would be quarantined.
        warnings: what is probably wrong with the others.
        problems: why files cannot be read, in words.
    """

    entity: str
    places: Sequence[str]
    files: Sequence[PreviewedFile] = ()
    looked_at: Sequence[str] = ()
    is_whole: bool = True
    rows: int = 0
    quarantined: int = 0
    filtered: int = 0
    duplicates: int = 0
    blank: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)
    moments: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    sample: Sequence[Mapping[str, str | None]] = ()
    rejections: Sequence[Rejection] = ()
    warnings: Sequence[LoadWarning] = ()
    problems: Sequence[str] = ()
