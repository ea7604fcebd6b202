"""`vigie ack` and `vigie unack`: somebody works on open alerts, or nobody does any more."""

import getpass
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.text import Text

from pipelines.cli.completion import complete_alerts
from pipelines.cli.console import REFUSED, fail, show, show_json
from pipelines.cli.inputs import (
    DEFAULT_HOME,
    DEFAULT_SETTINGS,
    AsJson,
    HomePath,
    SettingsPath,
    alert_subjects,
    open_ledger,
    resolve_id,
)

if TYPE_CHECKING:
    from pipelines.ledger import Ledger

Ids = Annotated[
    list[str],
    typer.Argument(
        metavar="ID...",
        help="Ids of alerts, or the beginnings of them, as `vigie alerts` shows them.",
        autocompletion=complete_alerts,
        show_default=False,
    ),
]
Person = Annotated[str | None, typer.Option("--by", help="Who it is; the user of this machine by default.")]


def ack(
    ids: Ids,
    comment: Annotated[str | None, typer.Option(help="What is being done, shown with the alert.")] = None,
    by: Person = None,
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Acknowledge open alerts: someone is working on them."""
    from pipelines.cli.render.values import MAX_TEXT_LENGTH
    from pipelines.cli.render.words import word
    from pipelines.notify.sanitize import readable
    from pipelines.services.installation import Installation

    company = Installation(settings, home).settings().company
    person, said = _person(by), (comment or "").strip() or None
    with open_ledger(home) as ledger:
        chosen = _chosen(ids, ledger)
        for alert_id in chosen:
            if not ledger.acknowledge(alert_id, datetime.now(UTC), person=person, comment=said):
                fail(f"The alert {alert_id} has been resolved in the meantime.", REFUSED)
        found = [alert for alert in ledger.open_alerts() if alert["alert_id"] in chosen]
    if as_json:
        show_json({"acknowledged": found})
    for alert in () if as_json else found:
        moment = f"{alert['acknowledged_at'].astimezone(ZoneInfo(company.timezone)):%Y-%m-%d %H:%M %Z}"
        text = word("is_acknowledged", company.language, id=alert["alert_id"], moment=moment)
        if alert["acknowledged_by"]:
            text += word("by_person", company.language, person=readable(alert["acknowledged_by"]))
        said = alert["comment"]
        show(Text(text + (word("colon", company.language) + readable(said, MAX_TEXT_LENGTH) if said else ".")))


def unack(
    ids: Ids,
    by: Person = None,
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Withdraw the acknowledgement of alerts: nobody is working on them."""
    from pipelines.cli.render.words import word
    from pipelines.services.installation import Installation

    company = Installation(settings, home).settings().company
    with open_ledger(home) as ledger:
        chosen = _chosen(ids, ledger)
        for alert in ledger.open_alerts():
            if alert["alert_id"] in chosen and alert["acknowledged_at"] is None:
                fail(f"The alert {alert['alert_id']} is not acknowledged.", REFUSED)
        for alert_id in chosen:
            ledger.withdraw_acknowledgement(alert_id, datetime.now(UTC), person=_person(by))
        found = [alert for alert in ledger.open_alerts() if alert["alert_id"] in chosen]
    if as_json:
        show_json({"withdrawn": found})
    else:
        show(*(Text(word("is_not_acknowledged", company.language, id=alert_id)) for alert_id in chosen))


def _chosen(given: Sequence[str], ledger: "Ledger") -> list[str]:
    """Returns the ids of the open alerts that are meant, all of them before anything is changed."""
    known: Sequence[Mapping[str, Any]] = ledger.open_alerts()
    return list(dict.fromkeys(resolve_id(each, alert_subjects(known)) for each in given))


def _person(given: str | None) -> str | None:
    """Returns who acts: as typed, else the user of this machine, None if it has no name."""
    if given is not None and given.strip():
        return given.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None
