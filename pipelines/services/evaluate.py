"""Evaluate: compares the KPI tables with the rules and saves states, alerts and messages in the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipelines.ledger import Ledger, LedgerConflict, OutboxItem, SeriesChange
from pipelines.notify.compose import compose
from pipelines.services.installation import Installation
from pipelines.services.messages import company_facts, outbox_item
from pipelines.settings import OPERATORS, channels_of
from pipelines.warehouse.readings import Selection, readings
from pipelines.watch.alert import State, judge
from pipelines.watch.reading import Reading, Series
from pipelines.watch.rule import Rule

_ATTEMPTS = 5


@dataclass(slots=True)
class EvaluationReport:
    """What one evaluation of all rules found."""

    series: int = 0
    fired: int = 0
    changed: int = 0
    resolved: int = 0
    messages: int = 0
    closed: int = 0


def evaluate_rules(installation: Installation, ledger: Ledger, now: datetime) -> EvaluationReport:
    """Evaluates every rule on the KPI tables as they are; states, alerts and messages are saved rule by rule.

    The alerts of rules that were removed are closed first, without a message.
    """
    settings = installation.settings()
    report = EvaluationReport()
    report.closed = ledger.close_unwatched(lambda series: any(watches(rule, series) for rule in settings.rules), now)
    for rule in settings.rules:
        with installation.home.lock():
            found = readings(installation.home.warehouse, selection_of(rule))
        # Another process may evaluate at the same time: then its states are read and the rule is evaluated again.
        for attempt in range(_ATTEMPTS):
            changes = changes_of(rule, found, ledger.states(rule.name), now)
            messages = messages_of(rule, changes, installation)
            try:
                report.messages += ledger.record_pass(changes, messages, now)
                break
            except LedgerConflict:
                if attempt + 1 == _ATTEMPTS:
                    raise
        _count(report, changes)
    return report


def selection_of(rule: Rule) -> Selection:
    """Returns the readings that a rule watches."""
    return Selection(rule.kpi, rule.grain, rule.segment_type, rule.segments)


def watches(rule: Rule, series: Series) -> bool:
    """Whether a series is one of a rule's, as the rule is now."""
    return (rule.name, rule.kpi, rule.grain, rule.segment_type) == series[:4] and (
        rule.segments is None or series.segment in rule.segments
    )


def changes_of(
    rule: Rule, found: Mapping[str, Sequence[Reading]], states: Mapping[Series, State], now: datetime
) -> list[SeriesChange]:
    """Returns what a rule's readings, by segment, change in the states of its series."""
    changes = []
    for segment, of_segment in found.items():
        series = Series(rule.name, rule.kpi, rule.grain, rule.segment_type, segment)
        before = states.get(series)
        after, events = judge(series, before, of_segment, rule, now)
        changes.append(SeriesChange(series, before, after, events))
    return changes


def messages_of(rule: Rule, changes: Sequence[SeriesChange], installation: Installation) -> list[OutboxItem]:
    """Returns the messages that inform a rule's channels of what happened."""
    settings = installation.settings()
    kpi = installation.kpis()[rule.kpi]
    channels = rule.notify or tuple(name for name in channels_of(settings, installation.home.path) if name != OPERATORS)
    return [
        outbox_item(
            compose(event, rule, kpi, channel, company_facts(settings)),
            alert_id=event.alert_id,
            at=installation.wall_clock(),
        )
        for change in changes
        for event in change.events
        for channel in channels
    ]


def _count(report: EvaluationReport, changes: Sequence[SeriesChange]) -> None:
    report.series += len(changes)
    for change in changes:
        for event in change.events:
            match event.kind:
                case "fired":
                    report.fired += 1
                case "severity_changed":
                    report.changed += 1
                case "resolved":
                    report.resolved += 1
