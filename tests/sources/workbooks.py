"""Excel workbooks for tests: well-formed ones, and ones with a certain damage."""

import io
import struct
import zipfile
from collections.abc import Callable, Mapping

import xlsxwriter

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"

_LOCAL_HEADER_SIZE = 30
_COMPRESSED_SIZE_AT = 18


def leads(count: int) -> bytes:
    """A workbook with `count` leads."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        worksheet = book.add_worksheet()
        worksheet.write_row(0, 0, ["lead_id", "created_at", "channel"])
        for number in range(1, count + 1):
            worksheet.write_row(number, 0, [f"lead-{number}", "2024-01-31", f"channel {number % 7}"])
    return content.getvalue()


def with_part(book: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one part changed, as a valid archive."""
    with zipfile.ZipFile(io.BytesIO(book)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    return archive({**parts, part: change(parts[part])})


def archive(parts: Mapping[str, bytes]) -> bytes:
    """A ZIP archive of these parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name, part in parts.items():
            target.writestr(name, part)
    return content.getvalue()


def with_byte_changed(book: bytes, part: str) -> bytes:
    """The workbook with one byte changed in the middle of a part's compressed data."""
    with zipfile.ZipFile(io.BytesIO(book)) as source:
        info = source.getinfo(part)
    middle = info.header_offset + _LOCAL_HEADER_SIZE + len(part) + info.compress_size // 2
    return book[:middle] + bytes([book[middle] ^ 1]) + book[middle + 1 :]


def that_hangs(book: bytes) -> bytes:
    """The workbook with a size of 0 in one of its two directories: DuckDB's reader reads it without end."""
    with zipfile.ZipFile(io.BytesIO(book)) as source:
        start = source.getinfo(RELATIONS).header_offset + _COMPRESSED_SIZE_AT
    return book[:start] + struct.pack("<I", 0) + book[start + 4 :]


def with_row_number(book: bytes, number: int) -> bytes:
    """The workbook with one row more, with that number."""
    row = f'<row r="{number}"><c r="A{number}"><v>1</v></c></row></sheetData>'.encode()
    return with_part(book, SHEET, lambda sheet: sheet.replace(b"</sheetData>", row))


def with_misplaced_directory(book: bytes) -> bytes:
    """The workbook with an end record that places the archive's directory before the beginning of the file."""
    end = book.rindex(b"PK\x05\x06")
    size = struct.unpack_from("<I", book, end + 12)[0]
    return book[: end + 12] + struct.pack("<I", size + len(book)) + book[end + 16 :]
