"""Evaluate: compares the KPI tables with the rules and saves states, alerts and messages in the ledger."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from pipelines.kpis import Kpi
from pipelines.ledger import Ledger, LedgerConflict
from pipelines.services.alert_messages import Known, messages_of
from pipelines.services.drivers import Moved, drivers_of
from pipelines.services.held import held_rules, report_held
from pipelines.services.installation import Installation
from pipelines.services.missing_money import days_without_money
from pipelines.settings import OPERATORS, Settings, channels_of, watched_kpi
from pipelines.warehouse.readings import Selection, readings
from pipelines.watch.drivers import Driver
from pipelines.watch.evaluation import EvaluatedReadings, evaluate_readings
from pipelines.watch.no_data import Periods, complete_periods, series_without_data, with_gaps
from pipelines.watch.reading import Series
from pipelines.watch.route import Inhibitor, Reason, Routing, route
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


@dataclass(frozen=True, slots=True)
class _Pass:
    """What one evaluation of all rules works with: `now` is in the company's time zone, `kpis` the catalogue."""

    installation: Installation
    settings: Settings
    ledger: Ledger
    kpis: Mapping[str, Kpi]
    now: datetime
    snapshot: pd.DataFrame
    drivers: Mapping[Moved, tuple[Driver, ...]]
    inhibitors: Sequence[Inhibitor]
    report: EvaluationReport


@dataclass(frozen=True, slots=True)
class _Watched:
    """A rule as it is now, its versions with what they compare, and its readings."""

    rule: Rule
    versions: Sequence[tuple[Rule, Kpi]]
    evaluated: EvaluatedReadings
    complete: Periods

    @classmethod
    def of(cls, versions: Sequence[Rule], this: _Pass) -> "_Watched":
        """Returns what the evaluation of a rule works with."""
        rule = version_on(versions, this.now.date())
        compared = [(version, watched_kpi(version, this.settings, this.kpis)) for version in versions]
        evaluated = evaluate_readings(rule, watched_kpi(rule, this.settings, this.kpis), this.snapshot)
        return cls(rule, compared, evaluated, complete_periods(rule, this.snapshot))

    def changes(self, this: _Pass) -> Sequence[SeriesChange]:
        """Evaluates the rule."""
        changes = evaluate_versions(self.versions, this.snapshot, this.ledger.states(self.rule.name), this.now)
        if self.rule.condition.measures_kpi:
            return with_gaps(changes, self.evaluated, self.complete, this.now)
        return changes


def evaluate_rules(installation: Installation, ledger: Ledger, now: datetime) -> EvaluationReport:
    """Evaluates every rule on one snapshot of the KPI tables; states, alerts and messages are saved together.

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
    inhibitors = _inhibitors(events, current, settings, installation, ledger)
    this = _Pass(installation, settings, ledger, kpis, now, snapshot, drivers, inhibitors, report)
    _record(this, list(by_name(current).values()))
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


def _inhibitors(
    events: Iterable[Event], rules: Iterable[Rule], settings: Settings, installation: Installation, ledger: Ledger
) -> list[Inhibitor]:
    """Returns the alerts of wholes that are open after this pass, with the channels that are notified of them."""
    channels = _default_channels(settings, installation)
    notified = {rule.name: frozenset(rule.notify or channels) for rule in rules if rule.segment_type == "all"}
    open_before = [each for each in ledger.open_alerts() if each["status"] != "no_data"]
    found = {
        each["alert_id"]: Inhibitor(each["alert_id"], each["kpi"], each["grain"], notified[each["rule"]])
        for each in open_before
        if each["rule"] in notified
    }
    for event in events:
        if event.kind == "resolved":
            found.pop(event.alert_id, None)
        elif event.series.rule in notified:
            series = event.series
            found[event.alert_id] = Inhibitor(event.alert_id, series.kpi, series.grain, notified[series.rule])
    return list(found.values())


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


def _record(this: _Pass, rules: Sequence[Sequence[Rule]]) -> None:
    """Evaluates the rules, each with its versions, and saves all that follows from it: whole or not at all."""
    watched = [_Watched.of(versions, this) for versions in rules]
    for attempt in range(_ATTEMPTS):
        changes_of = [each.changes(this) for each in watched]
        changes = [change for changes in changes_of for change in changes]
        routings = [_route(each.rule, of_rule, this) for each, of_rule in zip(watched, changes_of, strict=True)]
        notices = [notice for routing in routings for notice in routing.notices]
        known = Known(
            this.settings,
            channels_of(this.settings, this.installation.home.path),
            this.kpis,
            {each.rule.name: each.evaluated for each in watched},
            this.drivers,
        )
        try:
            messages = messages_of(notices, changes, known, this.ledger, this.installation.wall_clock())
            this.report.messages += this.ledger.record_pass(changes, messages, this.now)
            break
        except LedgerConflict:
            # Another process evaluated the same series meanwhile: states are read and all rules are evaluated again.
            if attempt + 1 == _ATTEMPTS:
                raise
    _count(this.report, changes)
    for each, routing in zip(watched, routings, strict=True):
        this.report.no_data[each.rule.name] = len(series_without_data(each.evaluated, each.complete))
        this.report.unsent.update(routing.reasons())


def _route(rule: Rule, changes: Sequence[SeriesChange], this: _Pass) -> Routing:
    events = [event for change in changes for event in change.events]
    is_repeated = any(event.kind == "repeated" for event in events)
    # How long a silence lasts is counted by the wall clock, whatever moment counts as now for the rules.
    at = this.installation.wall_clock()
    return route(
        events,
        rules={rule.name: rule},
        channels=channels_of(this.settings, this.installation.home.path),
        default_channels=_default_channels(this.settings, this.installation),
        silences=this.ledger.silences(at) if events else (),
        now=at,
        timezone=this.settings.company.timezone,
        acknowledged=_acknowledged(this.ledger) if is_repeated else (),
        waiting=this.ledger.waiting_alerts() if is_repeated else (),
        inhibitors=this.inhibitors,
    )


def _default_channels(settings: Settings, installation: Installation) -> list[str]:
    return [name for name in channels_of(settings, installation.home.path) if name != OPERATORS]


def _acknowledged(ledger: Ledger) -> frozenset[str]:
    return frozenset(alert["alert_id"] for alert in ledger.open_alerts() if alert["acknowledged_at"])


def _count(report: EvaluationReport, changes: Sequence[SeriesChange]) -> None:
    report.series += len(changes)
    kinds = Counter(event.kind for change in changes for event in change.events)
    report.fired += kinds["fired"]
    report.changed += kinds["severity_changed"]
    report.resolved += kinds["resolved"]
    report.reopened += kinds["reopened"]
    report.restated += kinds["restated"]
