"""Versions of a rule: the same name with days of effect that do not overlap. The history of its series goes on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

import pandas as pd

from pipelines.kpis import Kpi, period_end
from pipelines.watch.mistake import Mistake
from pipelines.watch.reading import Series
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series
from pipelines.watch.state import Event, GapEvent, SeriesChange, State

# Late data may complete the last periods of a rule so long after they should have been.
_LATE = timedelta(days=31)
_SAME = ("kpi", "grain", "by")


def by_name(rules: Iterable[Rule]) -> Mapping[str, Sequence[Rule]]:
    """Returns the versions of each rule by its name, the earliest first."""
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        found.setdefault(rule.name, []).append(rule)
    return {name: sorted(versions, key=lambda version: version.first_day) for name, versions in found.items()}


def version_on(versions: Sequence[Rule], day: date) -> Rule:
    """Returns the version in effect on a day, else the last one before it, else the first one."""
    begun = [version for version in versions if version.first_day <= day]
    return begun[-1] if begun else versions[0]


def is_over(rule: Rule, kpi: Kpi, day: date) -> bool:
    """Whether every period of a rule has been evaluated by a day, or will not be any more."""
    if rule.last_day == date.max:
        return False
    complete = period_end(rule.grain, rule.last_day) + timedelta(days=kpi.maturity_days)
    return complete + _LATE < day


def evaluate_versions(
    versions: Sequence[tuple[Rule, Kpi]],
    readings: pd.DataFrame,
    states: Mapping[Series, State],
    now: datetime,
) -> list[SeriesChange]:
    """Evaluates what is new in the series of a rule, each period by the version in effect at its beginning.

    Args:
        versions: the versions of the rule, the earliest first, with the KPI that they watch.
        readings: as for `evaluate_series`.
        states: the states of the series so far.
        now: the moment of the evaluation, in the company's time zone.
    """
    if len(versions) == 1:
        [(rule, kpi)] = versions
        return evaluate_series(rule, kpi, readings, states, now)
    after: dict[Series, State] = dict(states)
    changes: dict[Series, SeriesChange] = {}
    replayed: set[Series] = set()
    for rule, kpi in versions:
        for change in evaluate_series(rule, kpi, readings, after, now, replayed):
            before = states.get(change.series)
            is_new = before is None or before.last_period is None
            earlier = changes[change.series].events if change.series in changes else ()
            events = (change.events or _still_open(change, earlier)) if is_new else (*earlier, *change.events)
            changes[change.series] = SeriesChange(change.series, before, change.after, events)
            after[change.series] = change.after
            if is_new and change.after.last_period is not None:
                replayed.add(change.series)
    return list(changes.values())


def _still_open(change: SeriesChange, earlier: tuple[Event | GapEvent, ...]) -> tuple[Event | GapEvent, ...]:
    """Returns the event of the replay by an earlier version, if the incident is still open."""
    incident = change.after.incident
    is_open = incident is not None and any(event.alert_id == incident.alert_id for event in earlier)
    return earlier if is_open else ()


def versioned_names(rules: Iterable[Rule]) -> frozenset[str]:
    """Returns the names of the rules that have several versions, each with its days."""
    found = by_name(rules)
    return frozenset(
        name for name, versions in found.items() if len(versions) > 1 and all(each.active for each in versions)
    )


def version_mistakes(rules: Sequence[Rule]) -> Iterator[tuple[int, Mistake]]:
    """Yields what does not fit between the versions of a rule, with the position of the one that comes later."""
    versioned = versioned_names(rules)
    positions: dict[str, list[int]] = {}
    for position, rule in enumerate(rules):
        if rule.name in versioned:
            positions.setdefault(rule.name, []).append(position)
    for of_name in positions.values():
        for position in of_name[1:]:
            yield from ((position, mistake) for mistake in _misfits(rules[position], rules[of_name[0]]))
        ordered = sorted(of_name, key=lambda position: rules[position].first_day)
        for earlier, later in pairwise(ordered):
            if rules[later].first_day <= rules[earlier].last_day:
                message = (
                    f"the days overlap with those of another version of {rules[later].name}: a period has one version"
                )
                yield max(earlier, later), Mistake(("active",), message)


def _misfits(rule: Rule, first: Rule) -> Iterator[Mistake]:
    """Yields what makes a rule watch other series, or other values of them, than the first of its name."""
    for key in _SAME:
        given, expected = getattr(rule, key), getattr(first, key)
        if given != expected:
            message = f"another version of {rule.name} has {key}: {expected or 'all'}; give this one a name of its own"
            yield Mistake((key,) if given else ("name",), message)
    if rule.condition.measures_kpi != first.condition.measures_kpi:
        message = f"another version of {rule.name} compares other values: give this one a name of its own"
        yield Mistake((rule.condition.key,), message)
