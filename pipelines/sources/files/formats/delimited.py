"""CSV files: their delimiter and header, and the repair of those that DuckDB cannot read row by row.

DuckDB reads a file with one record a line in parallel, and fast. If a field has line breaks, it guesses where records
begin; with blank lines and mixed line ends its row numbers are wrong; and one stray quote can make the rest of the file
one field. `repair` therefore reads such files record by record and writes a copy that DuckDB can read, each record with
its number. Records that no rule can read are rejected with their text.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.sources.files.errors import TruncatedError
from pipelines.sources.files.formats.cells import HEADER_ROWS, HeaderBelow, Reject, find_header
from pipelines.sources.files.formats.limits import ReadLimits

if TYPE_CHECKING:
    import _csv

DELIMITERS = (",", ";", "\t", "|")
# DuckDB's own limit. In a longer record, a closing quote is missing.
LONGEST_RECORD = 2_000_000
_ROWS_BETWEEN_CHECKS = 1_000
# A field may be as long as a record.
csv.field_size_limit(LONGEST_RECORD)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file separates its fields, and at which row its data begin.

    `begins_plainly`: each row above the data is one line.
    """

    delimiter: str
    quote: str
    first_row: int
    begins_plainly: bool


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair found: blank records, and whether the file ends within quotes or with a rejected record."""

    blank: int
    ends_in_quotes: bool
    ends_in_reject: bool


def find_dialect(
    start: str, name: str, *, delimiter: str | None, quote: str, skip_rows: int, header: bool, wanted: Sequence[str]
) -> tuple[Dialect, list[str]]:
    """Returns the dialect of a file that begins with `start`, and the names of its columns.

    Without a `delimiter`, the one that finds most of the `wanted` columns is chosen, and among equals the one that
    separates the header into the most fields. Without a `header`, the columns are called column1, column2 and so on.

    Raises:
        TruncatedError: there is nothing to read.
    """
    lines = start.splitlines()
    hint = lines[skip_rows].rstrip() if skip_rows < len(lines) else ""
    if hint.lower().startswith("sep=") and len(hint) == len("sep=") + 1:
        # Excel names the delimiter like this.
        delimiter = delimiter or hint[-1]
        skip_rows += 1
    folded = {each.strip().casefold() for each in wanted}
    best: tuple[tuple[int, int], Dialect, list[str]] | None = None
    for candidate in [delimiter] if delimiter is not None else DELIMITERS:
        row, line, fields = _first_record(start, candidate, quote, skip_rows)
        if row == 0:
            continue
        found = sum(field.strip().casefold() in folded for field in fields) if header else 0
        if best is None or (found, len(fields)) > best[0]:
            dialect = Dialect(candidate, quote, row + 1 if header else row, begins_plainly=line == row)
            best = (found, len(fields)), dialect, fields
    if best is None:
        raise TruncatedError(f"{name} is empty: it has not even a header")
    _, chosen, fields = best
    return chosen, fields if header else [f"column{number}" for number in range(1, len(fields) + 1)]


def header_below(
    start: str, *, delimiter: str | None, quote: str, names: Sequence[str], wanted: Sequence[str]
) -> HeaderBelow | None:
    """Returns which of the first records has more of the wanted columns than `names`, with whatever delimiter."""
    found = None
    for candidate in [delimiter] if delimiter is not None else DELIMITERS:
        try:
            records = list(islice(_reader(io.StringIO(start, newline=""), candidate, quote), HEADER_ROWS))
        except csv.Error:
            continue
        better = find_header(records, 1, names, wanted)
        if better is not None and (found is None or len(better.names) > len(found.names)):
            found = better
    return found


def _first_record(text: str, delimiter: str, quote: str, skip_rows: int) -> tuple[int, int, list[str]]:
    """The first record after `skip_rows` that is not blank, with its number and that of its last line; 0 if none."""
    reader = _reader(io.StringIO(text, newline=""), delimiter, quote)
    try:
        for row, fields in enumerate(reader, start=1):
            if row > skip_rows and not _is_blank(fields):
                return row, reader.line_num, fields
    except csv.Error:
        # A quote is never closed: take one line for the record.
        lines = text.splitlines()
        return skip_rows + 1, skip_rows + 1, lines[min(skip_rows, len(lines) - 1)].split(delimiter)
    return 0, 0, []


def _reader(lines: Iterable[str], delimiter: str, quote: str, *, strict: bool = False) -> "_csv.Reader":
    return csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=strict, skipinitialspace=delimiter != " ")


def _is_blank(fields: Sequence[str]) -> bool:
    return not any(field and not field.isspace() for field in fields)


class _Lines:
    """The lines of a text; it can go back to the second line of the current record."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self._again: list[str] = []
        self._length = 0
        self._number = 0
        # The number of the line with which the record begins.
        self.first = 1
        self.record: list[str] = []
        self.at_end = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._length > LONGEST_RECORD:
            raise csv.Error("no closing quote for 2 million characters")
        line = self._again.pop() if self._again else next(self._source, None)
        self.at_end = line is None
        if line is None:
            raise StopIteration
        self._number += 1
        self.record.append(line)
        self._length += len(line)
        return line

    def begin(self) -> None:
        self.record = []
        self._length = 0
        self.first = self._number + 1

    def go_back(self) -> str:
        """Returns the record's first line, and makes the next line the beginning of a record."""
        first, *others = self.record
        self._again += reversed(others)
        self._number -= len(others)
        return first


