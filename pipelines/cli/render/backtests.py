"""Replays of rules over history."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from typing import Literal

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipelines.cli.render.values import SEVERITY_STYLES, segment_text, write_period, write_value
from pipelines.cli.render.words import counted_words, word
from pipelines.kpis import Kpi
from pipelines.kpis.formatting import Language, format_count, format_value
from pipelines.services.backtest import ReplayedRule, SideBySide
from pipelines.settings import Company
from pipelines.watch.backtest import Backtest, PastIncident, Stretch
from pipelines.watch.rule import Rule

# A narrower terminal has no place for the table of the incidents, whose periods are never cut.
_TABLE_WIDTH = 110


def backtest_parts(rule: Rule, result: Backtest, company: Company, kpi: Kpi, *, width: int) -> Iterator[RenderableType]:
    """Yields a summary of the replay of a rule and, if it would have fired, the incidents, for `width` characters."""
    language = company.language
    breached, periods = result.periods_breached, result.periods_evaluated
    share = f" ({format_value(breached / periods, 'ratio', language, company.currency)})" if periods else ""
    of_all = word(
        "periods_breached",
        language,
        breached=format_count(breached, language),
        periods=format_count(periods, language),
    )
    without = result.periods_without_data
    missing = f", {counted_words(without, 'without_data', language)}" if without else ""
    incidents = counted_words(len(result.incidents), "incident", language)
    yield Text.assemble((rule.name, "bold"), f"{word('colon', language)}{incidents}, {of_all}{share}{missing}")
    if result.incidents and width >= _TABLE_WIDTH:
        yield _incidents_table(rule, result, company, kpi)
    else:
        yield from (_lines(rule, incident, company, kpi) for incident in result.incidents)


def _lines(rule: Rule, incident: PastIncident, company: Company, kpi: Kpi) -> RenderableType:
    """Returns an incident as two lines: where it was and how bad, and when."""
    language = company.language
    colon = word("colon", language)
    where = "" if incident.segment_type == "all" else segment_text(incident.segment_type, incident.segment, language)
    worst = f"{word('worst_value', language)}{colon}{write_value(kpi, incident.worst_value, company)}"
    resolved = incident.resolved_period
    moments = {
        "first_breach": write_period(incident.first_period, rule.grain),
        "last_breach": write_period(incident.last_period, rule.grain),
        "fired_in": write_period(incident.fired_period, rule.grain),
        "resolved_in": word("open", language) if resolved is None else write_period(resolved, rule.grain),
    }
    grid = Table(box=None, padding=(0, 2, 0, 2), show_header=False)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    severity = Text(word(f"severity_{incident.severity}", language), style=SEVERITY_STYLES[incident.severity])
    grid.add_row(severity, Text(", ".join(part for part in (where, worst) if part)))
    grid.add_row("", Text(", ".join(f"{word(key, language)} {moment}" for key, moment in moments.items())))
    return grid


def _incidents_table(rule: Rule, result: Backtest, company: Company, kpi: Kpi) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2))
    language = company.language
    table.add_column("", no_wrap=True)
    for heading in ("segment", "first_breach", "last_breach", "fired_in", "resolved_in", "worst_value"):
        justify: Literal["left", "right"] = "right" if heading == "worst_value" else "left"
        table.add_column(word(heading, language), justify=justify, overflow="fold", no_wrap=heading != "segment")
    for incident in result.incidents:
        segment = segment_text(incident.segment_type, incident.segment, language)
        resolved = incident.resolved_period
        table.add_row(
            f"[{SEVERITY_STYLES[incident.severity]}]{word(f'severity_{incident.severity}', language)}[/]",
            "" if incident.segment_type == "all" else escape(segment),
            write_period(incident.first_period, rule.grain),
            write_period(incident.last_period, rule.grain),
            write_period(incident.fired_period, rule.grain),
            word("open", language) if resolved is None else write_period(resolved, rule.grain),
            escape(write_value(kpi, incident.worst_value, company)),
        )
    return table


def comparison_parts(pair: SideBySide, company: Company, *, file: str | None) -> Iterator[RenderableType]:
    """Yields two rules side by side: their figures, and the periods in which one alone had an open alert.

    `file` is where the second rule is written; None if it is in the settings as the first.
    """
    language = company.language
    names = (pair.first.rule.name, pair.second.rule.name if file is None else f"{pair.second.rule.name} ({file})")
    only = (pair.comparison.only_in_first, pair.comparison.only_in_second)
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("", no_wrap=True)
    for name in names:
        table.add_column(escape(name), justify="right", overflow="fold")
    figures = zip(*(_figures(each.found, company) for each in (pair.first, pair.second)), strict=True)
    for (key, first), (_, second) in figures:
        table.add_row(word(key, language), first, second)
    alone = [sum(stretch.periods for stretch in stretches) for stretches in only]
    table.add_row(word("in_alert_alone", language), *(format_count(count, language) for count in alone))
    yield table
    both = word("in_alert_both", language, periods=format_count(pair.comparison.in_both, language))
    yield Text(both, style="dim")
    for name, stretches in zip(names, only, strict=True):
        if stretches:
            yield Text(word("alone", language, name=name), style="bold")
            yield from (Text(f"  {_stretch_text(stretch, pair.first.rule, language)}") for stretch in stretches)
    yield Text()


def _figures(result: Backtest, company: Company) -> Iterator[tuple[str, str]]:
    """Yields the figures of a replay with the keys of their words."""
    language, periods = company.language, result.periods_evaluated
    yield "incidents", format_count(len(result.incidents), language)
    critical = sum(incident.severity == "critical" for incident in result.incidents)
    yield "critical_incidents", format_count(critical, language)
    yield "periods_evaluated", format_count(periods, language)
    for key, count in (("breached", result.periods_breached), ("in_alert", result.periods_in_alert)):
        share = f" ({format_value(count / periods, 'ratio', language, company.currency)})" if periods else ""
        yield key, format_count(count, language) + share


def _stretch_text(stretch: Stretch, rule: Rule, language: Language) -> str:
    first, last = (write_period(period, rule.grain) for period in (stretch.first_period, stretch.last_period))
    when = first if stretch.periods == 1 else f"{first} \u2013 {last}"
    if stretch.segment_type == "all":
        return when
    return f"{segment_text(stretch.segment_type, stretch.segment, language)}{word('colon', language)}{when}"


def backtests_as_json(
    replays: Sequence[ReplayedRule], first: date | None, last: date | None, compared: Sequence[SideBySide] = ()
) -> dict[str, object]:
    """Returns replays, and comparisons if there are any, as one object; values are in the KPI's unit."""
    found: dict[str, object] = {"from": first, "to": last, "rules": [_record(each) for each in replays]}
    if compared:
        found["against"] = [_record(pair.second) for pair in compared]
        found["comparisons"] = [
            {
                "rule": pair.first.rule.name,
                "against": pair.second.rule.name,
                "in_both": pair.comparison.in_both,
                "only_in_rule": [stretch._asdict() for stretch in pair.comparison.only_in_first],
                "only_in_against": [stretch._asdict() for stretch in pair.comparison.only_in_second],
            }
            for pair in compared
        ]
    return found


def _record(replayed: ReplayedRule) -> dict[str, object]:
    rule, result = replayed.rule, replayed.found
    return {
        "rule": rule.name,
        "kpi": rule.kpi,
        "grain": rule.grain,
        "periods_judged": result.periods_evaluated,
        "periods_breached": result.periods_breached,
        "periods_without_data": result.periods_without_data,
        "periods_in_alert": result.periods_in_alert,
        "incidents": [asdict(incident) for incident in result.incidents],
    }
