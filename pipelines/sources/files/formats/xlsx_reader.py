"""Excel workbooks: the cells of a sheet as texts, dates in ISO 8601, rows numbered as the sheet shows them.

DuckDB's reader runs in a process of its own (see `duckdb_process`), which writes the sheet to a Parquet file. The
reader does not verify checksums, so this module does it before.
"""

import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import duckdb_extension_excel

from pipelines.sources.files.cast import serial_day
from pipelines.sources.files.errors import ExtractError, TruncatedError, brief
from pipelines.sources.files.formats.cells import (
    HEADER_ROWS,
    Cells,
    CreateTable,
    Extract,
    HeaderBelow,
    ReadResult,
    find_header,
    name_cells,
)
from pipelines.sources.files.formats.duckdb_process import (
    DuckDBProcess,
    MemoryExceededError,
    QueryFailedError,
    TimeoutExceededError,
)
from pipelines.sources.files.formats.limits import ReadLimits
from pipelines.sources.files.settings import ExtractTable
from pipelines.storage.sql import file_literal, identifier, literal

_LAST_SHEET_ROW = 1_048_576
_TOP_ROWS = 40
_CHUNK = 1 << 20
_MEMORY_UNITS = {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
# What the standard library raises while it reads a corrupt archive.
_ARCHIVE_ERRORS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, OverflowError, RuntimeError,
    ValueError,
)  # fmt: skip
# Kinds of DuckDB's errors that only a corrupt file causes.
_CORRUPT = ("InternalException", "IOException", "Error")


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet as DuckDB's reader sees it: `texts` is a query for its cells, `letters` are that query's columns.

    `header_row` is the number of the first row with content, `first` that row's cells and `types` what the cells below
    look like. `has_fixed_columns`: its columns are set by the header, and rows without content may follow.
    """

    texts: str
    letters: Sequence[str]
    header_row: int
    first: Sequence[str | None]
    types: Sequence[str]
    has_fixed_columns: bool
    header_below: HeaderBelow | None


def read_xlsx(
    connection: duckdb.DuckDBPyConnection,
    extract: Extract,
    table: ExtractTable,
    wanted: Sequence[str],
    limits: ReadLimits,
    create_table: CreateTable,
) -> ReadResult:
    """Reads a sheet into a table; a row's number is the one that Excel shows.

    Raises:
        ExtractError: the workbook is corrupt, or exceeds a limit.
        TruncatedError: the workbook's end is missing, or the sheet is empty.
    """
    copy = extract.work / "sheet.parquet"
    with _reader(connection, extract, limits) as reader:
        sheet = _find_sheet(reader, extract, table, wanted)
        cells = _cells(extract, table, sheet)
        reader.execute(f"COPY ({cells.relation}) TO {literal(str(copy))} (FORMAT parquet)")
        footer = _footer_row(reader, copy, len(cells.columns), table.skip_footer)
        [[last_row]] = reader.execute(f"SELECT max(row) FROM read_parquet({file_literal(copy)})").rows
    if last_row is not None and last_row > _LAST_SHEET_ROW:
        raise ExtractError(
            f"{extract.name} has rows below {_LAST_SHEET_ROW:,}, the last that Excel knows; is it corrupt?"
            f" {limits.remedy}"
        )
    above_footer = f" WHERE row < {footer}" if footer is not None else ""
    relation = f"FROM read_parquet({file_literal(copy)}, hive_partitioning = false){above_footer}"
    cells = replace(cells, relation=relation)
    create_table(cells)
    return ReadResult(cells, "_number")


def _footer_row(reader: DuckDBProcess, sheet: Path, width: int, skip_footer: int) -> int | None:
    """The number of the first of the last `skip_footer` rows that have content; None if there are none to skip."""
    if not skip_footer:
        return None
    is_filled = " OR ".join(f'"{position}" IS NOT NULL' for position in range(width))
    last_rows = f"FROM read_parquet({file_literal(sheet)}) WHERE {is_filled} ORDER BY row DESC LIMIT {skip_footer}"
    [[first]] = reader.execute(f"SELECT min(row) FROM (SELECT row {last_rows})").rows
    return None if first is None else int(first)


def xlsx_cells(
    connection: duckdb.DuckDBPyConnection,
    extract: Extract,
    table: ExtractTable,
    wanted: Sequence[str],
    limits: ReadLimits,
) -> Cells:
    """Returns the sheet's columns, from its header."""
    with _reader(connection, extract, limits) as reader:
        return _cells(extract, table, _find_sheet(reader, extract, table, wanted))


