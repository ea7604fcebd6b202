"""The life of an alert: ok → pending → firing → recovering → ok, one reading at a time.

How readings count:

- A period is judged once: a reading that is not newer than the last one judged changes nothing.
- `for` and `keep_firing` count adjacent periods. A period with too small a sample is passed over: it neither extends
  nor breaks such a run. A period without a value, or without a row at all, breaks it: a pending series starts anew, a
  recovering one is firing again, and a firing one stays as it is, because no data is no good news.
- A period without a value may still get one; it counts as passed only once a later period has been judged.
- An incomplete period holds back the later ones: they are judged when it is complete.
- A value between the bound and `clear` is neither a breach nor a recovery; the severity stays what it was.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from itertools import pairwise
from typing import Literal
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from pipelines.kpis import next_period
from pipelines.watch.evaluate import Side, Verdict, excess, recovered, verdict
from pipelines.watch.reading import Reading, Series
from pipelines.watch.rule import Rule, Severity

Status = Literal["ok", "pending", "firing", "recovering"]
EventKind = Literal["fired", "severity_changed", "resolved"]

STATE_VERSION = 1

_ALERT_ID_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened since a series left its bounds, whether or not it has fired yet.

    `severity`, `side`, `threshold` and `value` are those of `breached_period`, the latest period beyond a bound;
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
    """Where a series stands.

    `last_period` is the newest period that was judged or passed over, `recoveries` the recovered periods in a row.
    There is an `incident` unless `status` is `ok`.
    """

    status: Status = "ok"
    last_period: date | None = None
    recoveries: int = 0
    incident: Incident | None = None

    def to_json(self) -> str:
        """The state as JSON text; equal states give equal texts."""
        return json.dumps({"version": STATE_VERSION, "state": _STATE.dump_python(self, mode="json")}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "State":
        """The state that `to_json` wrote. ValueError says why a text is not one."""
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
    """Something worth telling about an incident.

    `reading` is the one that caused it: the breach, or for `resolved` the value that ended the incident. `threshold`
    and `side` are the bound that was crossed last. `breached_period` and `breached_value` are the latest period beyond
    a bound, `opened_period` is the first, and `breached_periods` counts them. `at` is the moment of the judgement.
    """

    kind: EventKind
    alert_id: str
    series: Series
    severity: Severity
    reading: Reading
    threshold: float
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
        """Whether a change of severity is one for the worse."""
        return self.previous_severity == "warn" and self.severity == "critical"


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """An incident that has fired, as the table of alerts holds it; `period_start` is its latest breached period."""

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


def series_of(rule: Rule, reading: Reading) -> Series:
    """The series of `rule` that `reading` belongs to."""
    return Series(rule.name, reading.kpi, reading.grain, reading.segment_type, reading.segment)


def alert_id(series: Series, opened_period: date) -> str:
    """The name of the incident of `series` that begins in `opened_period`: the same whenever it is computed."""
    text = json.dumps([*series, opened_period.isoformat()])
    return sha256(text.encode()).hexdigest()[:_ALERT_ID_LENGTH]


def dedup_key(event: Event, channel: str) -> str:
    """The key under which `channel` is told of `event` once, however often it is judged or sent.

    The period is part of it, so that a second rise to critical within one incident is told as well.
    """
    period = event.reading.period_start.isoformat()
    return "/".join(("alert", event.alert_id, event.kind, event.severity, period, quote(channel, safe="")))


def step(state: State, reading: Reading, rule: Rule, now: datetime) -> tuple[State, tuple[Event, ...]]:
    """The state after `reading`, and what is to be told of it.

    Returns `state` itself if the reading is not newer than the last period, incomplete, or without a value.
    """
    if state.last_period is not None and reading.period_start <= state.last_period:
        return state, ()
    found = verdict(rule, reading)
    if found.obstacle in ("incomplete", "no_value"):
        return state, ()
    if state.last_period is not None and reading.period_start > next_period(reading.grain, state.last_period):
        state = _run_broken(state)
    state = replace(state, last_period=reading.period_start)
    if not found.judged:
        return state, ()
    if found.severity is not None:
        return _breached(state, reading, rule, found, now)
    return _not_breached(state, reading, rule, found, now)


def fold(state: State, readings: Sequence[Reading], rule: Rule, now: datetime) -> tuple[State, tuple[Event, ...]]:
    """The state after all `readings` up to the first new one that is incomplete, and every event on the way.

    `readings` are of one series, in the order of their periods; ValueError otherwise.
    """
    for earlier, later in pairwise(readings):
        if later.period_start <= earlier.period_start or series_of(rule, earlier) != series_of(rule, later):
            raise ValueError(f"readings of {rule.name} are not one series in the order of its periods")
    events: list[Event] = []
    for reading in readings:
        is_new = state.last_period is None or reading.period_start > state.last_period
        if is_new and not reading.is_complete:
            break
        state, raised = step(state, reading, rule, now)
        events += raised
    return state, tuple(events)


def judge(
    series: Series, state: State | None, readings: Sequence[Reading], rule: Rule, now: datetime
) -> tuple[State, tuple[Event, ...]]:
    """Judge what is new in `readings`, which are those of `series` in the order of their periods.

    A series that was never judged before (no state, or no period judged so far) is replayed silently: incidents that
    are over are not told at all, one that is still open as a single `fired` with its severity of today and the reading
    of its latest breached period.
    """
    if readings and series_of(rule, readings[0]) != series:
        raise ValueError(f"the readings are those of {series_of(rule, readings[0])}, not of {series}")
    if state is not None and state.last_period is not None:
        return fold(state, readings, rule, now)
    state, _ = fold(State(), readings, rule, now)
    incident = state.incident
    if incident is None or incident.fired_at is None:
        return state, ()
    reading = next(reading for reading in readings if reading.period_start == incident.breached_period)
    reason = f"seen for the first time, beyond its bounds since {incident.opened_period.isoformat()}"
    return state, (_event("fired", incident, reading, rule, fired_at=incident.fired_at, now=now, reason=reason),)


def alert_records(series: Series, state: State, events: Iterable[Event]) -> tuple[AlertRecord, ...]:
    """The incidents of `series` that a pass has touched, as they are after it: those of `events`, and the open one."""
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


def _run_broken(state: State) -> State:
    """The state once a period is known to be missing: nothing before it is `in a row` with what follows."""
    if state.status == "pending":
        return replace(state, status="ok", incident=None)
    if state.status == "recovering":
        return replace(state, status="firing", recoveries=0)
    return state


def _breached(
    state: State, reading: Reading, rule: Rule, found: Verdict, now: datetime
) -> tuple[State, tuple[Event, ...]]:
    value, severity, side, threshold = reading.value, found.severity, found.side, found.threshold
    if value is None or severity is None or side is None or threshold is None:
        raise ValueError("a breach without a value or a bound")
    period = reading.period_start
    before = state.incident
    if before is None:
        incident = Incident(
            alert_id=alert_id(series_of(rule, reading), period),
            severity=severity,
            side=side,
            threshold=threshold,
            value=value,
            peak_value=value,
            opened_period=period,
            breached_period=period,
            breached_periods=1,
            opened_at=now,
        )
    else:
        incident = replace(
            before,
            severity=severity,
            side=side,
            threshold=threshold,
            value=value,
            peak_value=max(before.peak_value, value, key=lambda candidate: excess(rule, candidate)),
            breached_period=period,
            breached_periods=before.breached_periods + 1,
        )
    if incident.fired_at is None:
        if incident.breached_periods < rule.for_:
            return replace(state, status="pending", incident=incident), ()
        incident = replace(incident, fired_at=now)
        in_a_row = f", for {incident.breached_periods} periods in a row" if rule.for_ > 1 else ""
        event = _event("fired", incident, reading, rule, fired_at=now, now=now, reason=found.reason + in_a_row)
        return replace(state, status="firing", incident=incident), (event,)
    state = replace(state, status="firing", recoveries=0, incident=incident)
    if before is None or before.severity == severity:
        return state, ()
    reason = f"{'worse' if severity == 'critical' else 'eased'}: {found.reason}"
    event = _event("severity_changed", incident, reading, rule, fired_at=incident.fired_at, now=now, reason=reason)
    return state, (replace(event, previous_severity=before.severity),)


def _not_breached(
    state: State, reading: Reading, rule: Rule, found: Verdict, now: datetime
) -> tuple[State, tuple[Event, ...]]:
    incident = state.incident
    if incident is None or incident.fired_at is None:
        return replace(state, status="ok", incident=None), ()
    if not recovered(rule, reading):
        return replace(state, status="firing", recoveries=0), ()
    recoveries = state.recoveries + 1
    if recoveries < rule.keep_firing:
        return replace(state, status="recovering", recoveries=recoveries), ()
    in_a_row = f", for {recoveries} periods in a row" if recoveries > 1 else ""
    event = _event(
        "resolved", incident, reading, rule, fired_at=incident.fired_at, now=now, reason=found.reason + in_a_row
    )
    return State(last_period=state.last_period), (event,)


def _event(
    kind: EventKind,
    incident: Incident,
    reading: Reading,
    rule: Rule,
    *,
    fired_at: datetime,
    now: datetime,
    reason: str,
) -> Event:
    return Event(
        kind=kind,
        alert_id=incident.alert_id,
        series=series_of(rule, reading),
        severity=incident.severity,
        reading=reading,
        threshold=incident.threshold,
        side=incident.side,
        opened_period=incident.opened_period,
        peak_value=incident.peak_value,
        breached_periods=incident.breached_periods,
        breached_period=incident.breached_period,
        breached_value=incident.value,
        opened_at=incident.opened_at,
        fired_at=fired_at,
        at=now,
        reason=reason,
    )
