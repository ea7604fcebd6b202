"""What every format gives: the cells of a file in DuckDB, by column, and the records that are no rows."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from pipelines.sources.files.settings import Format

# So many rows of a file are searched for a header below remarks.
HEADER_ROWS = 30


@dataclass(frozen=True, slots=True)
class Extract:
    """A local file to be read: its path, its name in messages, its format, and a folder for temporary files."""

    path: Path
    name: str
    format: Format
    work: Path


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of a file: its name there, the name it has in DuckDB (unique, letter case aside), and its type."""

    name: str
    column: str
    duckdb_type: str


@dataclass(frozen=True, slots=True)
class HeaderBelow:
    """A row below the one that was taken for the header, which has more of the wanted columns.

    `skip_rows` is the setting with which it is the header; `names` are the wanted columns that it has, in lower case.
    """

    skip_rows: int
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Cells:
    """A file as DuckDB sees it.

    `relation` is a query that gives the cells in columns named `0`, `1` and so on. If it is `numbered` it also gives
    `row`, each row's number in the file. If it is `faulty` it gives `fault`, what is wrong with a record as a whole.
    `spaces_only`: values have no outer blanks but spaces. `serial_days`: a number may be a date, counted from 1900 or
    `from_1904`. `has_header`: the names of its columns are a row of the file, which may be repeated below.
    `header_below` is set if another row looks more like the header.
    """

    file: str
    columns: tuple[Cell, ...]
    relation: str
    numbered: bool = False
    faulty: bool = False
    spaces_only: bool = False
    serial_days: bool = False
    from_1904: bool = False
    has_header: bool = False
    header_below: HeaderBelow | None = None


@dataclass(frozen=True, slots=True)
class ReadResult:
    """A file that has been read into a table.

    `row` is an SQL expression for the number of a row in the file, over the table's `_number` (what a `numbered`
    relation gives) and `_position` (its `rowid`).
    `blank` counts records without any content that never reached the table, `filtered` those that repeat a header and
    did not reach it. `ends_early`: its last record is cut.
    """

    cells: Cells
    row: str
    blank: int = 0
    ends_early: bool = False
    filtered: int = 0


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that is no row: its number in the file, what is wrong with it, and its text.

    `problem` is the reason without what only this record has, if that differs.
    """

    row: int
    reason: str
    text: str
    problem: str = ""


# Creates the table of a file's cells, replaces it if there is one, and returns the number of its rows.
CreateTable = Callable[[Cells], int]
# Receives each record that is no row, with its cells by column.
RejectRecord = Callable[[Cells, Reject, dict[str, str]], None]


def find_header(
    rows: Iterable[Sequence[str | None]], first_row: int, names: Sequence[str], wanted: Sequence[str]
) -> HeaderBelow | None:
    """Returns which of the rows has more of the wanted columns than `names`, those of the row taken for the header.

    Args:
        rows: the first rows of the file; HEADER_ROWS of them are looked at.
        first_row: the number of the first of them.
        names: the columns of the file as it was read.
        wanted: the columns that the settings name.
    """
    expected = {name.strip().casefold() for name in wanted}
    most = len(expected & {name.strip().casefold() for name in names})
    found: HeaderBelow | None = None
    for number, row in enumerate(islice(rows, HEADER_ROWS), start=first_row):
        has = expected & {(cell or "").strip().casefold() for cell in row}
        if len(has) > most:
            most, found = len(has), HeaderBelow(number - 1, frozenset(has))
    return found


def name_cells(names: Sequence[str], types: Sequence[str]) -> tuple[Cell, ...]:
    """Returns columns with unique names, letter case aside: if several have one name, each gets a number."""
    names = [name.strip().lstrip("\ufeff") or f"column{position}" for position, name in enumerate(names, start=1)]
    counts = Counter(name.casefold() for name in names)
    used = set(counts)
    columns: list[str] = []
    for name in names:
        column, number = name, 0
        while counts[name.casefold()] > 1 and column.casefold() in used:
            number += 1
            column = f"{name}_{number}"
        used.add(column.casefold())
        columns.append(column)
    return tuple(map(Cell, names, columns, types))


def describe(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, str]]:
    """Returns the names and DuckDB types of a query's columns."""
    return [(row[0], row[1]) for row in connection.execute(f"DESCRIBE {query}").fetchall()]
