"""What can be wrong with an extract as a whole; the messages are for the operator."""

import re

import duckdb

_STORAGE_FAULTS = (
    r"No space left|Disk quota|File too large|Read-only file system|Permission denied|[Cc]ould not write"
    r"|[Ff]ailed to (write|offload)"
)


class ExtractError(Exception):
    """A file, or a table's settings in the light of a file, cannot be used; the others can."""


class TruncatedError(ExtractError):
    """A file ends in the middle: it may still be on its way."""


class StillWrittenError(Exception):
    """A file is not complete yet; a later pass will find it so."""


def is_about_storage(error: duckdb.Error) -> bool:
    """Whether DuckDB failed for want of room or of rights, which is no fault of the extract."""
    return isinstance(error, duckdb.OutOfMemoryException) or re.search(_STORAGE_FAULTS, str(error)) is not None
