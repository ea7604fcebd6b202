"""Held rules: which of them wait for a source that fails, and the messages to those who own them."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from pipelines.ledger import Ledger
from pipelines.notify.compose import compose_held
from pipelines.services.installation import Installation
from pipelines.services.messages import company_facts, outbox_item
from pipelines.services.preview import entities_of
from pipelines.settings import OPERATORS, channels_of
from pipelines.watch.held import FailingSource, Hold, holds, overdue_period
from pipelines.watch.no_data import complete_periods
from pipelines.watch.rule import Rule


def held_rules(
    installation: Installation, ledger: Ledger, rules: Sequence[Rule], snapshot: pd.DataFrame, now: datetime
) -> list[Hold]:
    """Returns the rules of which a period should have been evaluated by now, but waits for a source that fails.

    Args:
        installation: the installation.
        ledger: has the failures of sources.
        rules: the rules in effect.
        snapshot: the readings of the rules, with those of their KPIs as a whole.
        now: the moment of the evaluation, aware.
    """
    failing = ledger.outages("source")
    settings, kpis = installation.settings(), installation.kpis()
    sources = [
        FailingSource(each.name, frozenset(entities_of(each)), failing[each.name].incident, failing[each.name].since)
        for each in settings.sources
        if each.name in failing
    ]
    if not sources:
        return []
    today = now.astimezone(ZoneInfo(settings.company.timezone)).date()
    overdue = [
        rule
        for rule in rules
        if overdue_period(rule, kpis[rule.kpi], complete_periods(rule, snapshot), today) is not None
    ]
    channels = channels_of(settings, installation.home.path)
    defaults = [name for name in channels if name != OPERATORS]
    return [hold for hold in holds(overdue, kpis, sources, defaults) if hold.channel in channels]


def report_held(installation: Installation, ledger: Ledger, found: list[Hold]) -> int:
    """Adds a message for each channel whose rules are held, once a failure; returns how many are new.

    The operators are informed of the source itself.
    """
    company, at = company_facts(installation.settings()), installation.wall_clock()
    return ledger.enqueue(
        [outbox_item(compose_held(hold, company), alert_id=None, at=at) for hold in found if hold.channel != OPERATORS]
    )
