"""What can be wrong with an extract as a whole; the messages are for the operator."""

import re

import duckdb

_STORAGE_FAILURES = (
    r"No space left|Disk quota|File too large|Read-only file system|Permission denied|[Cc]ould not write"
    r"|[Ff]ailed to (write|offload)"
)


class ExtractError(Exception):
    """A file, or a table's settings for a file, cannot be used; the other files can."""


class TruncatedError(ExtractError):
    """A file ends in the middle: it may still be being written."""


class StillWrittenError(Exception):
    """A file is not complete yet; a later pass will load it."""


def is_about_storage(error: duckdb.Error) -> bool:
    """Returns whether DuckDB lacked memory, disk space or permissions, for which the extract is not responsible."""
    return isinstance(error, duckdb.OutOfMemoryException) or re.search(_STORAGE_FAILURES, str(error)) is not None


def brief(error: Exception) -> str:
    """Returns DuckDB's message in one line, without its kind, the query and the hints."""
    lines = [line.strip() for line in str(error).split("\nLINE ")[0].splitlines() if line.strip()]
    message = re.sub(r"^[A-Z][\w ]*Error: ", "", lines[0] if lines else "no reason given")
    candidates = next((line for line in lines[1:] if line.startswith("Candidate bindings")), "")
    return f"{message} {candidates}".strip()
