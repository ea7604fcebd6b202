"""Replays of rules over history."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipelines.cli.render.values import SEVERITY_STYLES, write_period, write_value
from pipelines.kpis import Kpi
from pipelines.notify.sanitize import readable
from pipelines.settings import Company
from pipelines.watch.backtest import Backtest
from pipelines.watch.rule import Rule


def backtest_parts(rule: Rule, result: Backtest, company: Company, kpis: Mapping[str, Kpi]) -> Iterator[RenderableType]:
    """Yields a summary of the replay of a rule and, if it would have fired, a table of the incidents."""
    count = len(result.incidents)
    share = f" ({result.periods_breached / result.periods_evaluated:.1%})" if result.periods_evaluated else ""
    yield Text.assemble(
        (rule.name, "bold"),
        f": {count} incident{'' if count == 1 else 's'};"
        f" {result.periods_breached:,} of {result.periods_evaluated:,} periods breached{share}",
    )
    if result.incidents:
        yield _incidents_table(rule, result, company, kpis[rule.kpi])


def _incidents_table(rule: Rule, result: Backtest, company: Company, kpi: Kpi) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2))
    for heading in ("", "segment", "first breach", "last breach", "fired", "resolved", "worst value"):
        table.add_column(heading, justify="right" if heading == "worst value" else "left", overflow="fold")
    for incident in result.incidents:
        segment = f"{incident.segment_type} {readable(incident.segment)}"
        resolved = incident.resolved_period
        table.add_row(
            f"[{SEVERITY_STYLES[incident.severity]}]{incident.severity}[/]",
            "" if incident.segment_type == "all" else escape(segment),
            write_period(incident.first_period, rule.grain),
            write_period(incident.last_period, rule.grain),
            write_period(incident.fired_period, rule.grain),
            "open" if resolved is None else write_period(resolved, rule.grain),
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
                "incidents": [asdict(incident) for incident in result.incidents],
            }
            for rule, result in replays
        ],
    }
