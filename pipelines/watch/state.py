"""States of series, incidents, events and alerts: what evaluations store and return."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Literal
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from pipelines.watch.limit import Severity, Side
from pipelines.watch.reading import Reading, Series

Status = Literal["ok", "pending", "firing", "recovering"]
EventKind = Literal["fired", "severity_changed", "resolved", "reopened", "restated", "repeated"]

STATE_VERSION = 1

_ALERT_ID_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened since a series breached its limits, whether or not it has fired yet.

    `severity`, `side`, `threshold` and `value` are those of `breached_period`, the latest period that breached a limit;
    `peak_value` is the worst value since `opened_period`, the first one. `breached_periods` counts them.
    `opened_at` and `fired_at` are the moments at which it was noticed; `fired_at` is None while it is pending.
    `reported_at` is when its severity last changed or it was last repeated or reopened; None if that never happened.
    """

    alert_id: str
    severity: Severity
    side: Side
    threshold: float
    value: float
    peak_value: float
    opened_period: date
    breached_period: date
    breached_periods: int
    opened_at: datetime
    fired_at: datetime | None = None
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """An incident that was resolved in `period`, so lately that a relapse reopens it."""

    incident: Incident
    period: date


@dataclass(frozen=True, slots=True)
class Gap:
    """Complete periods without a value, from `since` on until there is one again.

    `alert_id` is that of the alert about it; None if none was raised: it was known from the first evaluation on, or
    belongs to an alert that was open already.
    """

    since: date
    alert_id: str | None = None
    opened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class State:
    """The state of a series.

    `last_period` is the newest period that was evaluated or passed over, `recoveries` counts the recovered periods in a
    row. There is an `incident` unless `status` is `ok`. `resolved` is the incident that a relapse would reopen. `gap`
    are the periods without a value that were reported, until there is a value again.
    `last_value` is the value of `last_period` when it was evaluated; None if a version that did not keep it did that.
    """

    status: Status = "ok"
    last_period: date | None = None
    recoveries: int = 0
    incident: Incident | None = None
    resolved: Resolved | None = None
    gap: Gap | None = None
    # How often late data changed an incident in `last_period`; None for never.
    corrections: int | None = None
    # What a state is does not depend on it.
    last_value: float | None = field(default=None, compare=False)

    def to_json(self) -> str:
        """Returns the state as JSON text; equal states give equal texts, which earlier versions wrote as well."""
        stored = _without_empty_additions(_STATE.dump_python(self, mode="json"))
        return json.dumps({"version": STATE_VERSION, "state": stored}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "State":
        """Returns the state that `to_json` wrote.

        Raises:
            ValueError: the text is not such a state, or one of another version; it says why.
        """
        try:
            stored = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"not JSON: {error}") from None
        if not isinstance(stored, dict) or "version" not in stored:
            raise ValueError("not the state of a series")
        if stored["version"] != STATE_VERSION:
            raise ValueError(f"format {stored['version']} of a series' state is unknown, only {STATE_VERSION} is")
        try:
            return _STATE.validate_python(stored.get("state"))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


_STATE = TypeAdapter(State)
# What a state of the first version, and an incident in it, do not have.
_ADDED = ("resolved", "gap", "corrections", "last_value", "reported_at")


