"""What a proposal consists of: a sample of a file, and the tables of settings that are proposed for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from pipelines.sources.files.settings import Format


class UnsuitableError(Exception):
    """A file for which nothing can be proposed; the message says why and what to do."""


class Confidence(Enum):
    """How sure a line of a proposal is; the value is the word that begins its comment."""

    SURE = "sure"
    LIKELY = "likely"
    EDIT = "EDIT"


@dataclass(frozen=True, slots=True)
class Remark:
    """The comment beside a line: how sure it is, and why or what to do."""

    confidence: Confidence
    text: str = ""


SURE = Remark(Confidence.SURE)


def likely(text: str) -> Remark:
    """Returns the remark of a line that is probably right; `text` says what it rests on."""
    return Remark(Confidence.LIKELY, text)


def edit(text: str) -> Remark:
    """Returns the remark of a line that a person has to check or complete; `text` says how."""
    return Remark(Confidence.EDIT, text)


@dataclass(frozen=True, slots=True)
class Option:
    """A key of a table that says how its files are read, such as `delimiter`."""

    key: str
    value: object
    remark: Remark = SURE


@dataclass(frozen=True, slots=True)
class Sample:
    """The columns of a file with a part of its rows.

    `columns` are the names that the settings use. `types` are DuckDB's, VARCHAR in text formats. `rows` have a text or
    None for each column. `remarks` are the lines above the header. `is_whole`: `rows` are all rows of the file.
    """

    name: str
    format: Format
    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    options: tuple[Option, ...] = ()
    remarks: tuple[str, ...] = ()
    is_whole: bool = True
    delimiter: str | None = None


@dataclass(frozen=True, slots=True)
class FromColumn:
    """The value of a column of the file."""

    column: str


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value on each row."""

    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Mapped:
    """A value for each word of a column; other words stay empty."""

    column: str
    words: Mapping[str, str | int | float | bool]


@dataclass(frozen=True, slots=True)
class Duration:
    """The moment that is as long after another column of the entity as a column of the file says."""

    column: str
    after: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The first of several values in a cell."""

    column: str
    separator: str


@dataclass(frozen=True, slots=True)
class Expression:
    """A DuckDB expression over columns of the file. `is_number`: these are numbers, perhaps with a currency's sign."""

    sql: str
    columns: tuple[str, ...]
    is_number: bool = False


Value: TypeAlias = FromColumn | Constant | Mapped | Duration | FirstOf | Expression


def columns_of(value: Value) -> tuple[str, ...]:
    """Returns the columns of the file that a value reads."""
    match value:
        case Constant():
            return ()
        case Expression():
            return value.columns
        case _:
            return (value.column,)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of `columns`: a column of the entity, what fills it, and how sure that is."""

    name: str
    value: Value
    remark: Remark = SURE


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the settings as proposed.

    `lacking` says for each required column that nothing can fill what to do: such a table is written as a comment.
    `notes` are sentences above the table, `unused` the columns of the file that no table reads.
    """

    entity: str
    path: str
    lines: tuple[Line, ...]
    options: tuple[Option, ...] = ()
    notes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()

    @property
    def is_usable(self) -> bool:
        """Whether the table can be loaded as it is."""
        return not self.lacking


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one file: its product, and its tables; or the reason why there is none.

    `source` is the name of the source that its tables belong to. `currencies` are ISO 4217 codes. `cancelled` are the
    statuses of orders that are no sales. `language` is that of the headers: en or fr.
    """

    file: str
    product: str | None = None
    tables: tuple[Table, ...] = ()
    problem: str | None = None
    source: str = "files"
    currencies: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    language: str = "en"
