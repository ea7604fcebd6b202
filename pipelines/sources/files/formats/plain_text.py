"""Text files of any encoding, compressed or not, as plain UTF-8, which DuckDB can read in parallel."""

import codecs
import gzip
import io
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from pipelines.sources.files.errors import ExtractError, TruncatedError
from pipelines.sources.files.formats.encodings import GZIP, byte_order_mark, utf16_without_mark
from pipelines.sources.files.formats.limits import ReadLimits

# Small enough for the processor's cache: each chunk is scanned several times.
_CHUNK = 1 << 18
# A file with a longer line has no lines, or is not text.
_LONGEST_LINE = 1 << 26
_NOT_QUOTES_OR_ENDS = bytes(set(range(256)) - set(b'"\n'))

_NO_BREAK_SPACE = "\u00a0".encode()
# The bytes of a UTF-8 character after its first.
_CONTINUATIONS = bytes(range(0x80, 0xC0))
_NOT_WHOLE = "{name} ends in the middle of its compressed data; copy it again"


@dataclass(frozen=True, slots=True)
class Layout:
    """What a scan of every byte of a text file shows.

    `records`: lines, without those within quotes and without the blank lines at the end, which are `trailing_blanks`.
    `has_quoted_breaks`: there are line breaks within quotes. `has_mixed_ends`: not all lines end alike. `is_ended`: the
    last line has its end. `is_quoted`: the last quote is never closed. `has_odd_blanks`: there are blanks other than
    the space, so that values may begin or end with them. `has_nuls`: there are NUL bytes, which no text has.
    """

    records: int
    trailing_blanks: int
    has_quoted_breaks: bool
    has_mixed_ends: bool
    is_ended: bool
    is_quoted: bool
    has_odd_blanks: bool
    has_nuls: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """What is no data at the end of a file: so many lines, blank ones aside.

    The first `kept` lines are never cut, nor is the next one that has content: the header.
    """

    lines: int
    kept: int


class PlainText:
    """A UTF-8 file without compression.

    `beginning` is the layout of its first lines; `layout()` waits for that of the whole file, and raises ExtractError
    if not all of it is text.
    """

    def __init__(self, path: Path, beginning: Layout, layout: Callable[[], Layout]) -> None:
        self.path = path
        self.beginning = beginning
        self.layout = layout


@contextmanager
def plain_text(
    path: Path,
    limits: ReadLimits,
    encoding: str,
    quote: str,
    work: Path,
    cut: Cut | None = None,
    *,
    refuse_nuls: bool = True,
) -> Iterator[PlainText]:
    """Gives the text of `path` for a `with` block: a copy in the folder `work` if it is not plain UTF-8 itself.

    A byte order mark overrides `encoding`. A file that is plain already is scanned in a thread of its own while the
    block reads it. The copy has no lines at the end that are to be `cut`. Without `refuse_nuls`, NUL bytes are no error
    but a part of the layout, unless they show that the file is UTF-16.

    Raises:
        ExtractError: the bytes are not text in that encoding, or a limit is exceeded.
        TruncatedError: they are compressed and end too early.
    """
    source = _Source(path, limits.name, encoding, limits, refuse_nuls=refuse_nuls)
    mark = quote.encode()
    with ThreadPoolExecutor(1) as thread:
        if source.is_plain and cut is None:
            beginning = _layout(_first(source.checked()), mark)
            layout: Future[Layout] = thread.submit(lambda: _layout(source.checked(), mark))
            yield PlainText(path, beginning, layout.result)
        else:
            copy = work / "plain.txt"
            with copy.open("wb") as target:
                whole = _layout(_teed(source.checked(), target), mark)
            if cut is not None:
                _cut_end(copy, cut)
                whole = _layout(_chunks(copy), mark)
            yield PlainText(copy, whole, lambda: whole)


def nul_error(name: str, line: int) -> ExtractError:
    """Returns the error of a file that has a NUL byte where it cannot be read past it."""
    return ExtractError(
        f"{name} has a NUL byte in line {line}: if it is UTF-16, set `encoding: utf-16`; otherwise export it again"
    )


def first_text(path: Path, name: str, encoding: str) -> str:
    """Returns about 64 KiB of the beginning of a text file, without its byte order mark."""
    return _Source(path, name, encoding).first(1 << 16)


