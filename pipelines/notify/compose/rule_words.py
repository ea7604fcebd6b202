"""What a rule fires on, where the values of a message do not show it."""

from collections.abc import Sequence

from pipelines.kpis import Kpi
from pipelines.kpis.formatting import ValueFormat, format_change, format_period_count
from pipelines.notify.compose.parts import CompanyFacts
from pipelines.notify.message import Block, Fact
from pipelines.notify.translations import TRANSLATIONS
from pipelines.watch.baseline import RUN
from pipelines.watch.conditions.change import Change
from pipelines.watch.difference import Difference
from pipelines.watch.normal import Normal
from pipelines.watch.rule import Rule
from pipelines.watch.state import Event


def rule_fact(event: Event, rule: Rule, kpi: Kpi, normal: Normal | None, company: CompanyFacts) -> Sequence[Block]:
    """Returns which change a rule on changes fires on, and which values count for one on the usual range."""
    texts, grain, condition = TRANSLATIONS[company.language], event.reading.grain, rule.condition
    if normal is not None and normal.is_run:
        run = format_period_count(RUN, grain, company.language)
        return [Fact(label=texts.rule, value=texts.run.format(duration=run))]
    # An incident may be one of an earlier version of the rule.
    if not isinstance(condition, Change) or event.condition != condition.wording:
        return []
    steps = condition.drop if event.side == "below" else condition.rise
    step = None if steps is None else steps.by_severity.get(event.severity)
    if step is None:
        return []
    since = texts.before[grain] if condition.from_ == "previous" else texts.year_before[grain]
    words = texts.allowed_drop if event.side == "below" else texts.allowed_rise
    return [Fact(label=texts.rule, value=words.format(step=_written(step, kpi, company), since=since))]


def _written(step: Difference, kpi: Kpi, company: CompanyFacts) -> str:
    """Returns a difference as the operator wrote it."""
    if step.form == "points":
        return format_change(step, "ratio", company.language, company.currency).lstrip("+")
    unit = "ratio" if step.form == "relative" else kpi.shown_unit
    return ValueFormat.for_values(unit, company.language, company.currency, [step]).format_threshold(step)
