"""Replays of rules over history."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.cli.render.values import SEVERITY_STYLES, short_period, written
from pipelines.kpis import Kpi
from pipelines.notify.sanitize import readable
from pipelines.settings import Company
from pipelines.watch.backtest import Backtest
from pipelines.watch.rule import Rule


def show_backtests(
    replays: Sequence[tuple[Rule, Backtest]], company: Company, kpis: Mapping[str, Kpi], out: Console
) -> None:
    """Prints the incidents that rules would have found in the past, a line each."""
    for rule, found in replays:
        share = f" ({found.periods_breached / found.periods_judged:.1%})" if found.periods_judged else ""
        out.print(
            f"[bold]{escape(rule.name)}[/]: {len(found.incidents)} incident{'' if len(found.incidents) == 1 else 's'};"
            f" {found.periods_breached:,} of {found.periods_judged:,} periods breached{share}",
            highlight=False,
        )
        if not found.incidents:
            continue
        table = Table(box=None, padding=(0, 2, 0, 2))
        for heading in ("", "segment", "first", "last", "told after", "over after", "worst"):
            table.add_column(heading, justify="right" if heading == "worst" else "left", overflow="fold")
        for incident in found.incidents:
            over = incident.resolved_period
            table.add_row(
                f"[{SEVERITY_STYLES[incident.severity]}]{incident.severity}[/]",
                ""
                if incident.segment_type == "all"
                else escape(f"{incident.segment_type} {readable(incident.segment)}"),
                short_period(incident.first_period, rule.grain),
                short_period(incident.last_period, rule.grain),
                short_period(incident.fired_period, rule.grain),
                "open" if over is None else short_period(over, rule.grain),
                escape(written(kpis[rule.kpi], incident.worst_value, company)),
            )
        out.print(table)


def backtests_as_json(
    replays: Sequence[tuple[Rule, Backtest]], first: date | None, last: date | None
) -> dict[str, object]:
    """The same as one object; days as ISO 8601, values in the KPI's unit."""
    return {
        "from": first,
        "to": last,
        "rules": [
            {
                "rule": rule.name,
                "kpi": rule.kpi,
                "grain": rule.grain,
                "periods_judged": found.periods_judged,
                "periods_breached": found.periods_breached,
                "incidents": [asdict(incident) for incident in found.incidents],
            }
            for rule, found in replays
        ],
    }
