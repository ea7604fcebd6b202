"""What commands write to the terminal: results, messages on errors, and exit statuses."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from rich.console import Console, RenderableType
from rich.text import Text

from pipelines.config import SettingsError
from pipelines.kpis import CatalogueError
from pipelines.ledger import LedgerError
from pipelines.raw import RawStoreError
from pipelines.storage.files import StorageError
from pipelines.storage.home import HomeBusyError
from pipelines.transform.manifest import TransformError
from pipelines.warehouse import WarehouseError

FAILED = 1
REFUSED = 2
INTERRUPTED = 130

_FAILURES = (
    WarehouseError, LedgerError, RawStoreError, HomeBusyError, CatalogueError, StorageError, TransformError,
)  # fmt: skip

# In a file or a pipe, tables have their full width.
_WIDTH = None if sys.stdout.isatty() else 160

results = Console(width=_WIDTH)
messages = Console(stderr=True)


def show(*parts: RenderableType) -> None:
    """Prints results to the standard output. Texts are not wrapped, so that paths can be copied."""
    for part in parts:
        results.print(part, soft_wrap=isinstance(part, Text))


def show_json(data: object) -> None:
    """Prints data as JSON to the standard output; dates and timestamps are written as ISO 8601."""
    results.print_json(json.dumps(data, default=str))


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
    except SettingsError as error:
        fail(f"{error}\nThe settings are not valid: {counted(len(error.problems), 'mistake')}.", REFUSED)
    except _FAILURES as error:
        fail(str(error), FAILED)
    except KeyboardInterrupt:
        fail("Interrupted. Completed steps are kept; the next run does the rest.", INTERRUPTED)


def counted(number: int, noun: str) -> str:
    """Returns a number with its noun, in the plural unless the number is one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
