"""What the first bytes of a text file show of its encoding and compression."""

import codecs

GZIP = b"\x1f\x8b"
# UTF-32 comes first: its mark begins as that of UTF-16 does.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# In UTF-16, every other byte of a Latin text is NUL.
_LEAST_NULS = 0.2


def byte_order_mark(start: bytes) -> tuple[bytes, str | None]:
    """Returns the byte order mark that a file begins with and its encoding; no bytes and None without one."""
    return next(((mark, encoding) for mark, encoding in MARKS if start.startswith(mark)), (b"", None))


def utf16_without_mark(start: bytes) -> str | None:
    """Returns which UTF-16 the beginning of a file is in, by where its NUL bytes are; None if it has few of them."""
    first, second = start[::2].count(0), start[1::2].count(0)
    if max(first, second) < len(start) * _LEAST_NULS:
        return None
    return "utf-16-be" if first > second else "utf-16-le"
