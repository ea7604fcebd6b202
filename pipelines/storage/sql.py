"""SQL quoting, so that no content of a file or a setting can be taken for SQL."""

import re
from collections.abc import Sequence
from pathlib import Path


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
    """Returns a path as a string literal for DuckDB's readers, which would take `*`, `?` and `[` for patterns."""
    return literal(re.sub(r"[*?\[]", lambda match: f"[{match[0]}]", str(path)))