def repair(
    path: Path, target: Path, dialect: Dialect, width: int, limits: ReadLimits, reject: Callable[[Reject], None]
) -> Repaired:
    """Writes the records of `path` that have `width` fields to `target`, each with its number as the first field.

    The target has commas, double quotes and no header. Blank records are not written; they count, so that the numbers
    are those that a spreadsheet shows. All others go to `reject`. If a record has a misplaced quote, only its first
    line is rejected, and the next line begins a record. A record with a NUL byte is rejected, for no text has one.

    Raises:
        ExtractError: the time for the file is over.
    """
    blank, row, ends_in_quotes = 0, 0, False
    with path.open(encoding="utf-8-sig", newline="") as source, target.open("w", encoding="utf-8", newline="") as out:
        lines = _Lines(iter(source))
        reader = _reader(lines, dialect.delimiter, dialect.quote, strict=True)
        # With this line end, csv quotes fields with a lone carriage return, which DuckDB needs.
        writer = csv.writer(out, lineterminator="\r\n")
        last: Reject | None = None
        while True:
            lines.begin()
            row += 1
            if row % _ROWS_BETWEEN_CHECKS == 0:
                limits.check_time()
            try:
                fields = next(reader)
            except StopIteration:
                break
            except csv.Error:
                # Each may have read two million characters in vain.
                limits.check_time()
                ends_in_quotes = ends_in_quotes or lines.at_end
                last = misquoted(row, lines.first, lines.go_back())
                if row >= dialect.first_row:
                    reject(last)
                continue
            last = None
            if row < dialect.first_row:
                continue
            if _is_blank(fields):
                blank += 1
                continue
            if len(fields) == width + 1 and not fields[-1]:
                fields.pop()
            if any("\0" in field for field in fields):
                last = Reject(row, _HAS_NUL, "".join(lines.record).replace("\0", "\ufffd"))
                reject(last)
            elif len(fields) == width:
                writer.writerow([row, *fields])
            else:
                last = Reject(row, wrong_width(len(fields), width), "".join(lines.record))
                reject(last)
    return Repaired(blank, ends_in_quotes, last is not None)


_HAS_NUL = "has a NUL byte, which no text has; export the file again"


def misquoted(row: int, line: int, text: str) -> Reject:
    """Returns the rejection of a record with a misplaced quote; `line` is the line with which it begins."""
    what, advice = "that is misplaced or never closed", "write two quotes for each within a field, or set `quote`"
    return Reject(row, f"has a quote in line {line} {what}; {advice}", text, f"has a quote {what}; {advice}")


def wrong_width(found: int, expected: int) -> str:
    """Returns what is wrong with a record that has too few or too many fields."""
    return f"has {found} field{'' if found == 1 else 's'} where the header has {expected}"


def fields_of(text: str, dialect: Dialect) -> list[str]:
    """Returns the fields of one record's text; the text as one field if its quotes make no sense."""
    try:
        return next(_reader(io.StringIO(text, newline=""), dialect.delimiter, dialect.quote), [])
    except csv.Error:
        return [text]
