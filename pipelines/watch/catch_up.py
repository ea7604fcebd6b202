"""What messages say after several periods at once: how an incident is now, not every step that it took.

A pass after an outage of some weeks evaluates all of their periods, one after the other. The ledger has each incident
as it went; a reader gets one message about each, with its latest value.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipelines.watch.alert import Transition, event_of
from pipelines.watch.evaluation import EvaluatedReadings
from pipelines.watch.state import Event, GapEvent, Incident, SeriesChange


def latest_events(change: SeriesChange, evaluated: EvaluatedReadings) -> list[Event | GapEvent]:
    """Returns the events of a series that are worth a message: the last one of each incident, as the incident is now.

    What late data has changed is always said.

    Args:
        change: what one pass found in the series.
        evaluated: the readings of its rule.
    """
    runs: dict[str, list[Event | GapEvent]] = {}
    kept: list[list[Event | GapEvent]] = []
    for event in change.events:
        run = runs.get(event.alert_id)
        is_correction = isinstance(event, Event) and event.restated_value is not None
        if run is None or is_correction:
            run = runs[event.alert_id] = []
            kept.append(run)
        run.append(event)
        if is_correction:
            del runs[event.alert_id]
    summaries = [_summary(run) for run in kept]
    incident = change.after.incident
    return [_as_it_is_now(event, incident, evaluated) for event in summaries if event is not None]


def _summary(run: Sequence[Event | GapEvent]) -> Event | GapEvent | None:
    """Returns the one event that says what became of an alert; None if nothing did."""
    first, last = run[0], run[-1]
    if len(run) == 1 or not isinstance(last, Event) or not isinstance(first, Event):
        return last
    if last.kind == "severity_changed" and first.kind == "severity_changed":
        return None if last.severity == first.previous_severity else last
    if last.kind in ("severity_changed", "reopened") and first.kind in ("fired", "reopened"):
        # Nobody has heard of what came before.
        return replace(last, kind=first.kind, previous_severity=None)
    return last


def _as_it_is_now(event: Event | GapEvent, incident: Incident | None, evaluated: EvaluatedReadings) -> Event | GapEvent:
    """Returns an event of the open incident with the latest reading that breached a limit."""
    if (
        not isinstance(event, Event)
        or incident is None
        or incident.alert_id != event.alert_id
        # What a rule compares instead of its KPI is not in its readings.
        or not evaluated.rule.condition.measures_kpi
        or event.kind not in ("fired", "reopened", "severity_changed")
        or event.restated_value is not None
        or event.reading.period_start >= incident.breached_period
        or event.series not in evaluated.series
    ):
        return event
    series = list(evaluated.series).index(event.series)
    start, stop = evaluated.starts[series], evaluated.starts[series + 1]
    position = start + int(evaluated.periods[start:stop].searchsorted(np.datetime64(incident.breached_period)))
    if position == stop or evaluated.period_at(position) != incident.breached_period:
        return event
    now = Transition(event.kind, incident, evaluated.at(position), previous_severity=event.previous_severity)
    return event_of(now, evaluated.rule, event.at, reason=event.reason)
