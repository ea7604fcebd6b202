"""The text of a file's beginning, and of a few places further down if the file is large."""

import codecs
import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

from pipelines.sources.files.formats.encodings import GZIP, byte_order_mark, utf16_without_mark
from pipelines.sources.files.propose.model import UnsuitableError

_HEAD = 6 << 20
_BLOCK = 256 << 10
_BLOCKS = 6
# Enough to see where NUL bytes are.
_LOOKED_AT = 2_000
_BINARY = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"\x7fELF", b"SQLite format 3", b"Rar!", b"7z\xbc\xaf")
_TEXT_CONTROLS = frozenset(b"\t\n\r\f\x1b\x1a")


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a text file, and lines from further down.

    `encoding` is what the settings name, None for what they need not name. `is_whole`: `text` is the whole file.
    """

    text: str
    encoding: str | None
    is_whole: bool


def first_bytes(path: Path, size: int = 4096) -> bytes:
    """Returns the first bytes of a file, unpacked if it is compressed.

    Raises:
        UnsuitableError: the compressed data are corrupt.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(size)
    if not start.startswith(GZIP):
        return start
    try:
        with gzip.open(path) as file:
            return file.read(size)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnsuitableError("cannot be decompressed; copy it again") from error


def read_head(path: Path) -> Head:
    """Returns the beginning of a text file.

    Raises:
        UnsuitableError: it is empty, or not text.
        OSError: the file cannot be read.
    """
    start = first_bytes(path, _HEAD)
    if not start.strip(b"\0 \t\r\n"):
        raise UnsuitableError("is empty")
    with path.open("rb") as file:
        is_packed = file.read(2) == GZIP
    size = path.stat().st_size
    is_whole = len(start) < _HEAD
    mark, encoding = byte_order_mark(start)
    if encoding is None:
        encoding = utf16_without_mark(start[:_LOOKED_AT])
        if encoding is None:
            _refuse_binary(start)
    parts = [start] if is_packed or is_whole or encoding is not None else [start, *_blocks(path, size)]
    if encoding is None:
        encoding = _narrow_encoding(parts, is_whole=is_whole)
    texts = [_decoded(part, encoding, is_first=index == 0) for index, part in enumerate(parts)]
    named = None if mark or encoding == "utf-8" else encoding
    return Head("".join(texts), named, is_whole)


def _blocks(path: Path, size: int) -> list[bytes]:
    """Whole lines from places at equal distances below the beginning, without the last line of the file."""
    found = []
    with path.open("rb") as file:
        for number in range(1, _BLOCKS + 1):
            file.seek(_HEAD + (size - _HEAD) * number // (_BLOCKS + 1))
            lines = file.read(_BLOCK).split(b"\n")
            found.append(b"\n".join(lines[1:-1]) + b"\n" if len(lines) > 2 else b"")
    return found


def _refuse_binary(start: bytes) -> None:
    controls = sum(byte < 32 and byte not in _TEXT_CONTROLS for byte in start[:8192])
    if start.startswith(_BINARY) or b"\0" in start[:8192] or controls > len(start[:8192]) * 0.02:
        raise UnsuitableError("is not text: give a CSV, JSON, Parquet or Excel (.xlsx) file")


def _narrow_encoding(parts: list[bytes], *, is_whole: bool) -> str:
    try:
        for number, part in enumerate(parts):
            codecs.getincrementaldecoder("utf-8")().decode(part, final=is_whole and number == 0)
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    try:
        for part in parts:
            part.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _decoded(part: bytes, encoding: str, *, is_first: bool) -> str:
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(part)
    return text.removeprefix("\ufeff") if is_first else text
