"""The entities, and the columns of one with their meaning, their names in products, and the KPIs that need them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipelines.cli.console import counted
from pipelines.entities import Column, Entity

if TYPE_CHECKING:
    from pipelines.services.entity_guide import ColumnGuide, EntityGuide

_INDENT = 4
_MOST_NAMES = 2
_WIDEST = 100


def entities_table(guides: Iterable["EntityGuide"], sources: Mapping[str, Sequence[str]]) -> Table:
    """Returns a table with one line per entity, and the sources that fill it."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("entity", "what it is", "filled by"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "entity")
    table.add_column("KPIs", justify="right", no_wrap=True)
    for guide in guides:
        entity = guide.entity
        table.add_row(
            entity.name, Text(entity.description), Text(", ".join(sources.get(entity.name, ()))), str(len(guide.kpis))
        )
    return table


def entity_parts(guide: "EntityGuide", sources: Sequence[str] | None, *, width: int) -> Iterator[RenderableType]:
    """Yields an entity for a terminal of `width` characters: what a row is, then its columns.

    `sources` are those that fill it; None if that is not known.
    """
    entity = guide.entity
    right = max(0, width - _WIDEST)
    yield Padding(Text.assemble((entity.name, "bold"), f"  {entity.description}"), (0, right, 0, 0))
    yield from (Padding(Text(sentence), (0, right, 0, 0)) for sentence in conventions(entity))
    if sources is not None:
        yield Text(f"Filled by {', '.join(sources)}." if sources else "No source fills it.", style="dim")
    yield _kpis(f"{counted(len(guide.kpis), 'KPI')} from it", guide.kpis, indent=0, right=right)
    for column in guide.columns:
        yield Text()
        star = "*" if column.column.required else ""
        kind = f"  {kind_of(column)}, e.g. {column.column.example}"
        yield Padding(Text.assemble((column.column.name, "bold"), star, kind), (0, right, 0, 0))
        yield Padding(Text(column.column.description), (0, right, 0, _INDENT))
        if column.exports:
            yield Padding(Text(vendor_text(column.exports, _MOST_NAMES), style="cyan"), (0, right, 0, _INDENT))
        yield from _needs(column, guide, right)
    yield Text("\n* required")


def conventions(entity: Entity) -> Iterator[str]:
    """Yields what identifies a row of an entity, and what else holds for it, in sentences."""
    key = " and ".join(entity.key)
    latest = f"; of several, the one with the latest {entity.version} is kept" if entity.version else ""
    yield f"One row per {key} of a source{latest}."
    for names in entity.one_of:
        yield f"Each row has {' or '.join(names)}."


def kind_of(guide: "ColumnGuide") -> str:
    """Returns the type of a column with its unit, its lowest and its allowed values, in words."""
    column = guide.column
    unit = (
        f", in {column.unit}" if column.kind == "money" and column.unit else f" of {column.unit}" if column.unit else ""
    )
    lowest = f", {column.lowest} or more" if column.lowest is not None else ""
    allowed = f": {', '.join(column.allowed)}" if column.allowed else ""
    return f"{column.kind}{unit}{lowest}{allowed}"


def vendor_text(vendors: Mapping[str, Sequence[str]], most: int | None = None) -> str:
    """Returns the names in products, at most so many of each; products with the same names are given together."""
    products: dict[tuple[str, ...], list[str]] = {}
    for product, names in vendors.items():
        products.setdefault(tuple(names[:most]), []).append(product)
    return "; ".join(f"{', '.join(named)}: {', '.join(names)}" for names, named in products.items())


def is_of_every_kpi(names: Sequence[str], guide: "EntityGuide") -> bool:
    """Whether all KPIs from an entity are named, and not because there is one."""
    return len(guide.kpis) > 1 and set(names) == set(guide.kpis)


def entity_as_json(guide: "EntityGuide", sources: Sequence[str]) -> dict[str, object]:
    """Returns an entity with its columns as JSON values."""
    entity = guide.entity
    return {
        "name": entity.name,
        "description": entity.description,
        "key": entity.key,
        "latest_by": entity.version,
        "one_of": entity.one_of,
        "sources": sources,
        "kpis": guide.kpis,
        "columns": [_column_as_json(column) for column in guide.columns],
    }


def _column_as_json(guide: "ColumnGuide") -> dict[str, object]:
    column: Column = guide.column
    return {
        "name": column.name,
        "description": column.description,
        "required": column.required,
        "type": column.kind,
        "unit": column.unit,
        "lowest": column.lowest,
        "allowed": column.allowed,
        "example": column.example,
        "vendors": guide.vendors,
        "needed_by": guide.needed_by,
        "alternative_for": guide.alternative_for,
    }


def _needs(column: "ColumnGuide", guide: "EntityGuide", right: int) -> Iterator[Padding]:
    both = [*column.needed_by, *column.alternative_for]
    if column.column.required and is_of_every_kpi(both, guide):
        yield Padding(Text("KPIs: all of the above", style="dim"), (0, right, 0, _INDENT))
        return
    if column.needed_by:
        yield _kpis("needed by", column.needed_by, indent=_INDENT, right=right)
    if column.alternative_for:
        yield _kpis("needed by, unless other data replaces it", column.alternative_for, indent=_INDENT, right=right)


def _kpis(label: str, names: Sequence[str], *, indent: int, right: int) -> Padding:
    text = f"{label}: {', '.join(names)}" if names else label
    return Padding(Text(text, style="dim"), (0, right, 0, indent))
