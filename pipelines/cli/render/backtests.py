"""Replays of rules over history."""

from collections.abc import Iterator, Mapping, Sequence
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
from pipelines.kpis.formatting import format_count, format_value
from pipelines.settings import Company
from pipelines.watch.backtest import Backtest, PastIncident
from pipelines.watch.rule import Rule

# A narrower terminal has no place for the table of the incidents, whose periods are never cut.
_TABLE_WIDTH = 110


def backtest_parts(
    rule: Rule, result: Backtest, company: Company, kpis: Mapping[str, Kpi], *, width: int
) -> Iterator[RenderableType]:
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
        yield _incidents_table(rule, result, company, kpis[rule.kpi])
    else:
        yield from (_lines(rule, incident, company, kpis[rule.kpi]) for incident in result.incidents)


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


def backtests_as_json(
    replays: Sequence[tuple[Rule, Backtest]], first: date | None, last: date | None
) -> dict[str, object]:
    """Returns the replays as one object; values are in the KPI's unit."""
    return {
        "from": first,
        "to": last,
        "rules": [
            {
                "rule": rule.name,
                "kpi": rule.kpi,
                "grain": rule.grain,
                "periods_judged": result.periods_evaluated,
                "periods_breached": result.periods_breached,
                "periods_without_data": result.periods_without_data,
                "periods_in_alert": result.periods_in_alert,
                "incidents": [asdict(incident) for incident in result.incidents],
            }
            for rule, result in replays
        ],
    }