def xlsx_top(
    connection: duckdb.DuckDBPyConnection, extract: Extract, sheet: str | None, limits: ReadLimits
) -> list[list[str | None]]:
    """Returns the first rows of a sheet from its first row on, with as many cells as the widest of them has."""
    named = f", sheet = {literal(sheet)}" if sheet is not None else ""
    window = f"stop_at_empty = false, all_varchar = true, header = false, range = 'A1:ZZ{_TOP_ROWS}'{named}"
    with _reader(connection, extract, limits) as reader:
        rows = reader.execute(f"FROM read_xlsx({file_literal(extract.path)}, {window})").rows
    width = max((number for row in rows for number, cell in enumerate(row, start=1) if cell is not None), default=0)
    return [row[:width] for row in rows]


@contextmanager
def _reader(connection: duckdb.DuckDBPyConnection, extract: Extract, limits: ReadLimits) -> Iterator[DuckDBProcess]:
    """A process with DuckDB's Excel reader, which may use as much memory as `connection`."""
    _check_workbook(extract, limits)
    extension = _extension_file()
    memory = _memory_limit(connection)
    config = {
        "threads": "1",
        "memory_limit": f"{memory} bytes",
        "temp_directory": str(extract.work / "spill"),
        "autoinstall_known_extensions": "false",
    }
    try:
        with DuckDBProcess(limits.remaining, memory, config) as reader:
            reader.execute(f"LOAD {literal(str(extension))}")
            yield reader
    except TimeoutExceededError:
        raise limits.too_slow() from None
    except MemoryExceededError:
        raise ExtractError(
            f"{extract.name} needs more than {memory / _MEMORY_UNITS['GiB']:.3g} GiB of memory; is it corrupt?"
            f" {limits.remedy}, or save the sheet as CSV"
        ) from None
    except QueryFailedError as error:
        reason = brief(error).replace(str(extract.path), extract.name)
        if "No rows found" in reason:
            raise TruncatedError(f"{extract.name} is empty: it has not even a header") from error
        hint = f"; is it corrupt? {limits.remedy}" if error.kind in _CORRUPT else ""
        raise ExtractError(f"{extract.name} cannot be read as xlsx: {reason}{hint}") from error


def _extension_file() -> Path:
    folder = Path(duckdb_extension_excel.__file__).parent / "extensions"
    file = folder / f"v{duckdb.__version__}" / "excel.duckdb_extension"
    if not file.exists():
        raise ExtractError(
            "the Excel reader does not fit this DuckDB; run `pip install --upgrade duckdb duckdb-extension-excel`"
        )
    return file


def _memory_limit(connection: duckdb.DuckDBPyConnection) -> int:
    """The connection's memory limit in bytes."""
    (text,) = connection.execute("SELECT current_setting('memory_limit')").fetchall()[0]
    amount, unit = str(text).split()
    return int(float(amount) * _MEMORY_UNITS[unit])


def _find_sheet(reader: DuckDBProcess, extract: Extract, table: ExtractTable, wanted: Sequence[str]) -> _Sheet:
    options = f"stop_at_empty = false{f', sheet = {literal(table.sheet)}' if table.sheet is not None else ''}"
    source = whole = f"read_xlsx({file_literal(extract.path)}, {options}"
    if table.skip_rows:
        source, header_row = _below_skipped(reader, extract, source, table.skip_rows)
    else:
        # Without a range the reader begins at the first row with content, and calls the columns B3, C3 and so on.
        first_column, *_ = reader.execute(f"DESCRIBE FROM {source}, all_varchar = true, header = false)").rows[0]
        header_row = int(re.sub(r"\D", "", first_column))
    texts = f"FROM {source}, all_varchar = true, header = false)"
    top = reader.execute(f"{texts} LIMIT 1")
    if not top.rows:
        raise TruncatedError(f"{extract.name} is empty: it has not even a header")
    types = [kind for _, kind, *_ in reader.execute(f"DESCRIBE FROM {source}, header = {table.header})").rows]
    below = _header_below(reader, whole, top.rows[0], wanted) if table.header else None
    return _Sheet(texts, top.columns, header_row, top.rows[0], types, bool(table.skip_rows), below)


def _header_below(
    reader: DuckDBProcess, source: str, first: Sequence[str | None], wanted: Sequence[str]
) -> HeaderBelow | None:
    """Which row below the first one has more of the wanted columns; only a range shows all columns below a title."""
    names = [name or "" for name in first]
    if {name.strip().casefold() for name in wanted} <= {name.strip().casefold() for name in names}:
        return None
    rows = reader.execute(f"FROM {source}, all_varchar = true, header = false, range = 'A1:XFD{HEADER_ROWS}')").rows
    return find_header(rows, 1, names, wanted)


