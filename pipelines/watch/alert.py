"""The life of an alert: ok → pending → firing → recovering → ok, one reading at a time.

How readings count:

- A period is evaluated once: a reading that is not newer than the last one evaluated changes nothing.
- `for` and `keep_firing` count adjacent periods. A period with too small a sample is passed over: it neither extends
  nor breaks such a run. A period without a value, or without a row at all, breaks it: a pending series starts again, a
  recovering one is firing again, and a firing one keeps firing, because missing data does not resolve an incident.
- A period without a value may still get one; it counts as passed only once a later period has been evaluated.
- Later periods wait for an incomplete one: they are evaluated when it is complete.
- A value between the threshold and `clear` is neither a breach nor a recovery; the severity stays what it was.
"""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from pipelines.kpis import next_period
from pipelines.watch.evaluation import Breach, EvaluatedReading
from pipelines.watch.limit import Severity
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event, EventKind, Incident, State, alert_id


class Transition(NamedTuple):
    """What a reading did to an incident: it fired, changed its severity or resolved.

    `incident` is the incident after the reading, or the one that was resolved; `periods` counts the breached or
    recovered periods in a row that it took.
    """

    kind: EventKind
    incident: Incident
    reading: EvaluatedReading
    periods: int = 1
    previous_severity: Severity | None = None


def step(state: State, reading: EvaluatedReading, rule: Rule, now: datetime) -> tuple[State, Transition | None]:
    """Returns the state after `reading`, and what it did to an incident, if that is worth an event.

    Returns `state` itself if the reading is not newer than the last period, incomplete, or without a value.
    """
    period = reading.period_start
    if state.last_period is not None and period <= state.last_period:
        return state, None
    obstacle = reading.obstacle
    if obstacle in ("incomplete", "no_value"):
        return state, None
    if state.last_period is not None and period > next_period(rule.grain, state.last_period):
        state = _after_gap(state)
    if obstacle is not None:
        return replace(state, last_period=period), None
    breach = reading.breach
    if breach is not None:
        return _after_breach(state, reading, breach, rule, now)
    return _after_no_breach(state, reading, rule)


def event_of(transition: Transition, rule: Rule, now: datetime, *, reason: str | None = None) -> Event:
    """Returns the event of a transition; `reason` replaces the one that follows from it."""
    incident, reading = transition.incident, transition.reading
    # A limit of this reading alone says nothing of the periods that breached those of their own.
    is_of_all = transition.kind != "resolved" or reading.has_fixed_limits
    mildest = reading.mildest_threshold(incident.side) if is_of_all else None
    return Event(
        kind=transition.kind,
        alert_id=incident.alert_id,
        series=reading.series,
        severity=incident.severity,
        reading=reading.reading,
        condition=rule.condition.wording,
        threshold=incident.threshold,
        # A rule may have been changed from one side to the other while the incident was open.
        mildest_threshold=incident.threshold if mildest is None else mildest,
        side=incident.side,
        opened_period=incident.opened_period,
        peak_value=incident.peak_value,
        breached_periods=incident.breached_periods,
        breached_period=incident.breached_period,
        breached_value=incident.value,
        opened_at=incident.opened_at,
        fired_at=incident.fired_at or now,
        at=now,
        reason=_reason(transition) if reason is None else reason,
        previous_severity=transition.previous_severity,
    )


def _reason(transition: Transition) -> str:
    found = transition.reading.reason
    if transition.kind == "severity_changed":
        return f"{'worse' if transition.incident.severity == 'critical' else 'eased'}: {found}"
    return found if transition.periods == 1 else f"{found}, for {transition.periods} periods in a row"


def _after_gap(state: State) -> State:
    """Returns the state once a period is known to be missing: no period before it is in a row with one after it."""
    if state.status == "pending":
        return State(last_period=state.last_period)
    if state.status == "recovering":
        return replace(state, status="firing", recoveries=0)
    return state


def _after_breach(
    state: State, reading: EvaluatedReading, breach: Breach, rule: Rule, now: datetime
) -> tuple[State, Transition | None]:
    period, before = reading.period_start, state.incident
    incident = _incident(before, reading, breach, now)
    if incident.fired_at is None:
        if incident.breached_periods < rule.for_:
            return State("pending", period, 0, incident), None
        incident = replace(incident, fired_at=now)
        transition = Transition("fired", incident, reading, periods=incident.breached_periods if rule.for_ > 1 else 1)
        return State("firing", period, 0, incident), transition
    state = State("firing", period, 0, incident)
    if before is None or before.severity == breach.severity:
        return state, None
    return state, Transition("severity_changed", incident, reading, previous_severity=before.severity)


def _incident(before: Incident | None, reading: EvaluatedReading, breach: Breach, now: datetime) -> Incident:
    """Returns the incident of a series after a breach; `before` is the one that was open, if any."""
    period, value = reading.period_start, reading.value
    return Incident(
        alert_id=alert_id(reading.series, period) if before is None else before.alert_id,
        severity=breach.severity,
        side=breach.side,
        threshold=breach.threshold,
        value=value,
        peak_value=value if before is None else max(before.peak_value, value, key=reading.excess),
        opened_period=period if before is None else before.opened_period,
        breached_period=period,
        breached_periods=1 if before is None else before.breached_periods + 1,
        opened_at=now if before is None else before.opened_at,
        fired_at=None if before is None else before.fired_at,
    )


def _after_no_breach(state: State, reading: EvaluatedReading, rule: Rule) -> tuple[State, Transition | None]:
    incident, period = state.incident, reading.period_start
    if incident is None or incident.fired_at is None:
        return State(last_period=period), None
    if not reading.is_recovered:
        return State("firing", period, 0, incident), None
    recoveries = state.recoveries + 1
    if recoveries < rule.keep_firing:
        return State("recovering", period, recoveries, incident), None
    return State(last_period=period), Transition("resolved", incident, reading, periods=recoveries)
