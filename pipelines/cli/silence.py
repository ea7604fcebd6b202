"""`vigie silence`: mutes the messages of a rule or an alert for some time."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rich.text import Text

from pipelines.cli import options
from pipelines.cli.console import REFUSED, fail, show, show_json
from pipelines.cli.inputs import (
    YEARS,
    alert_subjects,
    did_you_mean,
    open_installation,
    open_ledger,
    parse_timestamp,
    resolve_id,
)

if TYPE_CHECKING:
    from pipelines.kpis.formatting import Language
    from pipelines.ledger import Ledger
    from pipelines.settings import Company, Settings


def silence(
    name: options.RuleOrAlert = None,
    segment: options.SilencedSegment = None,
    duration: options.ForSoLong = None,
    until: options.Until = None,
    reason: options.Reason = None,
    end: options.EndNow = False,
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_json: options.AsJson = False,
) -> None:
    """Mute messages for some time, list silences, or end one. Alerts that still fire afterwards are sent then."""
    from pipelines.cli.render.alerts import silences_table
    from pipelines.cli.render.words import word
    from pipelines.ledger import Silence

    installation, loaded = open_installation(settings, home)
    language, now = loaded.company.language, datetime.now(UTC)
    is_list = name is None
    if is_list and (end or any(given is not None for given in (segment, duration, until, reason))):
        fail(word("name_a_target", language), REFUSED)
    with open_ledger(installation, language, to_read=is_list) as ledger:
        if name is not None:
            rule, segment = _resolve_target(name, segment, loaded, ledger)
            if end:
                target = _end_silence(ledger, rule, segment, now, language)
                if not as_json:
                    show(Text(word("silence_ended", language, target=target)))
                    return
            elif not reason or not reason.strip():
                fail(word("give_a_reason", language), REFUSED)
            else:
                ends_at = _end_time(duration, until, loaded.company, now)
                ledger.silence(Silence(rule, segment, reason.strip(), now, ends_at))
        silences = ledger.silences(now)
    if as_json:
        show_json({"silences": silences})
    else:
        show(silences_table(silences, loaded.company))


def _resolve_target(name: str, segment: str | None, settings: "Settings", ledger: "Ledger") -> tuple[str, str | None]:
    """Returns the rule and segment for the name of a rule or the id of an alert. Ends the command if it is neither."""
    from pipelines.cli.render.words import word

    language = settings.company.language
    rules = [rule.name for rule in settings.rules]
    if name in rules:
        known = [series.segment for series in ledger.states(name)]
        if segment is not None and segment not in known:
            unknown = word("unknown_segment", language, rule=name, name=segment)
            fail(unknown + did_you_mean(segment, known, language), REFUSED)
        return name, segment
    alerts = {str(alert["alert_id"]): alert for alert in ledger.open_alerts()}
    if name and any(alert_id.startswith(name) for alert_id in alerts):
        alert = alerts[resolve_id(name, alert_subjects(alerts.values()), language)]
        return alert["rule"], None if alert["segment_type"] == "all" else alert["segment"]
    neither = word("neither", language, name=name) + did_you_mean(name, [*rules, *alerts], language)
    return fail(neither + word("rules_are", language, names=", ".join(rules) or word("none", language)), REFUSED)


def _end_silence(ledger: "Ledger", rule: str, segment: str | None, now: datetime, language: "Language") -> str:
    """Ends silences and returns on what they were. Ends the command if there are none."""
    from pipelines.cli.render.words import word

    target = f"{rule}{f' ({segment})' if segment else ''}"
    if not ledger.end_silence(rule, segment, now):
        fail(word("no_silence_on", language, target=target), REFUSED)
    return target


def _end_time(duration: str | None, until: str | None, company: "Company", now: datetime) -> datetime:
    """Returns the end of a silence, UTC. Ends the command unless exactly one valid option is given."""
    from pipelines.cli.render.words import word

    if duration is not None and until is None:
        return _end_after(duration, now, company.language)
    if until is not None and duration is None:
        end = parse_timestamp("--until", until, company)
        if end <= now:
            fail(word("in_the_past", company.language, option="--until", text=until), REFUSED)
        return end
    return fail(word("give_an_end", company.language), REFUSED)


def _end_after(duration: str, now: datetime, language: "Language") -> datetime:
    from pipelines.cli.render.words import word
    from pipelines.watch.amount import Amount

    try:
        amount = Amount.read(duration)
        end = now + timedelta(seconds=amount)
    except (ValueError, OverflowError):
        amount, end = Amount(0), now
    if amount.form != "duration" or end <= now or end.year not in YEARS:
        fail(word("not_a_duration", language, option="--for", text=duration), REFUSED)
    return end
