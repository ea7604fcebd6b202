"""The watch: rules evaluated on the KPI tables, and the messages that follow from them."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from pipelines.orchestration.keys import ALERTS_KEY, FCT_KPI_KEY, MESSAGES_KEY, OWNER, WATCH
from pipelines.orchestration.metadata import alert_table
from pipelines.orchestration.resources import Vigie
from pipelines.services.deliver import deliver_messages
from pipelines.services.evaluate import evaluate_rules
from pipelines.services.versions import alerts_version
from pipelines.settings import OPERATORS, Settings

_ACCEPTED = "every_message_was_accepted"
_DELIVERS = "every_channel_delivers"
_MOST_REASONS = 20


def alerts_asset(settings: Settings) -> dg.AssetsDefinition:
    """Returns the asset of the alerts, with a check for each rule: it fails while an alert of the rule is open."""
    # Dagster allows no dash; the names of rules differ by more than that.
    names = {rule.name: f"rule_{rule.name.replace('-', '_')}" for rule in settings.rules}

    @dg.asset(
        key=ALERTS_KEY,
        deps=[FCT_KPI_KEY],
        group_name=WATCH,
        kinds={"sqlite"},
        owners=[OWNER],
        description="The rules evaluated on the KPI tables: states, alerts and messages, saved in one transaction.",
        check_specs=[
            dg.AssetCheckSpec(
                names[rule.name],
                asset=ALERTS_KEY,
                description=f"No alert of the rule {rule.name} on {rule.kpi} is open.",
            )
            for rule in settings.rules
        ],
    )
    def alerts(vigie: Vigie) -> Iterator[dg.MaterializeResult[None]]:
        """Evaluates the rules."""
        yield _evaluate(vigie, names)

    return alerts


def _check_result(name: str, of_rule: list[Mapping[str, Any]], timezone: str) -> dg.AssetCheckResult:
    is_critical = any(alert["severity"] == "critical" for alert in of_rule)
    return dg.AssetCheckResult(
        check_name=name,
        passed=not of_rule,
        severity=dg.AssetCheckSeverity.ERROR if is_critical else dg.AssetCheckSeverity.WARN,
        metadata={"open_alerts": alert_table(of_rule, timezone)} if of_rule else {},
    )


def _evaluate(vigie: Vigie, check_names: Mapping[str, str]) -> dg.MaterializeResult[None]:
    installation = vigie.installation()
    timezone = installation.settings().company.timezone
    with installation.ledger() as ledger:
        report = evaluate_rules(installation, ledger, installation.now())
        still_open = ledger.open_alerts()
        version = alerts_version(ledger)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(version),
        check_results=[
            _check_result(check, [alert for alert in still_open if alert["rule"] == rule], timezone)
            for rule, check in check_names.items()
        ],
        metadata={
            "open_alerts": alert_table(still_open, timezone),
            "dagster/row_count": len(still_open),
            "series_evaluated": report.series,
            "fired": report.fired,
            "severity_changed": report.changed,
            "resolved": report.resolved,
            "reopened": report.reopened,
            "restated": report.restated,
            "closed": report.closed,
            "rules_held": report.held,
            # Series without a value in the last complete period, by rule.
            "no_data": report.no_data.total(),
            "no_data_by_rule": dict(+report.no_data),
            "new_messages": report.messages,
            **{f"unsent_{reason}": number for reason, number in sorted(report.unsent.items())},
        },
    )


@dg.asset(
    key=MESSAGES_KEY,
    deps=[ALERTS_KEY],
    group_name=WATCH,
    owners=[OWNER],
    description="The outbox, delivered: a message is sent once its receiver has accepted it.",
    check_specs=[
        dg.AssetCheckSpec(_ACCEPTED, asset=MESSAGES_KEY, description="No message waits for a retry or was given up."),
        dg.AssetCheckSpec(
            _DELIVERS,
            asset=MESSAGES_KEY,
            description="Every channel accepts messages: none was given up, or waits for an hour, since the last one.",
        ),
    ],
)
def messages(context: dg.AssetExecutionContext, vigie: Vigie) -> Iterator[dg.MaterializeResult[None]]:
    """Delivers what is due."""
    installation = vigie.installation()
    with installation.ledger() as ledger:
        report = deliver_messages(installation, ledger)
        undelivered = ledger.undelivered(installation.wall_clock())
        version = alerts_version(ledger)
    for problem in report.problems:
        context.log.warning(problem)
    problems = "\n".join(f"- {problem}" for problem in report.problems[:_MOST_REASONS])
    reasons = [f"- {each.item.channel}: {each.state}, {each.last_error}" for each in undelivered[:_MOST_REASONS]]
    yield dg.MaterializeResult(
        data_version=dg.DataVersion(version),
        metadata={
            "sent": report.sent,
            "waiting": report.waiting,
            "failed": report.failed,
            # Also what was accepted in part, or given to the fallback.
            "problems": dg.MetadataValue.md(problems or "none"),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=_ACCEPTED,
                passed=not undelivered,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={
                    "undelivered": len(undelivered),
                    "reasons": dg.MetadataValue.md("\n".join(reasons) or "none"),
                },
            ),
            dg.AssetCheckResult(
                check_name=_DELIVERS,
                passed=not report.failing,
                # Of the operators' own channel nobody else learns.
                severity=dg.AssetCheckSeverity.ERROR if OPERATORS in report.failing else dg.AssetCheckSeverity.WARN,
                metadata={name: dg.MetadataValue.text(problem) for name, problem in report.failing.items()},
            ),
        ],
    )
