"""Backtest: replays rules over the history in the warehouse, as the watch evaluates it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from pipelines.kpis import Kpi
from pipelines.services.installation import Installation
from pipelines.services.missing_money import days_without_money
from pipelines.settings import Settings, watched_kpi
from pipelines.warehouse.readings import Selection, readings
from pipelines.warehouse.run_context import built_at
from pipelines.watch.backtest import Backtest, Comparison, compare, replay_versions
from pipelines.watch.rule import Rule
from pipelines.watch.versions import by_name
from pipelines.watch.withheld import withhold


@dataclass(frozen=True, slots=True)
class History:
    """The readings of series as the last build left them, and the moment of that build in the company's time zone."""

    readings: pd.DataFrame
    now: datetime

    @property
    def span(self) -> tuple[date | None, date | None]:
        """The first days of the first and of the last complete period; None without any."""
        complete = self.readings.loc[self.readings["is_complete"], "period_start"]
        return (None, None) if complete.empty else (complete.min().date(), complete.max().date())


def history_of(installation: Installation, selections: Sequence[Selection]) -> History:
    """Returns the readings of selections, without those that the watch withholds.

    Raises:
        WarehouseError: the KPI tables cannot be read, or another process is building them.
    """
    warehouse = installation.home.warehouse
    amounts = {name for name, kpi in installation.kpis().items() if kpi.unit == "currency"}
    found = withhold(readings(warehouse, selections), amounts, days_without_money(installation))
    built = built_at(warehouse) or installation.now()
    return History(found, built.astimezone(ZoneInfo(installation.settings().company.timezone)))


@dataclass(frozen=True, slots=True)
class ReplayedRule:
    """The versions of a rule, the earliest first, with what it compares with limits and what its replay found."""

    versions: tuple[Rule, ...]
    kpi: Kpi
    found: Backtest

    @property
    def rule(self) -> Rule:
        """The latest version."""
        return self.versions[-1]


def replay_rules(
    rules: Iterable[Rule],
    settings: Settings,
    kpis: Mapping[str, Kpi],
    history: History,
    *,
    first: date | None = None,
    last: date | None = None,
) -> list[ReplayedRule]:
    """Replays rules over a history, those of one name as versions of one; see `replay_versions`."""
    found = []
    for versions in by_name(rules).values():
        watched = [(version, watched_kpi(version, settings, kpis)) for version in versions]
        replayed = replay_versions(watched, history.readings, history.now, first=first, last=last)
        found.append(ReplayedRule(tuple(versions), watched[-1][1], replayed))
    return found


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A rule and another one that watches the same series, each with its replay, and how their alerts differ."""

    first: ReplayedRule
    second: ReplayedRule
    comparison: Comparison


def side_by_side(first: ReplayedRule, second: ReplayedRule) -> SideBySide:
    """Returns two replayed rules with the periods in which they would have had an open alert."""
    return SideBySide(first, second, compare(first.found, second.found, first.rule.grain))


def counterparts(rule: Rule, candidates: Iterable[Rule]) -> list[Sequence[Rule]]:
    """Returns the rules that a rule is compared with, each in its versions.

    It is the one of its name; without one, all that watch the same series.
    """
    names = by_name(candidates)
    if rule.name in names:
        return [names[rule.name]]
    return [versions for versions in names.values() if different_series(rule, versions[0]) is None]


def different_series(rule: Rule, other: Rule) -> str | None:
    """Returns the key by which two rules watch other series, so that their periods cannot be compared."""
    return next((key for key in ("kpi", "grain", "by") if getattr(rule, key) != getattr(other, key)), None)
