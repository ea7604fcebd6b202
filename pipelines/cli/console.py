"""What commands write to the terminal: results, messages on errors, and exit statuses."""

import json
import math
import os
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date
from typing import NoReturn

import typer
from rich.console import Console, RenderableType
from rich.text import Text

FAILED = 1
REFUSED = 2
INTERRUPTED = 130

# In a file or a pipe, tables have their full width, unless the environment says how wide they are.
_WIDTH = None if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit() else 160

# Control and format characters (terminal sequences, bidirectional overrides), lone surrogates, line separators.
_ESCAPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

results = Console(width=_WIDTH)
messages = Console(stderr=True)


def show(*parts: RenderableType) -> None:
    """Prints results to the standard output. Texts are not wrapped, so that paths can be copied."""
    for part in parts:
        results.print(part, soft_wrap=isinstance(part, Text))


def show_json(data: Mapping[str, object]) -> None:
    """Prints one JSON object to the standard output, and nothing else; see `json_text`."""
    sys.stdout.write(json_text(data) + "\n")


def json_text(data: Mapping[str, object]) -> str:
    """Returns data as the text of a JSON object.

    Dates and timestamps are written as ISO 8601, numbers that JSON does not have as null. Characters that a terminal
    acts on, or that change the direction of a text, are escaped.
    """
    text = json.dumps(_plain(data), indent=2, ensure_ascii=False, allow_nan=False)
    return "".join(_escape(mark) for mark in text)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int) else str(value)


def _escape(mark: str) -> str:
    if mark == "\n" or unicodedata.category(mark) not in _ESCAPED:
        return mark
    units = mark.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))


def warn(message: str) -> None:
    """Prints a warning to the standard error."""
    messages.print(Text(message, style="yellow"), soft_wrap=True)


def fail(message: str, status: int) -> NoReturn:
    """Prints a message to the standard error and ends the command with an exit status."""
    messages.print(Text(message, style="red"), soft_wrap=True)
    raise typer.Exit(status)


@contextmanager
def handle_errors() -> Iterator[None]:
    """Turns errors that a user can fix into a message and an exit status."""
    try:
        yield
    except KeyboardInterrupt:
        fail("Interrupted. Completed steps are kept; the next run does the rest.", INTERRUPTED)
    except Exception as error:
        # Only errors of the pipeline's own are explained, and their modules have been imported by whatever raised them.
        if type(error).__module__.partition(".")[0] == "pipelines":
            _explain(error)
        raise


def _explain(error: Exception) -> None:
    """Ends the command with a message if a user can fix the error."""
    from pipelines.config import SettingsError
    from pipelines.kpis import CatalogueError
    from pipelines.ledger import LedgerError
    from pipelines.raw import RawStoreError
    from pipelines.storage.files import StorageError
    from pipelines.storage.home import HomeBusyError
    from pipelines.transform.manifest import TransformError
    from pipelines.warehouse import WarehouseError

    if isinstance(error, SettingsError):
        fail(f"{error}\nThe settings are not valid: {counted(len(error.problems), 'mistake')}.", REFUSED)
    failures = (
        WarehouseError, LedgerError, RawStoreError, HomeBusyError, CatalogueError, StorageError, TransformError,
    )  # fmt: skip
    if isinstance(error, failures):
        fail(str(error), FAILED)


def counted(number: int, noun: str) -> str:
    """Returns a number with its noun, in the plural unless the number is one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
