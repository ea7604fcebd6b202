"""`vigie alerts`: the open alerts, those of the past, or one of them with its history."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipelines.cli import options
from pipelines.cli.alert_filter import AlertFilter
from pipelines.cli.console import REFUSED, fail, results, show, show_json
from pipelines.cli.inputs import (
    alert_subjects,
    did_you_mean,
    open_installation,
    open_ledger,
    parse_timestamp,
    resolve_id,
)

if TYPE_CHECKING:
    from pipelines.kpis.formatting import Language
    from pipelines.ledger import Ledger, Silence
    from pipelines.services.installation import Installation


def alerts(
    alert_id: options.AlertId = None,
    rule: options.OfRule = None,
    kpi: options.OfKpi = None,
    severity: options.OfSeverity = None,
    status: options.WithStatus = None,
    segment: options.OfSegment = None,
    every: options.WithResolved = False,
    since: options.Since = None,
    settings: options.SettingsPath = options.SETTINGS,
    home: options.HomePath = options.HOME,
    as_json: options.AsJson = False,
) -> None:
    """Show the open alerts, those of the past, or one with its history."""
    from pipelines.cli.render.alerts import alerts_as_json, alerts_parts, subjects
    from pipelines.cli.render.words import word

    installation, loaded = open_installation(settings, home)
    language = loaded.company.language
    conditions = AlertFilter(
        rule=rule,
        kpi=kpi,
        severity=severity,
        status=status,
        segment=segment,
        since=None if since is None else parse_timestamp("--since", since, loaded.company),
        includes_resolved=every,
    )
    with open_ledger(installation, language, to_read=True) as ledger:
        known = ledger.every_alert()
        silences = ledger.silences(datetime.now(UTC))
        if alert_id is not None:
            if conditions != AlertFilter():
                fail(word("one_or_several", language), REFUSED)
            _show_one(known, alert_id, ledger, silences, installation, as_json=as_json)
            return
    rules = [*(each.name for each in loaded.rules), *(alert["rule"] for alert in known)]
    _refuse_unknown("unknown_rule", rule, rules, language)
    _refuse_unknown("unknown_kpi", kpi, [*installation.kpis(), *(alert["kpi"] for alert in known)], language)
    found = list(conditions.apply(known, silences))
    if as_json:
        show_json({"alerts": alerts_as_json(found, silences)})
    else:
        is_selection = not conditions.is_everything_open
        parts = alerts_parts(
            found,
            silences,
            loaded.company,
            subjects(loaded, installation.kpis()),
            width=results.width,
            is_selection=is_selection,
        )
        show(*parts)


def _show_one(
    known: list[dict[str, Any]],
    given: str,
    ledger: "Ledger",
    silences: "list[Silence]",
    installation: "Installation",
    *,
    as_json: bool,
) -> None:
    from pipelines.cli.render.alerts import alert_detail, alert_history, alerts_as_json, subjects

    settings = installation.settings()
    company = settings.company
    chosen = resolve_id(given, alert_subjects(known), company.language)
    [alert] = [each for each in known if each["alert_id"] == chosen]
    history = alert_history(alert, ledger.acknowledgements(chosen), ledger.messages_about(chosen))
    if as_json:
        [described] = alerts_as_json([alert], silences)
        show_json({"alert": {**described, "history": history}})
    else:
        show(*alert_detail(alert, history, silences, company, subjects(settings, installation.kpis())))


def _refuse_unknown(message: str, given: str | None, known: list[str], language: "Language") -> None:
    from pipelines.cli.render.words import word

    if given is not None and given not in known:
        fail(word(message, language, name=given) + did_you_mean(given, known, language), REFUSED)
