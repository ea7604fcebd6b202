"""The life of an alert: ok → pending → firing → recovering → ok, one reading at a time.

How readings count:

- A period is evaluated once: a reading that is not newer than the last one evaluated changes nothing. Only where it
  belongs to an incident and late data has changed its value, it counts with its new value, and the event says so.
- `for` and `keep_firing` count adjacent periods. A period with too small a sample is passed over: it neither extends
  nor breaks such a run. A period without a value, or without a row at all, breaks it: a pending series starts again, a
  recovering one is firing again, and a firing one keeps firing, because missing data does not resolve an incident.
- A period without a value may still get one; it counts as passed only once a later period has been evaluated.
- Later periods wait for an incomplete one: they are evaluated when it is complete.
- A value between the threshold and `clear` is neither a breach nor a recovery; the severity stays what it was.
- A relapse within `reopen_within` periods after an incident was resolved reopens it, once `for` is fulfilled again.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from pipelines.kpis import next_period
from pipelines.watch.evaluation import Breach, EvaluatedReading
from pipelines.watch.limit import Severity
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event, EventKind, Incident, Resolved, State, alert_id

# Two machines, or two passes, do not differ by more than that.
_CLOCKS_DIFFER = timedelta(hours=1)


class Transition(NamedTuple):
    """What happened to an incident: it fired, changed its severity, resolved, was reopened, corrected or repeated.

    `incident` is the incident after the reading, or the one that was resolved; `periods` counts the breached or
    recovered periods in a row that it took. `restated_value` is the value that late data has replaced, if it did.
    """

    kind: EventKind
    incident: Incident
    reading: EvaluatedReading
    periods: int = 1
    previous_severity: Severity | None = None
    restated_value: float | None = None


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
    if obstacle is not None and state.status == "ok":
        return ok_state(period, state.resolved, rule), None
    if obstacle is not None:
        return replace(state, last_period=period), None
    breach = reading.breach
    if breach is not None:
        return _after_breach(state, reading, breach, rule, now)
    return _after_no_breach(state, reading, rule)


def step_again(state: State, reading: EvaluatedReading, rule: Rule, now: datetime) -> tuple[State, Transition | None]:
    """Returns the state after late data has changed the value of the last period, and what that did to an incident.

    A period that belongs to no incident was evaluated for good: it does not begin one.

    Args:
        state: the state after the period was evaluated with the value that it had, `state.last_value`.
        reading: the period's reading now.
        rule: the rule.
        now: the moment of the evaluation, aware.
    """
    if reading.obstacle is not None:
        return state, None
    incident, breach, evaluated_value = state.incident, reading.breach, state.last_value
    was_breached = incident is not None and incident.breached_period == reading.period_start
    transition: Transition | None = None
    if incident is not None and was_breached and breach is not None:
        peak = incident.peak_value if incident.peak_value != incident.value else reading.value
        corrected = replace(
            incident,
            severity=breach.severity,
            side=breach.side,
            threshold=breach.threshold,
            value=reading.value,
            peak_value=max(peak, reading.value, key=reading.excess),
        )
        if incident.fired_at is not None and incident.severity != breach.severity:
            corrected = replace(corrected, reported_at=now)
            transition = Transition("severity_changed", corrected, reading, previous_severity=incident.severity)
        state = replace(state, incident=corrected)
    elif breach is not None:
        has_just_resolved = state.resolved is not None and state.resolved.period == reading.period_start
        if incident is not None or has_just_resolved:
            state, transition = _after_breach(state, reading, breach, rule, now)
    elif incident is not None and was_breached:
        state, transition = _after_no_breach(state, reading, rule)
        if transition is None and incident.fired_at is not None:
            transition = Transition("restated", incident, reading)
    return state, None if transition is None else transition._replace(restated_value=evaluated_value)


def is_repeated(state: State, rule: Rule, now: datetime) -> bool:
    """Whether an incident that has fired is due to be reported again."""
    incident = state.incident
    if rule.repeat_every is None or incident is None or incident.fired_at is None:
        return False
    since = incident.reported_at or incident.fired_at
    # A clock that was ahead has stored a moment that never was: waiting for it could take a year.
    return now - since >= rule.repeat_every or since - now > _CLOCKS_DIFFER


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
        restated_value=transition.restated_value,
    )


def _reason(transition: Transition) -> str:
    found = transition.reading.reason
    if transition.restated_value is not None:
        found += f", after late data (it was {transition.restated_value:g})"
    if transition.kind == "severity_changed":
        return f"{'worse' if transition.incident.severity == 'critical' else 'eased'}: {found}"
    return found if transition.periods == 1 else f"{found}, for {transition.periods} periods in a row"


def _after_gap(state: State) -> State:
    """Returns the state once a period is known to be missing: no period before it is in a row with one after it."""
    if state.status == "pending":
        return State(last_period=state.last_period, resolved=state.resolved)
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
            return State("pending", period, 0, incident, state.resolved), None
        periods = incident.breached_periods if rule.for_ > 1 else 1
        if state.resolved is not None and incident.opened_period <= _last_relapse(state.resolved, rule):
            incident = replace(_reopened(state.resolved.incident, incident, reading), reported_at=now)
            return State("firing", period, 0, incident), Transition("reopened", incident, reading, periods)
        incident = replace(incident, fired_at=now)
        return State("firing", period, 0, incident), Transition("fired", incident, reading, periods)
    if before is None or before.severity == breach.severity:
        return State("firing", period, 0, incident), None
    incident = replace(incident, reported_at=now)
    changed = Transition("severity_changed", incident, reading, previous_severity=before.severity)
    return State("firing", period, 0, incident), changed


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


def _reopened(before: Incident, relapse: Incident, reading: EvaluatedReading) -> Incident:
    """Returns the incident `before` as it goes on with a relapse."""
    return replace(
        relapse,
        alert_id=before.alert_id,
        peak_value=max(before.peak_value, relapse.peak_value, key=reading.excess),
        opened_period=before.opened_period,
        breached_periods=before.breached_periods + relapse.breached_periods,
        opened_at=before.opened_at,
        fired_at=before.fired_at,
    )


def ok_state(period: date, resolved: Resolved | None, rule: Rule) -> State:
    """Returns the state of a series that is `ok` after a period; what a later relapse would not reopen is forgotten."""
    if resolved is not None and period >= _last_relapse(resolved, rule):
        resolved = None
    return State(last_period=period, resolved=resolved)


def _last_relapse(resolved: Resolved, rule: Rule) -> date:
    """Returns the last period in which a relapse may begin that reopens an incident."""
    last = resolved.period
    for _ in range(rule.reopen_within):
        last = next_period(rule.grain, last)
    return last


def _after_no_breach(state: State, reading: EvaluatedReading, rule: Rule) -> tuple[State, Transition | None]:
    incident, period = state.incident, reading.period_start
    if incident is None or incident.fired_at is None:
        return ok_state(period, state.resolved, rule), None
    if not reading.is_recovered:
        return State("firing", period, 0, incident), None
    recoveries = state.recoveries + 1
    if recoveries < rule.keep_firing:
        return State("recovering", period, recoveries, incident), None
    after = ok_state(period, Resolved(incident, period), rule)
    return after, Transition("resolved", incident, reading, periods=recoveries)
