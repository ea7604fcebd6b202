"""`vigie silence`: mutes the messages of a rule or an alert for a while."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from pipelines.cli.app import (
    DEFAULT_HOME,
    DEFAULT_SETTINGS,
    REFUSED,
    YEARS,
    HomePath,
    SettingsPath,
    did_you_mean,
    existing_ledger,
    in_words,
    moment,
    out,
    stop,
)
from pipelines.cli.render import alerts as render
from pipelines.ledger import Ledger, Silence
from pipelines.services.installation import Installation
from pipelines.settings import Settings
from pipelines.watch.rule import Amount


def silence(
    name: Annotated[
        str | None, typer.Argument(help="A rule, or an open alert's id; without it, what is silent.")
    ] = None,
    segment: Annotated[str | None, typer.Option(help="Of a rule, this segment alone.")] = None,
    duration: Annotated[str | None, typer.Option("--for", help="How long: 90m, 4h, 3d.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this moment, company-local: 2026-01-05T09:00.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; it is shown with the alerts.")] = None,
    end: Annotated[bool, typer.Option("--end", help="End the silence now.")] = False,
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
) -> None:
    """Keeps back messages for a while; what is still true afterwards is told then."""
    loaded = Installation(settings, home).settings()
    now = datetime.now(UTC)
    if name is None and (end or any(given is not None for given in (segment, duration, until, reason))):
        stop("Say which rule, or which alert: `vigie alerts` and the settings name them.", REFUSED)
    with existing_ledger(home) as ledger:
        if name is None:
            render.show_silences(ledger.silences(now), loaded.company, out)
            return
        rule, segment = _silenced(name, segment, loaded, ledger)
        if end:
            ended = ledger.end_silence(rule, segment, now)
            what = f"{rule}{f' ({segment})' if segment else ''}"
            if not ended:
                stop(f"There is no silence on {what}: `vigie silence` lists them.", REFUSED)
            out.print(f"The silence on {what} is over.", highlight=False)
            return
        if not reason or not reason.strip():
            stop("Say why with --reason: whoever sees the alert wants to know.", REFUSED)
        ledger.silence(Silence(rule, segment, reason.strip(), now, _end_of_silence(duration, until, loaded, now)))
        render.show_silences(ledger.silences(now), loaded.company, out)


def _silenced(name: str, segment: str | None, settings: Settings, ledger: Ledger) -> tuple[str, str | None]:
    """The rule that is meant, by its name or by an alert's id, and its segment."""
    rules = [rule.name for rule in settings.rules]
    if name in rules:
        known = [series.segment for series in ledger.states(name)]
        if segment is not None and segment not in known:
            stop(f"{name} watches no segment {segment!r}{did_you_mean(segment, known)}", REFUSED)
        return name, segment
    alerts = {str(alert["alert_id"]): alert for alert in ledger.open_alerts()}
    if name in alerts:
        is_whole = alerts[name]["segment_type"] == "all"
        return alerts[name]["rule"], None if is_whole else alerts[name]["segment"]
    return stop(
        f"{name} is neither a rule nor an open alert{did_you_mean(name, [*rules, *alerts])}"
        f" The rules are: {', '.join(rules) or 'none'}.",
        REFUSED,
    )


def _end_of_silence(duration: str | None, until: str | None, settings: Settings, now: datetime) -> datetime:
    if (duration is None) == (until is None):
        stop("Say how long, with --for 4h or --until 2026-01-05T09:00.", REFUSED)
    if duration is not None:
        try:
            amount = Amount.read(duration)
            end = now + timedelta(seconds=amount)
        except (ValueError, OverflowError):
            amount, end = Amount(0), now
        if amount.form != "duration" or end <= now or end.year not in YEARS:
            stop(f"--for: {duration} is not how long a silence lasts; write 90m, 4h or 3d", REFUSED)
        return end
    last = moment("--until", until, settings)
    if last is None or last <= now:
        stop(f"--until: {until} is in the past", REFUSED)
    return last


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command("silence")(in_words(silence))
