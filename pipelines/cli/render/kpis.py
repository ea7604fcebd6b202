"""The KPI catalogue, the definition of one KPI, and its last values."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipelines.cli.render.values import NO_VALUE, write_value
from pipelines.kpis import Kpi
from pipelines.services.no_values import Reason
from pipelines.settings import Company
from pipelines.watch.reading import Reading

LAST_VALUES = 12


def catalogue_table(kpis: Iterable[Kpi]) -> Table:
    """Returns a table with one line per KPI."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("KPI", "label", "family", "unit", "better", "formula"):
        table.add_column(heading, overflow="fold")
    for kpi in kpis:
        table.add_row(kpi.name, kpi.label_en, kpi.family, kpi.unit, kpi.direction, escape(kpi.formula))
    return table


def definition(kpi: Kpi) -> Iterator[RenderableType]:
    """Yields the definition of a KPI: its labels, its description, and a table of its properties."""
    yield Text.assemble((kpi.label_en, "bold"), f" ({kpi.label_fr})")
    yield Text(kpi.description)
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_row("formula", escape(kpi.formula))
    table.add_row("unit", kpi.unit)
    table.add_row("better", kpi.direction)
    table.add_row("segments", ", ".join(kpi.segments) or "none")
    table.add_row("complete", f"{kpi.maturity_days} days later" if kpi.maturity_days else "at the end of the period")
    for number, need in enumerate(kpi.needs):
        table.add_row("" if number else "needs", str(need))
    table.add_row("source", f"{escape(kpi.source)} [dim](docs/kpis.md lists the documents)[/]")
    yield table


def no_values_parts(reasons: Sequence[Reason]) -> Iterator[Text]:
    """Yields why a KPI has no values."""
    yield Text("\nNo values:", style="yellow")
    yield from (Text(f"- {reason.text}") for reason in reasons)


def reason_as_json(reason: Reason) -> dict[str, object]:
    """Returns why a KPI has no values as JSON values."""
    return {"cause": reason.cause, "missing": list(map(str, reason.missing)), "text": reason.text}


def kpi_as_json(kpi: Kpi) -> dict[str, object]:
    """Returns the definition of a KPI as JSON values; `needs` has alternatives for each need."""
    return {
        "name": kpi.name,
        "label_en": kpi.label_en,
        "label_fr": kpi.label_fr,
        "family": kpi.family,
        "description": kpi.description,
        "formula": kpi.formula,
        "unit": kpi.unit,
        "direction": kpi.direction,
        "source": kpi.source,
        "maturity_days": kpi.maturity_days,
        "is_additive": kpi.is_additive,
        "segments": kpi.segments,
        "parameters": [parameter._asdict() for parameter in kpi.parameters],
        "needs": [[list(map(str, alternative)) for alternative in need.alternatives] for need in kpi.needs],
    }


def values_table(kpi: Kpi, readings: Sequence[Reading], company: Company) -> Table:
    """Returns a table of the last monthly values of a KPI."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("month", "value", "n", "95 % interval", ""):
        table.add_column(heading, justify="left" if heading == "month" else "right")
    for reading in readings[-LAST_VALUES:]:
        low, high = write_value(kpi, reading.ci_low, company), write_value(kpi, reading.ci_high, company)
        table.add_row(
            f"{reading.period_start:%Y-%m}",
            "[dim]no data[/]" if reading.value is None else escape(write_value(kpi, reading.value, company)),
            f"{reading.sample_size:,}" if reading.sample_size is not None else NO_VALUE,
            "" if reading.ci_low is None else f"{low} to {high}",
            "" if reading.is_complete else "[dim]not complete[/]",
        )
    return table
