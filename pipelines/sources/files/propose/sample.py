"""Reads the columns and some rows of a file of any format. This module does the I/O of a proposal."""

import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import duckdb

from pipelines.sources.files.connections import open_connection
from pipelines.sources.files.errors import ExtractError
from pipelines.sources.files.formats.cells import Cells, Extract, Reject, name_cells
from pipelines.sources.files.formats.limits import ReadLimits
from pipelines.sources.files.formats.xlsx_reader import xlsx_top
from pipelines.sources.files.propose.head import first_bytes, read_head
from pipelines.sources.files.propose.layout import Layout, find_layout, layout_of_records
from pipelines.sources.files.propose.model import SURE, Option, Remark, Sample, UnsuitableError, likely
from pipelines.sources.files.read import read
from pipelines.sources.files.settings import ExtractTable, Format, format_of
from pipelines.storage.sql import identifier

_MOST_ROWS = 20_000
_MOST_COLUMNS = 2_000
# JSON and workbooks are read as a whole, so larger ones are not sampled.
_LARGEST = 200 << 20
_BOOK_PART = 4 << 20
_ENTITY = "agent"


def read_sample(path: Path) -> Sample:
    """Returns the columns and some rows of a file.

    Raises:
        UnsuitableError: nothing can be proposed for it; the message completes a sentence that begins with its name.
    """
    try:
        return _sample(path)
    except ExtractError as error:
        raise UnsuitableError(str(error).removeprefix(f"{path.name} ")) from error
    except OSError as error:
        raise UnsuitableError(f"cannot be read: {error.strerror or error}") from error


def _sample(path: Path) -> Sample:
    if path.is_dir():
        raise UnsuitableError("is a folder; give the files in it, for instance with *.csv")
    if not path.exists():
        raise UnsuitableError("does not exist; check the path")
    if not path.is_file():
        raise UnsuitableError("is not a file")
    start = first_bytes(path)
    if not start:
        raise UnsuitableError("is empty")
    found = _format(path, start)
    by_name = format_of(path.name)
    options = () if found == by_name else (Option("format", found),)
    match found:
        case "csv":
            return _text_sample(path, options)
        case "xlsx":
            return _workbook_sample(path, options)
        case _:
            return _typed_sample(path, found, options)


def _format(path: Path, start: bytes) -> Format:
    if start.startswith(b"PK\x03\x04"):
        if not zipfile.is_zipfile(path) or "xl/workbook.xml" not in _names(path):
            raise UnsuitableError("is an archive; unpack it and give the files in it")
        return "xlsx"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnsuitableError("is an old or encrypted Excel workbook; save it as .xlsx without a password")
    if start.startswith(b"PAR1"):
        return "parquet"
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    named = format_of(path.name)
    if named in ("json", "jsonl"):
        return named
    if text.startswith((b"{", b"[{")) and named != "csv":
        return "json" if text.startswith(b"[") else "jsonl"
    if text[:100].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise UnsuitableError("is a web page or XML, not a table; export it as CSV or Excel (.xlsx)")
    return "csv"