def _without_empty_additions(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _without_empty_additions(value) if isinstance(value, dict) else value
        for name, value in stored.items()
        if value is not None or name not in _ADDED
    }


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to an incident and is worth a message.

    `condition` names the words for the rule's condition. `reading` caused the event: the breach, or for `resolved` the
    value that ended the incident. `threshold` and `side` are the limit that was breached last, `mildest_threshold` is
    the one on that side that counts for every breached period. `breached_period` and `breached_value` are the latest
    period that breached a limit, `opened_period` is the first, and `breached_periods` counts them. `at` is the moment
    of the evaluation. `restated_value` is the value with which the period was evaluated before late data changed it;
    None if it is evaluated for the first time. `correction` counts such changes of one period.
    """

    kind: EventKind
    alert_id: str
    series: Series
    severity: Severity
    reading: Reading
    condition: str
    threshold: float
    mildest_threshold: float
    side: Side
    opened_period: date
    peak_value: float
    breached_periods: int
    breached_period: date
    breached_value: float
    opened_at: datetime
    fired_at: datetime
    at: datetime
    reason: str
    previous_severity: Severity | None = None
    restated_value: float | None = None
    correction: int = 0

    @property
    def has_worsened(self) -> bool:
        """Whether the severity changed from warn to critical."""
        return self.previous_severity == "warn" and self.severity == "critical"


@dataclass(frozen=True, slots=True)
class GapEvent:
    """A series has no value any more, or has one again.

    `reading` is the last one that has a value: before the gap, or the one that ended it. `since` is the first period
    that had no value, `periods` counts those that have none.
    """

    kind: Literal["no_data", "data_again"]
    alert_id: str
    series: Series
    reading: Reading
    since: date
    periods: int
    opened_at: datetime
    at: datetime
    severity: Severity = "warn"


@dataclass(frozen=True, slots=True)
class SeriesChange:
    """What an evaluation changed in a series: the state before (None if there was none), the new one, the events."""

    series: Series
    before: State | None
    after: State
    events: tuple[Event | GapEvent, ...] = field(default=())

    @property
    def has_changed(self) -> bool:
        """Whether there is anything to save."""
        return self.before != self.after or bool(self.events)


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """An incident that has fired, as the table of alerts stores it; `period_start` is its latest breached period.

    An alert about periods without a value has no numbers; `period_start` is its first such period.
    """

    alert_id: str
    series: Series
    severity: Severity
    status: Literal["firing", "recovering", "no_data", "resolved"]
    opened_at: datetime
    fired_at: datetime
    resolved_at: datetime | None
    opened_period: date
    period_start: date
    value: float | None
    threshold: float | None
    peak_value: float | None
    breached_periods: int


def alert_id(series: Series, opened_period: date) -> str:
    """Returns the id of the incident of `series` that begins in `opened_period`: the same whenever it is computed."""
    return _hash([*series, opened_period.isoformat()])


def gap_id(series: Series, since: date) -> str:
    """Returns the id of the alert about the missing data of `series` from `since` on."""
    return _hash([*series, since.isoformat(), "no_data"])


def _hash(parts: Iterable[str]) -> str:
    return sha256(json.dumps(list(parts)).encode()).hexdigest()[:_ALERT_ID_LENGTH]


def dedup_key(event: Event | GapEvent, channel: str) -> str:
    """Returns the key under which `channel` gets one message about `event`, however often it is evaluated or sent.

    The period is part of it, so that a second rise to critical within one incident is a message of its own; so are the
    value that late data has given to the period, the number of that change from the second on,
    and the moment at which an event is repeated.
    """
    parts = ["alert", event.alert_id, event.kind, event.severity, event.reading.period_start.isoformat()]
    if isinstance(event, Event) and event.restated_value is not None:
        parts.append(repr(event.reading.value))
        if event.correction > 1:
            parts.append(str(event.correction))
    if event.kind == "repeated":
        parts.append(quote(event.at.isoformat(), safe=""))
    return "/".join((*parts, quote(channel, safe="")))


def incident_of(dedup_key: str) -> str:
    """Returns what names the incident that a message is about, the same for all messages and channels.

    Slashes separate the parts of a dedup key; the first two name the incident.
    """
    return "/".join(dedup_key.split("/")[:2])


def alert_records(series: Series, state: State, events: Iterable[Event | GapEvent]) -> tuple[AlertRecord, ...]:
    """Returns the incidents that an evaluation of `series` changed, as they are after it.

    They are those of `events` and the open one of `state`, the state after the evaluation.
    """
    events = list(events)
    gaps = {event.alert_id: _gap_record(event) for event in events if isinstance(event, GapEvent)}
    records = {
        event.alert_id: AlertRecord(
            alert_id=event.alert_id,
            series=series,
            severity=event.severity,
            status="resolved" if event.kind == "resolved" else "firing",
            opened_at=event.opened_at,
            fired_at=event.fired_at,
            resolved_at=event.at if event.kind == "resolved" else None,
            opened_period=event.opened_period,
            period_start=event.breached_period,
            value=event.breached_value,
            threshold=event.threshold,
            peak_value=event.peak_value,
            breached_periods=event.breached_periods,
        )
        for event in events
        if isinstance(event, Event)
    }
    incident = state.incident
    if incident is not None and incident.fired_at is not None:
        records[incident.alert_id] = AlertRecord(
            alert_id=incident.alert_id,
            series=series,
            severity=incident.severity,
            status="recovering" if state.status == "recovering" else "firing",
            opened_at=incident.opened_at,
            fired_at=incident.fired_at,
            resolved_at=None,
            opened_period=incident.opened_period,
            period_start=incident.breached_period,
            value=incident.value,
            threshold=incident.threshold,
            peak_value=incident.peak_value,
            breached_periods=incident.breached_periods,
        )
    # Where data went missing during an incident, the alert is that of the incident.
    return (*records.values(), *(record for key, record in gaps.items() if key not in records))


def _gap_record(event: GapEvent) -> AlertRecord:
    is_over = event.kind == "data_again"
    return AlertRecord(
        alert_id=event.alert_id,
        series=event.series,
        severity=event.severity,
        status="resolved" if is_over else "no_data",
        opened_at=event.opened_at,
        fired_at=event.opened_at,
        resolved_at=event.at if is_over else None,
        opened_period=event.since,
        period_start=event.since,
        value=None,
        threshold=None,
        peak_value=None,
        breached_periods=event.periods,
    )
