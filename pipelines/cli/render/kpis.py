"""The KPI catalogue, the definition of one KPI, and its last values."""

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipelines.cli.render.values import NO_VALUE, write_interval, write_period, write_value
from pipelines.cli.render.words import counted_words, word
from pipelines.kpis import Kpi
from pipelines.kpis.dimensions import dimension_label, family_label, unknown_label
from pipelines.kpis.formatting import Language, format_count
from pipelines.notify.sanitize import readable
from pipelines.services.no_values import Reason
from pipelines.settings import Company
from pipelines.warehouse.revisions import RevisedValue
from pipelines.warehouse.sales import KindOfSale
from pipelines.watch.reading import Reading

_MOST_REVISIONS = 12
_LONGEST_SEGMENT = 40

# A narrower terminal, in characters, has no place for the formulas.
_WIDE_CATALOGUE = 130
_INDENT = (0, 0, 0, 2)


def catalogue_table(kpis: Iterable[Kpi], language: Language, *, width: int) -> Table:
    """Returns a table with one line per KPI, family by family, for a terminal of `width` characters."""
    columns = ["kpi", "label", "unit", "direction", *(["formula"] if width >= _WIDE_CATALOGUE else [])]
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in columns:
        # The name is there to be copied, so it is never broken.
        table.add_column(word(name, language), no_wrap=name not in {"label", "formula"})
    family = None
    for kpi in kpis:
        if kpi.family != family:
            family = kpi.family
            table.add_row(f"[bold]{family_label(family, language)}[/]")
        cells: dict[str, str | Padding] = {
            "kpi": Padding(kpi.name, _INDENT),
            "label": escape(kpi.label(language)),
            "unit": word(f"unit_{kpi.shown_unit}", language),
            "direction": word(f"direction_{kpi.direction}", language),
            "formula": escape(kpi.formula_in(language)),
        }
        table.add_row(*(cells[name] for name in columns))
    return table


def definition(kpi: Kpi, language: Language, sales: KindOfSale | None = None) -> Iterator[RenderableType]:
    """Yields the definition of a KPI: its label, its description, and a table of its properties.

    Segments and needs have the names that settings have. `sales` is the kind of sale that it is made of, if it is
    one of revenue and the tables are built.
    """
    yield Text.assemble((kpi.label(language), "bold"), f" ({kpi.name})")
    yield Text(kpi.description_in(language))
    days = kpi.maturity_days
    rows = {
        "formula": escape(kpi.formula_in(language)),
        "unit": word(f"unit_{kpi.shown_unit}", language),
        "direction": word(f"direction_{kpi.direction}", language),
        "segments": ", ".join(kpi.segments) or word("none", language),
        **({} if kpi.no_drivers is None else {"drivers": word(f"no_drivers_{kpi.no_drivers}", language)}),
        "complete": counted_words(days, "days_later", language) if days else word("at_its_end", language),
        "needs": "\n".join(
            [
                *(_need_text(str(need), language) for need in kpi.needs),
                *(word("needs_setting", language, name=key) for key in kpi.needs_settings),
            ]
        ),
        **({"caveat": escape(kpi.caveat_in(language))} if kpi.caveat else {}),
        **({"made_of": word(f"sales_{sales}", language)} if sales is not None else {}),
        "source": f"{escape(kpi.source)} [dim]({word('documents', language)})[/]",
    }
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for key, cell in rows.items():
        table.add_row(word(key, language), cell)
    yield table


def _need_text(need: str, language: Language) -> str:
    """Returns a need with its conjunctions in a language; names have no blanks."""
    return need.replace(" or ", word("or", language)).replace(" and ", word("and", language))


def no_values_parts(reasons: Sequence[Reason], language: Language) -> Iterator[Text]:
    """Yields why a KPI has no values."""
    yield Text(f"\n{word('why_no_values', language)}", style="yellow")
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
        "unit_label": word(f"unit_{kpi.shown_unit}", "en"),
        "direction": kpi.direction,
        "source": kpi.source,
        "maturity_days": kpi.maturity_days,
        "is_additive": kpi.is_additive,
        "segments": kpi.segments,
        "no_drivers": kpi.no_drivers,
        "parameters": [parameter._asdict() for parameter in kpi.parameters],
        "needs": [[list(map(str, alternative)) for alternative in need.alternatives] for need in kpi.needs],
        "needs_settings": kpi.needs_settings,
        "needs_words": {str(column): each for column, each in kpi.needs_words},
        "needs_months": kpi.needs_months,
        "caveat": kpi.caveat,
    }


def values_table(kpi: Kpi, readings: Sequence[Reading], company: Company) -> Table:
    """Returns a table of values of a KPI, all of one grain; with their segments, if they are not of the whole."""
    language = company.language
    table = Table(box=None, padding=(0, 2, 0, 0))
    is_whole = all(reading.segment_type == "all" for reading in readings)
    table.add_column(word(readings[0].grain, language))
    if not is_whole:
        table.add_column(dimension_label(readings[0].segment_type, language))
    for key in ("value", "sample", "interval"):
        table.add_column(word(key, language), justify="right")
    table.add_column("", justify="right")
    for reading in readings:
        value = None if reading.value is None else escape(write_value(kpi, reading.value, company))
        segment = [] if is_whole else [escape(_segment_name(reading, language))]
        table.add_row(
            write_period(reading.period_start, reading.grain),
            *segment,
            value or f"[dim]{word('no_data', language)}[/]",
            NO_VALUE if reading.sample_size is None else format_count(reading.sample_size, language),
            write_interval(kpi, reading.ci_low, reading.ci_high, company),
            "" if reading.is_complete else f"[dim]{word('not_complete', language)}[/]",
        )
    return table


def _segment_name(reading: Reading, language: Language) -> str:
    if reading.segment == "unknown":
        return unknown_label(reading.segment_type, language)
    return readable(reading.segment, _LONGEST_SEGMENT)


def revisions_table(kpi: Kpi, revised: Sequence[RevisedValue], company: Company) -> Table:
    """Returns a table of the complete months that were revised last, the latest revision at its end."""
    table = Table(box=None, padding=(0, 2, 0, 0), title="Revised after the month was complete", title_justify="left")
    for heading in ("month", "revised", "from", "to"):
        table.add_column(heading, justify="left" if heading in ("month", "revised") else "right")
    for each in sorted(revised, key=lambda found: found.revised_at)[-_MOST_REVISIONS:]:
        before, after = (
            "[dim]no value[/]" if value is None else escape(write_value(kpi, value, company))
            for value in (each.before, each.after)
        )
        moment = each.revised_at.astimezone(ZoneInfo(company.timezone))
        table.add_row(f"{each.period_start:%Y-%m}", f"{moment:%Y-%m-%d %H:%M}", before, after)
    return table
