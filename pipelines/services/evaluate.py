"""Evaluate: compares the KPI tables with the rules and saves states, alerts and messages in the ledger."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from pipelines.kpis import Kpi
from pipelines.ledger import Ledger, LedgerConflict, OutboxItem
from pipelines.notify.compose import compose
from pipelines.services.drivers import Moved, drivers_of, moved_in
from pipelines.services.held import held_rules, report_held
from pipelines.services.installation import Installation
from pipelines.services.messages import company_facts, outbox_item
from pipelines.services.missing_money import days_without_money
from pipelines.settings import OPERATORS, Settings, channels_of, watched_kpi
from pipelines.warehouse.readings import Selection, readings
from pipelines.watch.drivers import Driver
from pipelines.watch.evaluation import EvaluatedReadings, evaluate_readings
from pipelines.watch.no_data import complete_periods, series_without_data, with_gaps
from pipelines.watch.reading import Series
from pipelines.watch.route import Reason, Routing, route
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event, SeriesChange
from pipelines.watch.versions import by_name, evaluate_versions, is_over, version_on
from pipelines.watch.withheld import withhold

_ATTEMPTS = 5


@dataclass(slots=True)
class EvaluationReport:
    """What one evaluation of all rules found.

    `held` counts the rules that wait for a source that fails. `no_data` counts by rule the series without a value in
    the last complete period; `unsent` counts by reason the messages that are not sent, or not yet.
    """

    series: int = 0
    fired: int = 0
    changed: int = 0
    resolved: int = 0
    reopened: int = 0
    restated: int = 0
    held: int = 0
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
    # The day of a moment is that of the company.
    now = now.astimezone(ZoneInfo(settings.company.timezone))
    report = EvaluationReport()
    kpis, day = installation.kpis(), now.date()
    current = [rule for rule in settings.rules if not is_over(rule, kpis[rule.kpi], day)]
    report.closed = ledger.close_unwatched(lambda series: any(watches(rule, series) for rule in current), now)
    if not current:
        return report
    amounts = {name for name, kpi in kpis.items() if kpi.unit == "currency"}
    with installation.home.lock():
        days = days_without_money(installation)

        def read(selections: Sequence[Selection]) -> pd.DataFrame:
            return withhold(readings(installation.home.warehouse, selections), amounts, days)

        snapshot = read(selections_of(current))
        # Before the lock is released: a build may replace the tables then.
        events = _events_of_wholes(current, settings, kpis, snapshot, ledger, now)
        drivers = drivers_of(events, kpis, installation.public_models().person_segments, read)
    for versions in by_name(current).values():
        _evaluate_rule(versions, settings, snapshot, drivers, installation, ledger, now, report)
    in_effect = [version_on(versions, day) for versions in by_name(current).values()]
    found = held_rules(installation, ledger, in_effect, snapshot, now)
    report.held = len({rule for hold in found for rule in hold.rules})
    report.messages += report_held(installation, ledger, found)
    return report


def _events_of_wholes(
    rules: Iterable[Rule],
    settings: Settings,
    kpis: Mapping[str, Kpi],
    snapshot: pd.DataFrame,
    ledger: Ledger,
    now: datetime,
) -> list[Event]:
    """Returns the events of rules that watch a KPI as a whole, as far as is known before any rule is recorded."""
    found: list[Event] = []
    for name, versions in by_name(rule for rule in rules if rule.segment_type == "all").items():
        watched = [(version, watched_kpi(version, settings, kpis)) for version in versions]
        for change in evaluate_versions(watched, snapshot, ledger.states(name), now):
            found += [event for event in change.events if isinstance(event, Event)]
    return found


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
    versions: Sequence[Rule],
    settings: Settings,
    snapshot: pd.DataFrame,
    drivers: Mapping[Moved, tuple[Driver, ...]],
    installation: Installation,
    ledger: Ledger,
    now: datetime,
    report: EvaluationReport,
) -> None:
    kpis, rule = installation.kpis(), version_on(versions, now.date())
    watched = [(version, watched_kpi(version, settings, kpis)) for version in versions]
    evaluated, complete = _evaluated(rule, settings, snapshot, installation), complete_periods(rule, snapshot)
    for attempt in range(_ATTEMPTS):
        changes = evaluate_versions(watched, snapshot, ledger.states(rule.name), now)
        if rule.condition.measures_kpi:
            changes = with_gaps(changes, evaluated, complete, now)
        routing = _route(rule, changes, settings, installation, ledger)
        try:
            report.messages += ledger.record_pass(changes, _messages(routing, drivers, settings, installation), now)
            break
        except LedgerConflict:
            # Another process evaluated the same series meanwhile: its states are read and the rule is evaluated again.
            if attempt + 1 == _ATTEMPTS:
                raise
    _count(report, changes)
    report.no_data[rule.name] = len(series_without_data(evaluated, complete))
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
        timezone=settings.company.timezone,
        acknowledged=_acknowledged(ledger) if any(event.kind == "repeated" for event in events) else (),
    )


def _acknowledged(ledger: Ledger) -> frozenset[str]:
    return frozenset(alert["alert_id"] for alert in ledger.open_alerts() if alert["acknowledged_at"])


def _messages(
    routing: Routing, drivers: Mapping[Moved, tuple[Driver, ...]], settings: Settings, installation: Installation
) -> list[OutboxItem]:
    kpis, company = installation.kpis(), company_facts(settings)
    found = []
    for notice in routing.notices:
        rule = notice.rule
        moved = moved_in(notice.event) if rule.condition.measures_kpi else None
        explained = () if moved is None else drivers.get(moved, ())
        kpi = watched_kpi(rule, settings, kpis)
        message = compose(notice.event, rule, kpi, notice.channel, company, drivers=explained)
        item = outbox_item(message, alert_id=notice.event.alert_id, at=installation.wall_clock())
        found.append(replace(item, not_before=notice.not_before))
    return found


def _evaluated(rule: Rule, settings: Settings, snapshot: pd.DataFrame, installation: Installation) -> EvaluatedReadings:
    return evaluate_readings(rule, watched_kpi(rule, settings, installation.kpis()), snapshot)


def _count(report: EvaluationReport, changes: Sequence[SeriesChange]) -> None:
    report.series += len(changes)
    kinds = Counter(event.kind for change in changes for event in change.events)
    report.fired += kinds["fired"]
    report.changed += kinds["severity_changed"]
    report.resolved += kinds["resolved"]
    report.reopened += kinds["reopened"]
    report.restated += kinds["restated"]
