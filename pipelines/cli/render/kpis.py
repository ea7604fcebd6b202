"""KPIs: the catalogue, one definition, last values."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.cli.render.values import NOTHING, written
from pipelines.kpis import Kpi
from pipelines.settings import Company
from pipelines.watch.reading import Reading


def show_catalogue(kpis: Iterable[Kpi], out: Console) -> None:
    """Every KPI, a line each."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("KPI", "label", "family", "unit", "better", "formula"):
        table.add_column(heading, overflow="fold")
    for known in kpis:
        table.add_row(known.name, known.label_en, known.family, known.unit, known.direction, escape(known.formula))
    out.print(table)


def show_definition(kpi: Kpi, out: Console) -> None:
    """What a KPI means and how it is computed."""
    out.print(f"[bold]{escape(kpi.label_en)}[/] ({escape(kpi.label_fr)})")
    out.print(kpi.description, markup=False, highlight=False)
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_row("formula", escape(kpi.formula))
    table.add_row("unit", kpi.unit)
    table.add_row("better", kpi.direction)
    table.add_row("segments", ", ".join(kpi.segments) or "none")
    table.add_row("complete", "at the period's end" if not kpi.maturity_days else f"{kpi.maturity_days} days later")
    table.add_row("source", f"{escape(kpi.source)} [dim](docs/kpis.md names the documents)[/]")
    out.print(table)


def show_values(kpi: Kpi, readings: Sequence[Reading], company: Company, out: Console, *, last: int = 12) -> None:
    """The last monthly values of a KPI."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("month", "value", "n", "95 % interval", ""):
        table.add_column(heading, justify="left" if heading == "month" else "right")
    for reading in readings[-last:]:
        low, high = written(kpi, reading.ci_low, company), written(kpi, reading.ci_high, company)
        table.add_row(
            f"{reading.period_start:%Y-%m}",
            escape(written(kpi, reading.value, company)),
            f"{reading.sample_size:,}" if reading.sample_size is not None else NOTHING,
            "" if reading.ci_low is None else f"{low} to {high}",
            "" if reading.is_complete else "[dim]not complete[/]",
        )
    out.print(table)
