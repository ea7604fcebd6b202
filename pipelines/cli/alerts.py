"""`vigie alerts`: the open alerts, those of the past, or one of them with its history."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.alert_filter import AlertFilter, AlertSeverity, AlertStatus
from pipelines.cli.completion import complete_alerts, complete_kpis, complete_rules
from pipelines.cli.console import REFUSED, fail, results, show, show_json
from pipelines.cli.inputs import (
    DEFAULT_HOME,
    DEFAULT_SETTINGS,
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
    from pipelines.ledger import Ledger, Silence
    from pipelines.services.installation import Installation


def alerts(
    alert_id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="One alert with its history: its id, or the beginning of it.",
            autocompletion=complete_alerts,
        ),
    ] = None,
    rule: Annotated[str | None, typer.Option(help="Only those of a rule.", autocompletion=complete_rules)] = None,
    kpi: Annotated[str | None, typer.Option(help="Only those on a KPI.", autocompletion=complete_kpis)] = None,
    severity: Annotated[AlertSeverity | None, typer.Option(help="Only those of a severity.")] = None,
    status: Annotated[AlertStatus | None, typer.Option(help="Only those with a status.")] = None,
    segment: Annotated[str | None, typer.Option(help="Only those of a segment, such as chat.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Resolved alerts as well.")] = False,
    since: Annotated[
        str | None, typer.Option(help="Open since then or resolved after it: 2026-01-05, company time.")
    ] = None,
    settings: SettingsPath = DEFAULT_SETTINGS,
    home: HomePath = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Show the open alerts, those of the past, or one with its history."""
    from pipelines.cli.render.alerts import alerts_as_json, alerts_parts
    from pipelines.services.installation import Installation

    installation = Installation(settings, home)
    loaded = installation.settings()
    conditions = AlertFilter(
        rule=rule,
        kpi=kpi,
        severity=severity,
        status=status,
        segment=segment,
        since=None if since is None else parse_timestamp("--since", since, loaded),
        includes_resolved=every,
    )
    with open_ledger(home) as ledger:
        known = ledger.every_alert()
        silences = ledger.silences(datetime.now(UTC))
        if alert_id is not None:
            if conditions != AlertFilter():
                fail("Name one alert, or choose several with options.", REFUSED)
            _show_one(known, alert_id, ledger, silences, installation, as_json=as_json)
            return
    _refuse_unknown("rule", rule, [*(each.name for each in loaded.rules), *(alert["rule"] for alert in known)])
    _refuse_unknown("KPI", kpi, [*installation.kpis(), *(alert["kpi"] for alert in known)])
    found = list(conditions.apply(known, silences))
    if as_json:
        show_json({"alerts": alerts_as_json(found, silences)})
    else:
        is_selection = not conditions.is_everything_open
        parts = alerts_parts(
            found, silences, loaded.company, installation.kpis(), width=results.width, is_selection=is_selection
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
    from pipelines.cli.render.alerts import alert_detail, alert_history, alerts_as_json

    chosen = resolve_id(given, alert_subjects(known))
    [alert] = [each for each in known if each["alert_id"] == chosen]
    history = alert_history(alert, ledger.acknowledgements(chosen), ledger.messages_about(chosen))
    if as_json:
        [described] = alerts_as_json([alert], silences)
        show_json({"alert": {**described, "history": history}})
    else:
        company, kpis = installation.settings().company, installation.kpis()
        show(*alert_detail(alert, history, silences, company, kpis))


def _refuse_unknown(kind: str, given: str | None, known: list[str]) -> None:
    if given is not None and given not in known:
        fail(f"Unknown {kind} {given}{did_you_mean(given, known)}", REFUSED)
