"""`vigie silence`: mutes the messages of a rule or an alert for some time."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from pipelines.cli.completion import complete_rules_and_alerts
from pipelines.cli.console import REFUSED, fail, show, show_json
from pipelines.cli.inputs import (
    DEFAULT_HOME,
    DEFAULT_SETTINGS,
    YEARS,
    AsJson,
    HomePath,
    SettingsPath,
    alert_subjects,
    did_you_mean,
    open_ledger,
    parse_timestamp,
    resolve_id,
)

if TYPE_CHECKING:
    from pipelines.ledger import Ledger
    from pipelines.settings import Settings


def silence(
    name: Annotated[
        str | None,
        typer.Argument(
            help="The name of a rule, or the id of an open alert or its beginning; without it, all silences.",
            autocompletion=complete_rules_and_alerts,
        ),
    ] = None,
    segment: Annotated[str | None, typer.Option(help="Only this segment of the rule.")] = None,
    duration: Annotated[str | None, typer.Option("--for", help="The duration: 90m, 4h, 3d.")] = None,
    until: Annotated[str | None, typer.Option(help="The end, in company time: 2026-01-05T09:00.")] = None,
    reason: Annotated[str | None, typer.Option(help="The reason, shown with the alerts.")] = None,
    end: Annotated[bool, typer.Option("--end", help="End the silence now.")] = False,
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Mute messages for some time, list silences, or end one. Alerts that still fire afterwards are sent then."""
    from pipelines.cli.render.alerts import silences_table
    from pipelines.cli.render.words import word
    from pipelines.ledger import Silence
    from pipelines.services.installation import Installation

    loaded = Installation(settings, home).settings()
    now = datetime.now(UTC)
    if name is None and (end or any(given is not None for given in (segment, duration, until, reason))):
        fail("Name the rule or the alert; `vigie alerts` and the settings list them.", REFUSED)
    with open_ledger(home) as ledger:
        if name is not None:
            rule, segment = _resolve_target(name, segment, loaded, ledger)
            if end:
                target = _end_silence(ledger, rule, segment, now)
                if not as_json:
                    show(Text(word("silence_ended", loaded.company.language, target=target)))
                    return
            elif not reason or not reason.strip():
                fail("Give the reason with --reason; it is shown with the alerts.", REFUSED)
            else:
                ledger.silence(Silence(rule, segment, reason.strip(), now, _end_time(duration, until, loaded, now)))
        silences = ledger.silences(now)
    if as_json:
        show_json({"silences": silences})
    else:
        show(silences_table(silences, loaded.company))


def _resolve_target(name: str, segment: str | None, settings: "Settings", ledger: "Ledger") -> tuple[str, str | None]:
    """Returns the rule and segment for the name of a rule or the id of an alert. Ends the command if it is neither."""
    rules = [rule.name for rule in settings.rules]
    if name in rules:
        known = [series.segment for series in ledger.states(name)]
        if segment is not None and segment not in known:
            fail(f"The rule {name} has no segment {segment!r}{did_you_mean(segment, known)}", REFUSED)
        return name, segment
    alerts = {str(alert["alert_id"]): alert for alert in ledger.open_alerts()}
    if name and any(alert_id.startswith(name) for alert_id in alerts):
        alert = alerts[resolve_id(name, alert_subjects(alerts.values()))]
        return alert["rule"], None if alert["segment_type"] == "all" else alert["segment"]
    return fail(
        f"{name} is neither a rule nor an open alert{did_you_mean(name, [*rules, *alerts])}"
        f" The rules are: {', '.join(rules) or 'none'}.",
        REFUSED,
    )


def _end_silence(ledger: "Ledger", rule: str, segment: str | None, now: datetime) -> str:
    """Ends silences and returns on what they were. Ends the command if there are none."""
    target = f"{rule}{f' ({segment})' if segment else ''}"
    if not ledger.end_silence(rule, segment, now):
        fail(f"There is no silence on {target}; `vigie silence` lists all silences.", REFUSED)
    return target


def _end_time(duration: str | None, until: str | None, settings: "Settings", now: datetime) -> datetime:
    """Returns the end of a silence, UTC. Ends the command unless exactly one valid option is given."""
    if duration is not None and until is None:
        return _end_after(duration, now)
    if until is not None and duration is None:
        end = parse_timestamp("--until", until, settings)
        if end <= now:
            fail(f"--until: {until} is in the past", REFUSED)
        return end
    return fail("Give the end of the silence with --for 4h or --until 2026-01-05T09:00.", REFUSED)


def _end_after(duration: str, now: datetime) -> datetime:
    from pipelines.watch.amount import Amount

    try:
        amount = Amount.read(duration)
        end = now + timedelta(seconds=amount)
    except (ValueError, OverflowError):
        amount, end = Amount(0), now
    if amount.form != "duration" or end <= now or end.year not in YEARS:
        fail(f"--for: {duration} is not a duration; write 90m, 4h or 3d", REFUSED)
    return end
