"""The messages of an evaluation: what is routed is grouped, composed, and given its chart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipelines.kpis import Kpi
from pipelines.ledger import Ledger, OutboxItem
from pipelines.notify.channels.base import Channel
from pipelines.notify.compose import (
    AlertState,
    CompanyFacts,
    compose,
    compose_group,
    compose_overview,
)
from pipelines.notify.message import Message
from pipelines.services.drivers import Moved, moved_in
from pipelines.services.messages import company_facts, outbox_item
from pipelines.services.pictures import picture_of
from pipelines.settings import Settings, watched_kpi
from pipelines.watch.drivers import Driver
from pipelines.watch.evaluation import EvaluatedReadings
from pipelines.watch.group import Group, Grouping, Story, group, worst_first
from pipelines.watch.normal import Normal, normals
from pipelines.watch.reading import Series
from pipelines.watch.route import Notice
from pipelines.watch.rule import Rule
from pipelines.watch.state import AlertRecord, Event, SeriesChange, alert_records

# A chart takes a quarter of a second; where hundreds of segments raise alerts at once, the others have none.
_MOST_PICTURES = 20


@dataclass(frozen=True, slots=True)
class Known:
    """What messages are made of beside the notices: what rules compare, their readings, drivers, and channels."""

    settings: Settings
    channels: Mapping[str, Channel]
    kpis: Mapping[str, Kpi]
    evaluated: Mapping[str, EvaluatedReadings]
    drivers: Mapping[Moved, tuple[Driver, ...]]


def messages_of(
    notices: Sequence[Notice], changes: Iterable[SeriesChange], known: Known, ledger: Ledger, at: datetime
) -> list[OutboxItem]:
    """Returns the messages that the notices of one pass make, as the outbox stores them from the moment `at` on.

    `changes` are those of the pass: what has become of the other alerts of a thread.
    """
    if not notices:
        return []
    threads = ledger.threads(list(dict.fromkeys(notice.event.alert_id for notice in notices)))
    groups = group(notices, _grouping(known), {Story(*story): incident for story, incident in threads.items()})
    made = _Composition(
        known, ledger, {record.alert_id: record for record in _records(changes)}, _normals(groups, known)
    )
    return [made.item(each, at) for each in groups]


def _grouping(known: Known) -> Grouping:
    delivery = known.settings.delivery
    channels = [name for name, channel in known.channels.items() if channel.takes_groups and delivery.group]
    return Grouping(frozenset(channels), delivery.storm_after)


def _normals(groups: Iterable[Group], known: Known) -> Mapping[Event, Normal]:
    """Returns what is normal for the series of the events that are described one by one."""
    of_rule: dict[str, tuple[Rule, list[Event]]] = {}
    for each in groups:
        event, rule = each.first.event, each.first.rule
        if len(each.notices) == 1 and isinstance(event, Event):
            of_rule.setdefault(rule.name, (rule, []))[1].append(event)
    found: dict[Event, Normal] = {}
    for rule, events in of_rule.values():
        found |= normals(events, known.evaluated[rule.name], watched_kpi(rule, known.settings, known.kpis))
    return found


def _records(changes: Iterable[SeriesChange]) -> Iterable[AlertRecord]:
    for change in changes:
        yield from alert_records(change.series, change.after, change.events)


class _Composition:
    """Composes the messages of one pass; `records` are the alerts that it changed, by id."""

    def __init__(
        self, known: Known, ledger: Ledger, records: Mapping[str, AlertRecord], normal: Mapping[Event, Normal]
    ) -> None:
        self._known = known
        self._ledger = ledger
        self._records = records
        self._normal = normal
        self._company: CompanyFacts = company_facts(known.settings)
        self._rules: dict[str, Rule] = {rule.name: rule for rule in known.settings.rules}
        self._pictures: dict[str, bytes | None] = {}

    def item(self, made: Group, at: datetime) -> OutboxItem:
        """Returns the message of a group."""
        is_single = len(made.notices) == 1
        message = self._single(made.first) if is_single else self._several(made)
        changes = {"incident": made.incident, "picture": self._picture(made)}
        message = self._with_overview(message.model_copy(update=changes))
        item = outbox_item(
            message,
            alert_id=made.first.event.alert_id if is_single else None,
            alert_ids=() if is_single else made.alert_ids,
            at=at,
        )
        return replace(item, not_before=made.first.not_before, held_by=made.first.held_by)

    def _single(self, notice: Notice) -> Message:
        moved = moved_in(notice.event) if notice.rule.condition.measures_kpi else None
        explained = () if moved is None else self._known.drivers.get(moved, ())
        normal = self._normal.get(notice.event) if isinstance(notice.event, Event) else None
        kpi = self._kpi(notice.rule)
        return compose(notice.event, notice.rule, kpi, notice.channel, self._company, drivers=explained, normal=normal)

    def _several(self, made: Group) -> Message:
        kpis = {notice.rule.name: self._kpi(notice.rule) for notice in made.notices}
        return compose_group(made, kpis, self._company)

    def _picture(self, made: Group) -> bytes | None:
        """Returns the chart of an alert, of several that of the worst; a summary has none."""
        notice = worst_first(made.notices)[0]
        event, rule = notice.event, notice.rule
        can_show = self._known.channels[notice.channel].takes_pictures and rule.condition.measures_kpi
        if made.is_summary or not can_show or not isinstance(event, Event):
            return None
        key = f"{event.alert_id}/{event.kind}/{event.reading.period_start}"
        if key not in self._pictures and len(self._pictures) < _MOST_PICTURES:
            evaluated = self._known.evaluated[rule.name]
            self._pictures[key] = picture_of(event, evaluated, self._kpi(rule), self._company)
        return self._pictures.get(key)

    def _with_overview(self, message: Message) -> Message:
        """Returns a message with the state of its thread, if others began it."""
        incident = message.incident or ""
        if incident.startswith("alert/") or message.dedup_key.startswith(f"{incident}/"):
            return message
        rows = self._ledger.alerts_in_thread(incident, message.channel)
        states = [self._state(self._records.get(row["alert_id"]) or _record(row)) for row in rows]
        if not states:
            return message
        return message.model_copy(update={"overview": compose_overview(states, self._company)})

    def _state(self, record: AlertRecord) -> AlertState:
        rule = self._rules.get(record.series.rule)
        kpi = self._known.kpis[record.series.kpi] if rule is None else self._kpi(rule)
        return AlertState(record, kpi, rule)

    def _kpi(self, rule: Rule) -> Kpi:
        return watched_kpi(rule, self._known.settings, self._known.kpis)


def _record(row: Mapping[str, object]) -> AlertRecord:
    """Returns a row of the table of alerts as a record."""
    series = Series(*(row[name] for name in Series._fields))  # type: ignore[arg-type]
    names = [name for name in AlertRecord.__slots__ if name != "series"]
    return AlertRecord(series=series, **{name: row[name] for name in names})  # type: ignore[arg-type]