class _Source:
    def __init__(
        self, path: Path, name: str, encoding: str, limits: ReadLimits | None = None, *, refuse_nuls: bool = True
    ) -> None:
        self.path = path
        self.name = name
        self._limits = limits
        self._refuse_nuls = refuse_nuls
        with path.open("rb") as file:
            self._compressed = file.read(len(GZIP)) == GZIP
        with self._opened() as source:
            start = source.read(4)
        self._mark, marked = byte_order_mark(start)
        self._encoding = marked or encoding
        if not self._mark and codecs.lookup(encoding).name == "utf-16":
            # Without a mark, Python takes the order of bytes of this machine.
            self._encoding = self._utf16() or encoding
        self._is_utf8 = codecs.lookup(self._encoding).name in ("utf-8", "utf-8-sig", "ascii")

    @property
    def is_plain(self) -> bool:
        return self._is_utf8 and not self._compressed

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        try:
            with self.path.open("rb") as file:
                if self._compressed:
                    with gzip.GzipFile(fileobj=file) as plain, io.BufferedReader(plain, _CHUNK) as source:
                        yield source
                else:
                    yield file
        except EOFError as error:
            raise TruncatedError(_NOT_WHOLE.format(name=self.name)) from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise ExtractError(f"{self.name} cannot be decompressed ({error}); copy it again") from error

    def first(self, size: int) -> str:
        with self._opened() as source:
            start = source.read(size)[len(self._mark) :]
        try:
            # Not the final part: the last character may be cut.
            text = codecs.getincrementaldecoder(self._encoding)().decode(start)
        except UnicodeDecodeError as error:
            raise self._wrong_encoding(error, 1 + start[: error.start].count(b"\n")) from error
        if "\0" in text and self._utf16() is not None:
            raise self._is_utf16()
        return text

    def checked(self) -> Iterator[bytes]:
        """The text as UTF-8, in chunks that end where a line does unless that is overlong."""
        number, size = -1, 0
        try:
            for number, chunk in enumerate(self._encoded()):
                size += len(chunk)
                self._check_limits(size)
                if b"\0" in chunk and self._utf16() is not None:
                    raise self._is_utf16()
                if not chunk.isascii():
                    chunk.decode()
                if self._refuse_nuls and b"\0" in chunk:
                    row = self._lines_before(number) + chunk.count(b"\n", 0, chunk.find(b"\0")) + 1
                    raise nul_error(self.name, row)
                yield chunk
        except UnicodeDecodeError as error:
            # While text is decoded, the error is in the chunk after the last one that was returned.
            chunks = number if self._is_utf8 else number + 1
            row = self._lines_before(chunks) + error.object[: error.start].count(b"\n") + 1
            raise self._wrong_encoding(error, row) from error

    def _check_limits(self, size: int) -> None:
        if self._limits is not None:
            self._limits.check_time()
            self._limits.check_unpacked(size)

    def _lines_before(self, chunks: int) -> int:
        return sum(chunk.count(b"\n") for chunk in islice(self._encoded(), chunks))

    def _encoded(self) -> Iterator[bytes]:
        with self._opened() as source:
            source.read(len(self._mark))
            if self._is_utf8:
                yield from _whole_lines(source)
                return
            decoder = codecs.getincrementaldecoder(self._encoding)()
            pending = ""
            while chunk := source.read(_CHUNK):
                text = pending + decoder.decode(chunk)
                whole, end, pending = text.rpartition("\n") if len(text) < _LONGEST_LINE else (text, "", "")
                yield (whole + end).encode()
            yield (pending + decoder.decode(b"", final=True)).encode()

    def _wrong_encoding(self, error: UnicodeDecodeError, row: int) -> ExtractError:
        if self._utf16() is not None:
            return self._is_utf16()
        shown = error.object[max(0, error.start - 20) : error.start + 10]
        return ExtractError(
            f"{self.name} is not {self._encoding} in line {row} (byte 0x{error.object[error.start]:02X} in {shown!r});"
            f" {self._remedy(error)}"
        )

    def _remedy(self, error: UnicodeDecodeError) -> str:
        """What to set, by what the bytes can be."""
        if not self._is_utf8:
            with suppress(UnicodeDecodeError):
                # The last character may be cut, and the first.
                codecs.getincrementaldecoder("utf-8")().decode(error.object.lstrip(_CONTINUATIONS))
                return "it is UTF-8: set `encoding: utf-8`"
            return "set the `encoding` with which it was exported"
        if not error.object[: error.start].isascii():
            return "what is before it is UTF-8: export it again, or fix that character"
        # cp1252 has all of latin-1's letters, and five bytes less.
        with suppress(UnicodeDecodeError):
            error.object.decode("cp1252")
            return "set `encoding: cp1252` (Windows; it has the letters of latin-1)"
        return "set `encoding: latin-1`, or the one with which it was exported"

    def _utf16(self) -> str | None:
        """The encoding of UTF-16 without a byte order mark; None if it is no UTF-16."""
        with self._opened() as source:
            start = source.read(_CHUNK)
        return utf16_without_mark(start)

    def _is_utf16(self) -> ExtractError:
        return ExtractError(
            f"{self.name} is UTF-16 without a byte order mark, not {self._encoding}; set `encoding: {self._utf16()}`"
        )