def _names(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return []


# ---------------------------------------------------------------------------------------------------------------- text


def _text_sample(path: Path, options: tuple[Option, ...]) -> Sample:
    head = read_head(path)
    layout = find_layout(head.text, ends=head.is_whole)
    found = [*options]
    if head.encoding is not None:
        remark = likely("the file is not UTF-8") if head.encoding in ("cp1252", "latin-1") else SURE
        found.append(Option("encoding", head.encoding, remark))
    if not layout.is_named_by_file:
        found.append(Option("delimiter", "tab" if layout.delimiter == "\t" else layout.delimiter))
    if layout.quote != '"':
        found.append(Option("quote", layout.quote))
    return _from_layout(path, "csv", layout, found, is_whole=head.is_whole)


def _from_layout(path: Path, kind: Format, layout: Layout, options: list[Option], *, is_whole: bool) -> Sample:
    if len(layout.header) > _MOST_COLUMNS:
        raise UnsuitableError(f"has {len(layout.header):,} columns; export fewer")
    if layout.skip_rows:
        options.append(Option("skip_rows", layout.skip_rows, Remark(SURE.confidence, "lines above the header")))
    if not layout.has_header:
        options.append(Option("header", value=False, remark=likely("the first row has values, not names")))
    if layout.footer and is_whole:
        options.append(Option("skip_footer", layout.footer, likely("totals or remarks at the end of the file")))
    cells = name_cells(layout.header, ["VARCHAR"] * len(layout.header))
    rows = tuple(tuple(cell.strip() or None for cell in record) for record in layout.records)
    return Sample(
        name=path.name,
        format=kind,
        columns=tuple(cell.column for cell in cells),
        types=("VARCHAR",) * len(cells),
        rows=rows,
        options=tuple(options),
        remarks=layout.remarks,
        is_whole=is_whole,
        delimiter=layout.delimiter if kind == "csv" else None,
    )


# ----------------------------------------------------------------------------------------------------- other formats


def _typed_sample(path: Path, kind: Format, options: tuple[Option, ...]) -> Sample:
    if kind != "parquet" and path.stat().st_size > _LARGEST:
        raise UnsuitableError("is too large to look at; give a smaller export of the same kind")
    table = ExtractTable.model_construct(entity=_ENTITY, path=path.name, format=kind)
    columns, types, rows, is_whole = _read_rows(path, kind, table)
    return Sample(path.name, kind, columns, types, rows, options, is_whole=is_whole)


def _workbook_sample(path: Path, options: tuple[Option, ...]) -> Sample:
    if path.stat().st_size > _LARGEST:
        raise UnsuitableError("is too large to look at; give a smaller export of the same kind")
    sheets = _visible_sheets(path)
    best: Sample | None = None
    problem: UnsuitableError | ExtractError | None = None
    for number, sheet in enumerate(sheets[:10] or [None]):
        try:
            top = layout_of_records([[cell or "" for cell in row] for row in _sheet_top(path, sheet)])
            table = ExtractTable.model_construct(
                entity=_ENTITY,
                path=path.name,
                format="xlsx",
                header=top.has_header,
                sheet=sheet,
                skip_rows=top.skip_rows,
            )
            # Only below the header does the reader know which columns have dates.
            columns, _, rows, is_whole = _read_rows(path, "xlsx", table)
            records = [[*columns], *([cell or "" for cell in row] for row in rows)] if top.has_header else rows
            layout = replace(
                layout_of_records([[cell or "" for cell in row] for row in records]), skip_rows=top.skip_rows
            )
            found = [*options, *([Option("sheet", sheet)] if sheet is not None and number else [])]
            sample = _from_layout(path, "xlsx", layout, found, is_whole=is_whole)
        except (ExtractError, UnsuitableError) as error:
            problem = problem or error
            continue
        if best is None or len(sample.rows) * len(sample.columns) > len(best.rows) * len(best.columns) * 2:
            best = sample
    if best is None:
        raise problem or UnsuitableError("has no sheet with content")
    return best


def _sheet_top(path: Path, sheet: str | None) -> list[list[str | None]]:
    with tempfile.TemporaryDirectory(prefix="vigie-") as folder, open_connection(Path(folder), "UTC") as connection:
        extract = Extract(path.absolute(), path.name, "xlsx", Path(folder))
        return xlsx_top(connection, extract, sheet, ReadLimits(path, path.name, remedy="open it and save it again"))


def _visible_sheets(path: Path) -> list[str]:
    """The names of a workbook's sheets in their order, without hidden ones."""
    try:
        with zipfile.ZipFile(path) as book, book.open("xl/workbook.xml") as part:
            content = part.read(_BOOK_PART)
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            return []
        root = ET.fromstring(content)  # noqa: S314 - has no entities, see above
    except (KeyError, zipfile.BadZipFile, ET.ParseError, OSError, ValueError):
        return []
    sheets = [each for each in root.iter() if each.tag.endswith("}sheet")]
    return [each.attrib.get("name", "") for each in sheets if each.attrib.get("state", "visible") == "visible"]


def _read_rows(
    path: Path, kind: Format, table: ExtractTable
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str | None, ...], ...], bool]:
    """The names and types of a file's columns, some of its rows as texts, and whether these are all."""
    taken: list[tuple[str | None, ...]] = []
    with tempfile.TemporaryDirectory(prefix="vigie-") as folder, open_connection(Path(folder), "UTC") as connection:
        extract = Extract(path.absolute(), path.name, kind, Path(folder))

        def take(cells: Cells) -> int:
            texts = ", ".join(f"CAST({identifier(str(n))} AS VARCHAR)" for n in range(len(cells.columns)))
            query = f"SELECT {texts} FROM ({cells.relation}) LIMIT {_MOST_ROWS + 1}"
            taken[:] = connection.execute(query).fetchall() if texts else []
            connection.execute("CREATE OR REPLACE TEMP TABLE sampled AS SELECT 0 AS row WHERE false")
            return len(taken)

        def ignore(cells: Cells, reject: Reject, by_column: dict[str, str]) -> None:
            pass

        try:
            cells = read(connection, extract, table, (), take, ignore).cells
        except duckdb.Error as error:
            raise UnsuitableError(f"cannot be read as {kind}: {str(error).partition(chr(10))[0]}") from error
    columns = tuple(cell.column for cell in cells.columns)
    types = tuple(cell.duckdb_type for cell in cells.columns)
    rows = tuple(tuple((cell or "").strip() or None for cell in row) for row in taken[:_MOST_ROWS])
    return columns, types, rows, len(taken) <= _MOST_ROWS
