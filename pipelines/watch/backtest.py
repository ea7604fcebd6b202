"""What a rule would have said of the past: the same steps as the live watch, without anybody being told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from pipelines.watch.alert import Event, State, step
from pipelines.watch.evaluate import verdict
from pipelines.watch.reading import Reading
from pipelines.watch.rule import Rule, Severity


@dataclass(frozen=True, slots=True)
class PastIncident:
    """An incident that would have been told.

    `severity` is the worst it had; `first_period` and `last_period` are the first and the latest period beyond a bound;
    it was told after `fired_period` and was over after `resolved_period`, None while it is open. `worst_value` is in
    the KPI's unit.
    """

    segment_type: str
    segment: str
    severity: Severity
    first_period: date
    last_period: date
    fired_period: date
    resolved_period: date | None
    worst_value: float


@dataclass(slots=True)
class Backtest:
    """A rule's replay: how many periods of all its series were judged, how many breached, and what came of it."""

    periods_judged: int = 0
    periods_breached: int = 0
    incidents: list[PastIncident] = field(default_factory=list)


def replay(
    rule: Rule, readings: Mapping[str, Sequence[Reading]], now: datetime, *, first: date | None, last: date | None
) -> Backtest:
    """Replays `rule` over `readings`, by segment and in the order of their periods.

    Only periods that start from `first` to `last` count, both included; every series begins at `first` as if nothing
    had been before. A series ends at its first incomplete period, as in the live watch.
    """
    found = Backtest()
    for of_segment in readings.values():
        chosen = [
            reading
            for reading in of_segment
            if (first is None or reading.period_start >= first) and (last is None or reading.period_start <= last)
        ]
        _replay_series(rule, chosen, now, found)
    found.incidents.sort(key=lambda incident: (incident.fired_period, incident.segment_type, incident.segment))
    return found


def _replay_series(rule: Rule, readings: Iterable[Reading], now: datetime, found: Backtest) -> None:
    state = State()
    told: list[Event] = []
    for reading in readings:
        if not reading.is_complete:
            break
        judged = verdict(rule, reading)
        found.periods_judged += judged.judged
        found.periods_breached += judged.severity is not None
        state, events = step(state, reading, rule, now)
        for event in events:
            told.append(event)
            if event.kind == "resolved":
                found.incidents.append(
                    _incident(told, event.breached_period, event.peak_value, event.reading.period_start)
                )
                told = []
    if told and state.incident is not None:
        found.incidents.append(_incident(told, state.incident.breached_period, state.incident.peak_value, None))


def _incident(
    told: Sequence[Event], last_period: date, worst_value: float, resolved_period: date | None
) -> PastIncident:
    fired = told[0]
    is_critical = any(event.severity == "critical" for event in told)
    return PastIncident(
        segment_type=fired.series.segment_type,
        segment=fired.series.segment,
        severity="critical" if is_critical else "warn",
        first_period=fired.opened_period,
        last_period=last_period,
        fired_period=fired.reading.period_start,
        resolved_period=resolved_period,
        worst_value=worst_value,
    )