def _first(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        return


def _cut_end(path: Path, cut: Cut) -> None:
    """Removes the last lines of a file that have content, and what follows them; never one that is kept."""
    with path.open("r+b") as file:
        kept = _end_of_kept(file, cut.kept)
        # The places where the last lines begin that have content, the last of all at the end.
        begins: deque[int] = deque(maxlen=cut.lines)
        for line in file:
            if not line.isspace():
                begins.append(kept)
            kept += len(line)
        if begins:
            file.truncate(begins[0])


def _end_of_kept(file: BinaryIO, lines: int) -> int:
    """Reads over so many lines and the next one that has content, and returns the place behind it."""
    place = 0
    for number, line in enumerate(iter(file.readline, b""), start=1):
        place += len(line)
        if number > lines and not line.isspace():
            break
    return place


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        yield from _whole_lines(source)


def _whole_lines(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk if chunk.endswith(b"\n") else chunk + source.readline(_LONGEST_LINE)


def _teed(chunks: Iterator[bytes], target: BinaryIO) -> Iterator[bytes]:
    for chunk in chunks:
        target.write(chunk)
        yield chunk


def _layout(chunks: Iterator[bytes], quote: bytes) -> Layout:
    others = _NOT_QUOTES_OR_ENDS if quote == b'"' else bytes(set(range(256)) - set(quote + b"\n"))
    has_quoted_breaks = has_odd_blanks = has_nuls = is_quoted = False
    is_ended = True
    records = blanks = 0
    ends: set[bytes] = set()
    for chunk in chunks:
        if not chunk:
            continue
        has_odd_blanks = has_odd_blanks or b"\t" in chunk or (not chunk.isascii() and _NO_BREAK_SPACE in chunk)
        has_nuls = has_nuls or b"\0" in chunk
        ends |= _line_ends(chunk)
        is_ended = chunk.endswith((b"\n", b"\r"))
        if is_quoted or quote in chunk:
            # Doubled quotes change nothing; at each of the others the text between quotes begins or ends.
            parts = chunk.translate(None, delete=others).replace(quote * 2, b"").split(quote)
            unquoted, quoted = (parts[1::2], parts[::2]) if is_quoted else (parts[::2], parts[1::2])
            has_quoted_breaks = has_quoted_breaks or any(quoted)
            records += sum(map(len, unquoted))
            is_quoted = is_quoted != (len(parts) % 2 == 0)
        else:
            records += chunk.count(b"\n")
        if not is_quoted and (chunk.endswith((b"\n\n", b"\n\r\n")) or chunk in (b"\n", b"\r\n")):
            body = chunk.rstrip(b"\r\n")
            breaks = chunk.count(b"\n", len(body))
            blanks = breaks - 1 if body else blanks + breaks
        else:
            blanks = 0
    return Layout(
        records=records - blanks + (not is_ended and not is_quoted),
        trailing_blanks=blanks,
        has_quoted_breaks=has_quoted_breaks,
        has_mixed_ends=bool(ends - {b"\n"} and ends - {b"\r\n"}),
        is_ended=is_ended,
        is_quoted=is_quoted,
        has_odd_blanks=has_odd_blanks or has_quoted_breaks,
        has_nuls=has_nuls,
    )


def _line_ends(chunk: bytes) -> set[bytes]:
    if b"\r" not in chunk:
        return {b"\n"} if b"\n" in chunk else set()
    both, returns, feeds = chunk.count(b"\r\n"), chunk.count(b"\r"), chunk.count(b"\n")
    counts = {b"\r\n": both, b"\r": returns - both, b"\n": feeds - both}
    return {end for end, count in counts.items() if count}
