"""Held rules: their KPIs wait for a source that fails, so that nothing fires or resolves on half of the data.

A period is complete only when the sources of its KPI have been loaded since it ended. While one of them fails, later
periods wait; a rule is held from the moment at which such a period should have been evaluated.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pipelines.kpis import Kpi, next_period, period_of, previous_period
from pipelines.watch.no_data import Periods
from pipelines.watch.rule import Rule


@dataclass(frozen=True, slots=True)
class FailingSource:
    """A source that fails since a moment (aware); `incident` names that failure and no other one."""

    name: str
    entities: frozenset[str]
    incident: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """The rules of a channel that wait for a source."""

    source: FailingSource
    channel: str
    rules: tuple[str, ...]


def overdue_period(rule: Rule, kpi: Kpi, complete: Periods, today: date) -> date | None:
    """Returns the first period that should have been evaluated by now and is not complete; None if there is none.

    Args:
        rule: the rule.
        kpi: the KPI that it watches.
        complete: the complete periods of the KPI, in order.
        today: the day of the evaluation in the company's time zone.
    """
    if complete.size == 0:
        return None
    expected = previous_period(rule.grain, period_of(rule.grain, today - timedelta(days=kpi.maturity_days)))
    last: date = complete[-1].item()
    return next_period(rule.grain, last) if last < expected else None


def waits_for(kpi: Kpi, source: FailingSource) -> bool:
    """Whether a source fills an entity that a KPI is computed from."""
    return any(each.entity in source.entities for need in kpi.needs for each in need.inputs)


def holds(
    overdue: Iterable[Rule], kpis: Mapping[str, Kpi], sources: Iterable[FailingSource], default_channels: Iterable[str]
) -> list[Hold]:
    """Returns which channels have rules that wait for which source.

    Args:
        overdue: the rules of which a period should have been evaluated by now.
        kpis: the catalogue by name.
        sources: the sources that fail.
        default_channels: the channels of rules that name none.
    """
    overdue, defaults = list(overdue), tuple(default_channels)
    found = []
    for source in sources:
        by_channel: dict[str, list[str]] = {}
        for rule in overdue:
            if waits_for(kpis[rule.kpi], source):
                for channel in rule.notify or defaults:
                    by_channel.setdefault(channel, []).append(rule.name)
        found += [Hold(source, channel, tuple(rules)) for channel, rules in by_channel.items()]
    return found