def _below_skipped(reader: DuckDBProcess, extract: Extract, source: str, skip_rows: int) -> tuple[str, int]:
    """The reader with its range set to the table below the skipped rows, and the row of the table's header."""
    window = f"FROM {source}, all_varchar = true, header = false, range = 'A{skip_rows + 1}:XFD{skip_rows + 20}')"
    found = reader.execute(window)
    letters = [re.sub(r"\d", "", column) for column in found.columns]
    for offset, row in enumerate(found.rows, start=1):
        filled = [letter for letter, cell in zip(letters, row, strict=True) if cell is not None]
        if filled:
            header_row = skip_rows + offset
            return f"{source}, range = '{filled[0]}{header_row}:{filled[-1]}{_LAST_SHEET_ROW}'", header_row
    raise ExtractError(f"{extract.name} has nothing below its first {skip_rows} rows; check skip_rows")


def _cells(extract: Extract, table: ExtractTable, sheet: _Sheet) -> Cells:
    """The sheet as cells; the relation is for the reader's process."""
    width = len(sheet.letters)
    names = [name or "" for name in sheet.first] if table.header else [f"column{n}" for n in range(1, width + 1)]
    from_1904 = _counts_from_1904(extract.path)
    values = ", ".join(
        f'{_dated(identifier(letter), kind, from_1904)} AS "{position}"'
        for position, (letter, kind) in enumerate(zip(sheet.letters, sheet.types, strict=True))
    )
    is_filled = " OR ".join(f"{identifier(letter)} IS NOT NULL" for letter in sheet.letters)
    # In a corrupt workbook a row number may be in the billions, and the reader returns every row up to it.
    limited = f"({sheet.texts} LIMIT {_LAST_SHEET_ROW + 1})"
    relation = (
        f"SELECT row, {values}"
        f" FROM (SELECT row_number() OVER () + {sheet.header_row - 1} AS row, * FROM {limited})"
        f" WHERE row {'>' if table.header else '>='} {sheet.header_row}"
        f"{f' AND ({is_filled})' if sheet.has_fixed_columns else ''}"
    )
    columns = name_cells(names, ["VARCHAR"] * len(names))
    return Cells(
        extract.name,
        columns,
        relation,
        numbered=True,
        serial_days=True,
        from_1904=from_1904,
        has_header=table.header,
        header_below=sheet.header_below,
    )


def _dated(cell: str, kind: str, from_1904: bool) -> str:
    """A cell's text; if the sheet shows its column as dates, ISO 8601 in place of the number of days that is stored."""
    if kind not in ("DATE", "TIMESTAMP"):
        return cell
    moment = serial_day(cell, from_1904)
    seconds = f"strftime({moment}, '%Y-%m-%d %H:%M:%S')"
    if kind == "DATE":
        seconds = (
            f"CASE WHEN {moment} = date_trunc('day', {moment}) THEN strftime({moment}, '%Y-%m-%d') ELSE {seconds} END"
        )
    return f"coalesce({seconds}, {cell})"


# ---------------------------------------------------------------------------------------------------------- the archive


def _check_workbook(extract: Extract, limits: ReadLimits) -> None:
    """Raises an ExtractError if the file is no workbook, unpacks to too much, or does not match its checksums."""
    if not zipfile.is_zipfile(extract.path):
        raise _no_workbook(extract)
    try:
        with zipfile.ZipFile(extract.path) as book:
            parts = [part for part in book.infolist() if _is_read(part.filename)]
            limits.check_unpacked(sum(part.file_size for part in parts))
            for part in parts:
                with book.open(part) as content:
                    while content.read(_CHUNK):
                        limits.check_time()
    except _ARCHIVE_ERRORS as error:
        # The error has a file name if the file cannot be read, and none if the archive refers to a place outside it.
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise ExtractError(f"{extract.name} is corrupt ({error}); {limits.remedy}") from error


def _is_read(part: str) -> bool:
    """Whether DuckDB's reader may read a part of the archive: not images, nor the document's properties."""
    return part == "[Content_Types].xml" or (part.startswith("xl/") and part.endswith((".xml", ".rels")))


def _no_workbook(extract: Extract) -> ExtractError:
    with extract.path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PK"):
        return TruncatedError(f"{extract.name} is not a whole Excel workbook; copy it again")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return ExtractError(
            f"{extract.name} is an old or encrypted Excel workbook; save it as .xlsx without a password"
        )
    return ExtractError(f"{extract.name} is not an Excel workbook (.xlsx)")


def _counts_from_1904(path: Path) -> bool:
    """Whether the workbook counts its days from 1904, as Excel for the Macintosh once did."""
    with zipfile.ZipFile(path) as book:
        try:
            with book.open("xl/workbook.xml") as file:
                start = file.read(_CHUNK)
        except KeyError:
            return False
    return re.search(rb"""date1904\s*=\s*["'](1|true)["']""", start) is not None
