"""What commands read: their common options, names and times as typed, and an existing ledger."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.console import REFUSED, fail

if TYPE_CHECKING:
    from pipelines.ledger import Ledger
    from pipelines.settings import Settings

SettingsPath = Annotated[
    Path, typer.Option("--settings", help="A YAML file, or a folder of YAML files.", envvar="VIGIE_SETTINGS")
]
HomePath = Annotated[Path, typer.Option("--home", help="The folder for Vigie's own data.", envvar="VIGIE_HOME")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="The time that counts as now; later events are ignored.", envvar="VIGIE_AS_OF"),
]

DEFAULT_SETTINGS = Path("settings")
DEFAULT_HOME = Path("var")

# Dates in these years can be compared with each other in any time zone.
YEARS = range(1970, 3000)


def parse_timestamp(option: str, text: str, settings: "Settings") -> datetime:
    """Returns a timestamp as typed, UTC; without an offset it is in the company's time zone.

    Ends the command if the text is not a timestamp, or not in `YEARS`.
    """
    from pipelines.services.installation import parse_moment

    try:
        found = parse_moment(text, settings.company.timezone)
    except ValueError:
        fail(f"{option}: {text} is not a timestamp; write 2026-01-05T06:00:00 or 2026-01-05T06:00:00+01:00", REFUSED)
    if found.year not in YEARS:
        fail(f"{option}: {text} is outside the years {YEARS.start} to {YEARS.stop - 1}", REFUSED)
    return found.astimezone(UTC)


def parse_as_of(text: str | None, settings: "Settings") -> datetime | None:
    """Returns the time that counts as now, UTC, or None for the wall clock."""
    return None if text is None else parse_timestamp("--as-of", text, settings)


def parse_day(option: str, text: str | None) -> date | None:
    """Returns a day as typed, or None if the option is not given. Ends the command if the text is not a day."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{option}: {text} is not a day; write 2025-12-31", REFUSED)


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Returns the end of a sentence about an unknown name: a suggestion if a known name is near, else a full stop."""
    from pipelines.config import nearest

    near = nearest(given, known)
    return f"; did you mean {near}?" if near else "."


def unknown_name(kind: str, given: str, known: Iterable[str]) -> str:
    """Returns a message about a name that the settings do not have, with all names that they have."""
    names = list(known)
    return f"Unknown {kind} {given}{did_you_mean(given, names)} The settings have: {', '.join(names) or 'none'}."


def resolve_id(given: str, known: Mapping[str, str]) -> str:
    """Returns the id that is given in full or by its beginning; `known` says what each id belongs to.

    Ends the command if no id begins like that, or several do: then with all of them.
    """
    found = [given] if given in known else [each for each in known if given and each.startswith(given)]
    if len(found) > 1:
        candidates = "".join(f"\n  {each}  {known[each]}" for each in found)
        fail(f"{given} is the beginning of {len(found)} ids; write more of one:{candidates}", REFUSED)
    if not found:
        fail(f"No such alert: {given}{did_you_mean(given, known)} `vigie alerts` shows the ids.", REFUSED)
    return found[0]


def alert_subjects(alerts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Returns what each alert is about by its id: the rule and the segment."""
    from pipelines.notify.sanitize import readable

    subjects = {}
    for alert in alerts:
        segment = "" if alert["segment_type"] == "all" else readable(alert["segment"])
        subjects[str(alert["alert_id"])] = f"{alert['rule']} {segment}".strip()
    return subjects


def open_ledger(home: Path) -> "Ledger":
    """Returns the ledger of a home folder. Ends the command if no run has created one."""
    from pipelines.ledger import Ledger
    from pipelines.storage.home import Home

    path = Home(home).ledger
    if not path.exists():
        fail(f"{home} has no alerts yet: `vigie run` creates them.", REFUSED)
    return Ledger(path)
