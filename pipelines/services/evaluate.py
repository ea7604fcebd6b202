"""Evaluate: compares the KPI tables with the rules and saves states, alerts and messages in the ledger."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from pipelines.kpis import Kpi
from pipelines.ledger import Ledger, LedgerConflict, OutboxItem
from pipelines.notify.compose import compose
from pipelines.services.drivers import Moved, drivers_of, moved_in
from pipelines.services.installation import Installation
from pipelines.services.messages import company_facts, outbox_item
from pipelines.services.missing_money import days_without_money
from pipelines.settings import OPERATORS, Settings, channels_of
from pipelines.warehouse.readings import Selection, readings
from pipelines.watch.drivers import Driver
from pipelines.watch.evaluation import evaluate_readings
from pipelines.watch.no_data import complete_periods, series_without_data
from pipelines.watch.reading import Series
from pipelines.watch.route import Reason, Routing, route
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series
from pipelines.watch.state import Event, SeriesChange
from pipelines.watch.withheld import withhold

_ATTEMPTS = 5


@dataclass(slots=True)
class EvaluationReport:
    """What one evaluation of all rules found.

    `no_data` counts by rule the series without a value in the last complete period; `unsent` counts by reason the
    messages that are not sent, or not yet.
    """

    series: int = 0
    fired: int = 0
    changed: int = 0
    resolved: int = 0
    messages: int = 0
    closed: int = 0
    no_data: Counter[str] = field(default_factory=Counter)
    unsent: Counter[Reason] = field(default_factory=Counter)


def evaluate_rules(installation: Installation, ledger: Ledger, now: datetime) -> EvaluationReport:
    """Evaluates every rule on one snapshot of the KPI tables; states, alerts and messages are saved rule by rule.

    The alerts of rules that were removed are closed first, without a message.

    Raises:
        HomeBusyError: another process uses the warehouse and does not finish in time.
        WarehouseError: the KPI tables cannot be read.
        LedgerError: the ledger cannot be used, or other processes kept changing the same series.
    """
    settings = installation.settings()
    report = EvaluationReport()
    report.closed = ledger.close_unwatched(lambda series: any(watches(rule, series) for rule in settings.rules), now)
    if not settings.rules:
        return report
    kpis = installation.kpis()
    amounts = {name for name, kpi in kpis.items() if kpi.unit == "currency"}
    with installation.home.lock():
        days = days_without_money(installation)

        def read(selections: Sequence[Selection]) -> pd.DataFrame:
            return withhold(readings(installation.home.warehouse, selections), amounts, days)

        snapshot = read(selections_of(settings.rules))
        # Before the lock is released: a build may replace the tables then.
        events = _events_of_wholes(settings.rules, kpis, snapshot, ledger, now)
        drivers = drivers_of(events, kpis, installation.public_models().person_segments, read)
    for rule in settings.rules:
        _evaluate_rule(rule, settings, snapshot, drivers, installation, ledger, now, report)
    return report


def _events_of_wholes(
    rules: Iterable[Rule], kpis: Mapping[str, Kpi], snapshot: pd.DataFrame, ledger: Ledger, now: datetime
) -> list[Event]:
    """Returns the events of rules that watch a KPI as a whole, as far as is known before any rule is recorded."""
    return [
        event
        for rule in rules
        if rule.segment_type == "all"
        for change in evaluate_series(rule, kpis[rule.kpi], snapshot, ledger.states(rule.name), now)
        for event in change.events
    ]


def selections_of(rules: Iterable[Rule]) -> list[Selection]:
    """Returns the readings that rules watch, and those of their KPIs as a whole, which show what there should be."""
    return [
        selection
        for rule in rules
        for selection in (
            Selection(rule.kpi, rule.grain, rule.segment_type, rule.segments),
            Selection(rule.kpi, rule.grain, "all"),
        )
    ]


def watches(rule: Rule, series: Series) -> bool:
    """Whether a series is one of a rule's, as the rule is now."""
    return (rule.name, rule.kpi, rule.grain, rule.segment_type) == series[:4] and (
        rule.segments is None or series.segment in rule.segments
    )


def _evaluate_rule(
    rule: Rule,
    settings: Settings,
    snapshot: pd.DataFrame,
    drivers: Mapping[Moved, tuple[Driver, ...]],
    installation: Installation,
    ledger: Ledger,
    now: datetime,
    report: EvaluationReport,
) -> None:
    for attempt in range(_ATTEMPTS):
        changes = evaluate_series(rule, installation.kpis()[rule.kpi], snapshot, ledger.states(rule.name), now)
        routing = _route(rule, changes, settings, installation, ledger)
        try:
            report.messages += ledger.record_pass(changes, _messages(routing, drivers, settings, installation), now)
            break
        except LedgerConflict:
            # Another process evaluated the same series meanwhile: its states are read and the rule is evaluated again.
            if attempt + 1 == _ATTEMPTS:
                raise
    _count(report, changes)
    report.no_data[rule.name] = _count_without_data(rule, snapshot, installation)
    report.unsent.update(routing.reasons())


def _route(
    rule: Rule, changes: Sequence[SeriesChange], settings: Settings, installation: Installation, ledger: Ledger
) -> Routing:
    events = [event for change in changes for event in change.events]
    channels = channels_of(settings, installation.home.path)
    # How long a silence lasts is counted by the wall clock, whatever moment counts as now for the rules.
    at = installation.wall_clock()
    return route(
        events,
        rules={rule.name: rule},
        channels=channels,
        default_channels=[name for name in channels if name != OPERATORS],
        silences=ledger.silences(at) if events else (),
        now=at,
    )


def _messages(
    routing: Routing, drivers: Mapping[Moved, tuple[Driver, ...]], settings: Settings, installation: Installation
) -> list[OutboxItem]:
    kpis, company = installation.kpis(), company_facts(settings)
    found = []
    for notice in routing.notices:
        moved = moved_in(notice.event)
        explained = () if moved is None else drivers.get(moved, ())
        message = compose(notice.event, notice.rule, kpis[notice.rule.kpi], notice.channel, company, drivers=explained)
        found.append(outbox_item(message, alert_id=notice.event.alert_id, at=installation.wall_clock()))
    return found


def _count_without_data(rule: Rule, snapshot: pd.DataFrame, installation: Installation) -> int:
    evaluated = evaluate_readings(rule, installation.kpis()[rule.kpi], snapshot)
    return len(series_without_data(evaluated, complete_periods(rule, snapshot)))


def _count(report: EvaluationReport, changes: Sequence[SeriesChange]) -> None:
    report.series += len(changes)
    kinds = Counter(event.kind for change in changes for event in change.events)
    report.fired += kinds["fired"]
    report.changed += kinds["severity_changed"]
    report.resolved += kinds["resolved"]
