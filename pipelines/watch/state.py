"""States of series, incidents, events and alerts: what evaluations store and return."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Literal
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from pipelines.watch.limit import Severity, Side
from pipelines.watch.reading import Reading, Series

Status = Literal["ok", "pending", "firing", "recovering"]
EventKind = Literal["fired", "severity_changed", "resolved"]

STATE_VERSION = 1

_ALERT_ID_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened since a series breached its limits, whether or not it has fired yet.

    `severity`, `side`, `threshold` and `value` are those of `breached_period`, the latest period that breached a limit;
    `peak_value` is the worst value since `opened_period`, the first one. `breached_periods` counts them.
    `opened_at` and `fired_at` are the moments at which it was noticed; `fired_at` is None while it is pending.
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


@dataclass(frozen=True, slots=True)
class State:
    """The state of a series.

    `last_period` is the newest period that was evaluated or passed over, `recoveries` counts the recovered periods in a
    row. There is an `incident` unless `status` is `ok`.
    """

    status: Status = "ok"
    last_period: date | None = None
    recoveries: int = 0
    incident: Incident | None = None

    def to_json(self) -> str:
        """Returns the state as JSON text; equal states give equal texts."""
        return json.dumps({"version": STATE_VERSION, "state": _STATE.dump_python(self, mode="json")}, sort_keys=True)

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


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to an incident and is worth a message.

    `condition` names the words for the rule's condition. `reading` caused the event: the breach, or for `resolved` the
    value that ended the incident. `threshold` and `side` are the limit that was breached last, `mildest_threshold` is
    the one on that side that counts for every breached period. `breached_period` and `breached_value` are the latest
    period that breached a limit, `opened_period` is the first, and `breached_periods` counts them. `at` is the moment
    of the evaluation.
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

    @property
    def has_worsened(self) -> bool:
        """Whether the severity changed from warn to critical."""
        return self.previous_severity == "warn" and self.severity == "critical"


@dataclass(frozen=True, slots=True)
class SeriesChange:
    """What an evaluation changed in a series: the state before (None if there was none), the new one, the events."""

    series: Series
    before: State | None
    after: State
    events: tuple[Event, ...] = field(default=())

    @property
    def has_changed(self) -> bool:
        """Whether there is anything to save."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """An incident that has fired, as the table of alerts stores it; `period_start` is its latest breached period."""

    alert_id: str
    series: Series
    severity: Severity
    status: Literal["firing", "recovering", "resolved"]
    opened_at: datetime
    fired_at: datetime
    resolved_at: datetime | None
    opened_period: date
    period_start: date
    value: float
    threshold: float
    peak_value: float
    breached_periods: int


def alert_id(series: Series, opened_period: date) -> str:
    """Returns the id of the incident of `series` that begins in `opened_period`: the same whenever it is computed."""
    text = json.dumps([*series, opened_period.isoformat()])
    return sha256(text.encode()).hexdigest()[:_ALERT_ID_LENGTH]


def dedup_key(event: Event, channel: str) -> str:
    """Returns the key under which `channel` gets one message about `event`, however often it is evaluated or sent.

    The period is part of it, so that a second rise to critical within one incident is a message of its own.
    """
    period = event.reading.period_start.isoformat()
    return "/".join(("alert", event.alert_id, event.kind, event.severity, period, quote(channel, safe="")))


def alert_records(series: Series, state: State, events: Iterable[Event]) -> tuple[AlertRecord, ...]:
    """Returns the incidents that an evaluation of `series` changed, as they are after it.

    They are those of `events` and the open one of `state`, the state after the evaluation.
    """
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
    return tuple(records.values())
