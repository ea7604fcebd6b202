"""SQL quoting, so that no content of a file or a setting can be taken for SQL."""

import re
from collections.abc import Sequence
from pathlib import Path
from unicodedata import normalize

from pipelines.storage.files import StorageError

_PATTERN_CHARACTER = re.compile(r"[*?\[]")


def identifier(name: str) -> str:
    """Returns `name` as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Returns `text` as a string literal; the character NUL, which SQL text cannot hold, becomes U+FFFD."""
    return "'" + text.replace("\0", "\ufffd").replace("'", "''") + "'"


def literals(texts: Sequence[str]) -> str:
    """Returns a list of string literals for `IN`."""
    return "(" + ", ".join(literal(text) for text in texts) + ")"


def file_literal(path: Path) -> str:
    """Returns a path as a string literal for DuckDB's readers (`read_csv`, `read_parquet` and so on).

    They take `*`, `?` and `[` for patterns, so each becomes a pattern that matches only itself. For `COPY … TO`, which
    knows no patterns, use `literal`.

    Raises:
        StorageError: the path has a backslash besides; DuckDB has no pattern that matches both.
    """
    text = str(path)
    pattern = _PATTERN_CHARACTER.sub(r"[\g<0>]", text)
    if "\\" in text and pattern != text:
        raise StorageError(f"DuckDB cannot read {text}: it has a backslash and one of * ? [; rename the file or folder")
    return literal(pattern)


def like_pattern(pattern: str) -> str:
    """Returns a pattern for SQL's LIKE with ESCAPE '!', as addresses are compared; in `pattern`, * is anything."""
    plain = normalize("NFC", pattern).strip().lower()
    return re.sub(r"([!%_])", r"!\1", plain).replace("*", "%")
