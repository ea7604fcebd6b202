"""What commands read: the installation, names and times as typed, and an existing ledger.

What is refused is said in the language of the company.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.cli.console import REFUSED, fail

if TYPE_CHECKING:
    from pipelines.kpis.formatting import Language
    from pipelines.ledger import Ledger
    from pipelines.services.installation import Installation
    from pipelines.settings import Company, Settings

# Dates in these years can be compared with each other in any time zone.
YEARS = range(1970, 3000)


def open_installation(settings: Path, home: Path) -> "tuple[Installation, Settings]":
    """Returns an installation with its settings.

    Raises:
        SettingsError: every mistake in them.
    """
    from pipelines.services.installation import Installation

    installation = Installation(settings, home)
    return installation, installation.settings()


def parse_timestamp(option: str, text: str, company: "Company") -> datetime:
    """Returns a timestamp as typed, UTC; without an offset it is in the company's time zone.

    Ends the command if the text is not a timestamp, or not in `YEARS`.
    """
    from pipelines.cli.render.words import word
    from pipelines.services.installation import parse_moment

    try:
        found = parse_moment(text, company.timezone)
    except ValueError:
        fail(word("not_a_timestamp", company.language, option=option, text=text), REFUSED)
    if found.year not in YEARS:
        years = {"first": YEARS.start, "last": YEARS.stop - 1}
        fail(word("outside_the_years", company.language, option=option, text=text, **years), REFUSED)
    return found.astimezone(UTC)


def parse_as_of(text: str | None, company: "Company") -> datetime | None:
    """Returns the time that counts as now, UTC, or None for the wall clock."""
    return None if text is None else parse_timestamp("--as-of", text, company)


def parse_day(option: str, text: str | None, language: "Language") -> date | None:
    """Returns a day as typed, or None if the option is not given. Ends the command if the text is not a day."""
    from pipelines.cli.render.words import word

    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(word("not_a_day", language, option=option, text=text), REFUSED)


def did_you_mean(given: str, known: Iterable[str], language: "Language") -> str:
    """Returns the end of a sentence about an unknown name: a suggestion if a known name is near, else a full stop."""
    from pipelines.cli.render.words import word
    from pipelines.config import nearest

    near = nearest(given, known)
    return word("did_you_mean", language, near=near) if near else "."


def unknown_name(kind: str, given: str, known: Iterable[str], language: "Language", **facts: object) -> str:
    """Returns a message about a name that the settings do not have, with all names that they have.

    `kind` is what it should name: a source, a rule. `facts` are what else the sentence has.
    """
    from pipelines.cli.render.words import word

    names = list(known)
    sentence = word(f"unknown_{kind}", language, name=given, **facts) + did_you_mean(given, names, language)
    return sentence + word("settings_have", language, names=", ".join(names) or word("none", language))


def resolve_id(given: str, known: Mapping[str, str], language: "Language") -> str:
    """Returns the id that is given in full or by its beginning; `known` says what each id belongs to.

    Ends the command if no id begins like that, or several do: then with all of them.
    """
    from pipelines.cli.render.words import word

    found = [given] if given in known else [each for each in known if given and each.startswith(given)]
    if len(found) > 1:
        candidates = "".join(f"\n  {each}  {known[each]}" for each in found)
        fail(word("several_ids", language, name=given, count=len(found)) + candidates, REFUSED)
    if not found:
        unknown = word("unknown_alert", language, name=given) + did_you_mean(given, known, language)
        fail(unknown + word("shows_ids", language), REFUSED)
    return found[0]


def alert_subjects(alerts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Returns what each alert is about by its id: the rule and the segment."""
    from pipelines.notify.sanitize import readable

    subjects = {}
    for alert in alerts:
        segment = "" if alert["segment_type"] == "all" else readable(alert["segment"])
        subjects[str(alert["alert_id"])] = f"{alert['rule']} {segment}".strip()
    return subjects


def open_ledger(installation: "Installation", language: "Language", *, to_read: bool = False) -> "Ledger":
    """Returns the ledger of a home folder. Ends the command if no run has created one.

    Args:
        installation: whose home folder it is in.
        language: that of the company.
        to_read: whether nothing is to be written, so that the folder may be read-only.
    """
    from pipelines.cli.render.words import word
    from pipelines.ledger import LedgerFormatError

    if not installation.home.ledger.exists():
        fail(word("no_alerts_yet", language, home=installation.home.path), REFUSED)
    if to_read:
        try:
            return installation.ledger(read_only=True)
        except LedgerFormatError:
            # Opening it to write upgrades the tables of an earlier version.
            pass
    return installation.ledger()
