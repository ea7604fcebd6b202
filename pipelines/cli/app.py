"""What all commands share: the application, its options, exit statuses, and errors in words."""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, NoReturn
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from pipelines import config
from pipelines.config import SettingsError
from pipelines.kpis import CatalogueError
from pipelines.ledger import Ledger, LedgerError
from pipelines.settings import Settings
from pipelines.storage.files import StorageError
from pipelines.storage.home import Home, HomeBusyError
from pipelines.transform.manifest import TransformError
from pipelines.warehouse import WarehouseError

app = typer.Typer(
    help="Watches a company's customer-relationship KPIs.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip

SettingsPath = Annotated[
    Path, typer.Option("--settings", help="A YAML file, or a folder of them.", envvar="VIGIE_SETTINGS")
]
HomePath = Annotated[Path, typer.Option("--home", help="Where Vigie keeps what it writes.", envvar="VIGIE_HOME")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

DEFAULT_SETTINGS = Path("settings")
DEFAULT_HOME = Path("var")

FAILED = 1
REFUSED = 2
INTERRUPTED = 130

# What any date of a company's history may be compared with, whatever the zone.
YEARS = range(1970, 3000)

# Into a file or a pipe the tables go in their full width.
_WIDTH = None if sys.stdout.isatty() else 140

out = Console(width=_WIDTH)
err = Console(stderr=True)


def _print_version(asked: bool) -> None:
    if asked:
        out.print(f"vigie {metadata.version('vigie-kpi')}", highlight=False)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Watches a company's customer-relationship KPIs."""


def stop(message: str, status: int) -> NoReturn:
    """Prints a message to the standard error and ends the command with an exit status."""
    err.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(status)


def in_words(command: Callable[..., None]) -> Callable[..., None]:
    """Turns the errors that a user can cause into a message and an exit status."""

    @wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except SettingsError as error:
            stop(f"{error}\nThe settings are refused: {count(len(error.problems), 'mistake')}.", REFUSED)
        except (WarehouseError, LedgerError, HomeBusyError, CatalogueError, StorageError, TransformError) as error:
            stop(str(error), FAILED)
        except KeyboardInterrupt:
            stop("Stopped. What was done is kept; the next run takes up the rest.", INTERRUPTED)

    return guarded


def count(number: int, noun: str) -> str:
    """Returns a number with its noun, in the plural unless it is one."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def did_you_mean(given: str, known: Any, *, otherwise: str = ".") -> str:
    """Returns how a sentence about an unknown name ends: with the nearest known name, if there is one."""
    near = config.nearest(given, known)
    return f"; did you mean {near}?" if near else otherwise


def moment(option: str, text: str | None, settings: Settings) -> datetime | None:
    """Returns a moment as typed, UTC; without an offset it is local time in the company's time zone."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        stop(f"{option}: {text} is not a moment; write 2026-01-05T06:00:00 or 2026-01-05T06:00:00+01:00", REFUSED)
    if found.year not in YEARS:
        stop(f"{option}: {text} lies outside the years {YEARS.start} to {YEARS.stop - 1}", REFUSED)
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(settings.company.timezone))
    return found.astimezone(UTC)


def day(option: str, text: str | None) -> date | None:
    """Returns a day as typed."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        stop(f"{option}: {text} is not a day; write 2025-12-31", REFUSED)


def existing_ledger(home: Path) -> Ledger:
    """Returns the ledger of a home folder; ends the command if nothing has run there yet."""
    where = Home(home).ledger
    if not where.exists():
        stop(f"There are no alerts in {home}: nothing has run there yet.", REFUSED)
    return Ledger(where)
