"""`vigie ack` and `vigie unack`: somebody works on open alerts, or nobody does any more."""

import getpass
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.text import Text

from pipelines.cli import options
from pipelines.cli.console import REFUSED, fail, show, show_json
from pipelines.cli.inputs import alert_subjects, open_installation, open_ledger, resolve_id

if TYPE_CHECKING:
    from pipelines.kpis.formatting import Language
    from pipelines.ledger import Ledger


def ack(
    ids: options.AlertIds,
    comment: options.Comment = None,
    by: options.Person = None,
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_json: options.AsJson = False,
) -> None:
    """Acknowledge open alerts: someone is working on them."""
    from pipelines.cli.render.values import MAX_TEXT_LENGTH
    from pipelines.cli.render.words import word
    from pipelines.notify.sanitize import readable

    installation, loaded = open_installation(settings, home)
    language, timezone = loaded.company.language, ZoneInfo(loaded.company.timezone)
    person, said = _person(by), (comment or "").strip() or None
    with open_ledger(installation, language) as ledger:
        chosen = _chosen(ids, ledger, language)
        for alert_id in chosen:
            if not ledger.acknowledge(alert_id, datetime.now(UTC), person=person, comment=said):
                fail(word("resolved_meanwhile", language, id=alert_id), REFUSED)
        found = [alert for alert in ledger.open_alerts() if alert["alert_id"] in chosen]
    if as_json:
        show_json({"acknowledged": found})
    for alert in () if as_json else found:
        moment = f"{alert['acknowledged_at'].astimezone(timezone):%Y-%m-%d %H:%M %Z}"
        text = word("is_acknowledged", language, id=alert["alert_id"], moment=moment)
        if alert["acknowledged_by"]:
            text += word("by_person", language, person=readable(alert["acknowledged_by"]))
        said = alert["comment"]
        show(Text(text + (word("colon", language) + readable(said, MAX_TEXT_LENGTH) if said else ".")))


def unack(
    ids: options.AlertIds,
    by: options.Person = None,
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_json: options.AsJson = False,
) -> None:
    """Withdraw the acknowledgement of alerts: nobody is working on them."""
    from pipelines.cli.render.words import word

    installation, loaded = open_installation(settings, home)
    language = loaded.company.language
    with open_ledger(installation, language) as ledger:
        chosen = _chosen(ids, ledger, language)
        for alert in ledger.open_alerts():
            if alert["alert_id"] in chosen and alert["acknowledged_at"] is None:
                fail(word("not_acknowledged", language, id=alert["alert_id"]), REFUSED)
        for alert_id in chosen:
            ledger.withdraw_acknowledgement(alert_id, datetime.now(UTC), person=_person(by))
        found = [alert for alert in ledger.open_alerts() if alert["alert_id"] in chosen]
    if as_json:
        show_json({"withdrawn": found})
    else:
        show(*(Text(word("is_not_acknowledged", language, id=alert_id)) for alert_id in chosen))


def _chosen(given: Sequence[str], ledger: "Ledger", language: "Language") -> list[str]:
    """Returns the ids of the open alerts that are meant, all of them before anything is changed."""
    known: Sequence[Mapping[str, Any]] = ledger.open_alerts()
    return list(dict.fromkeys(resolve_id(each, alert_subjects(known), language) for each in given))


def _person(given: str | None) -> str | None:
    """Returns who acts: as typed, else the user of this machine, None if it has no name."""
    if given is not None and given.strip():
        return given.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None
