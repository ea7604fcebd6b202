"""The tables that are proposed for a file: by the shape of a known product, else by names and values."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipelines.entities import ENTITIES
from pipelines.sources.files.propose import value_words
from pipelines.sources.files.propose.currencies import currencies_of
from pipelines.sources.files.propose.fallbacks import complete
from pipelines.sources.files.propose.general import general_tables
from pipelines.sources.files.propose.model import (
    Finding,
    Option,
    Sample,
    Table,
    UnsuitableError,
    columns_of,
)
from pipelines.sources.files.propose.notation import notation_options
from pipelines.sources.files.propose.profile import profile_columns
from pipelines.sources.files.propose.resolve import Columns, index_columns, resolve_line
from pipelines.sources.files.propose.shapes import SHAPES, Shape
from pipelines.sources.files.propose.shapes.shape import Fill
from pipelines.sources.files.propose.text import folded
from pipelines.storage.sql import identifier

_FRENCH = frozenset(
    [
        "montant",
        "statut",
        "nom",
        "cree",
        "pays",
        "commande",
        "societe",
        "proprietaire",
        "prenom",
        "creation",
        "modification",
        "etape",
    ]
)


def propose(sample: Sample, path: str) -> Finding:
    """Returns what is proposed for a file, whose `path` in the settings is given.

    Raises:
        UnsuitableError: nothing can be proposed for it.
    """
    profiles = profile_columns(sample)
    columns = index_columns(profiles)
    shape = find_shape(columns, SHAPES)
    if shape is not None and shape.why_not:
        raise UnsuitableError(shape.why_not)
    if shape is not None:
        tables = [table for fill in shape.fills if (table := _filled(fill, shape, sample, columns)) is not None]
        source = shape.source
    else:
        source, tables = general_tables(sample, columns)
    if not tables:
        raise UnsuitableError(
            f"has no columns that an entity needs ({', '.join(sample.columns[:6])} …); write its table by hand,"
            " see docs/settings.md"
        )
    used = {name for table in tables for line in table.lines for name in columns_of(line.value)}
    unused = tuple(name for name in sample.columns if name not in used)
    tables = [replace(table, path=path, unused=unused if table is tables[-1] else ()) for table in tables]
    return Finding(
        file=sample.name,
        product=f"{shape.product} {shape.kind}" if shape is not None else None,
        tables=tuple(tables),
        source=source,
        currencies=currencies_of(tables, columns),
        cancelled=_cancelled(tables, columns),
        language="fr" if len(_words(sample) & _FRENCH) >= 2 else "en",
    )


def find_shape(columns: Columns, shapes: Sequence[Shape]) -> Shape | None:
    """Returns the product whose headers a file has; the one with most of them."""
    best: tuple[int, Shape] | None = None
    for shape in shapes:
        if not all(columns.has(each) for each in shape.must) or any(columns.has(each) for each in shape.never):
            continue
        found = sum(columns.has(mark) for mark in shape.marks)
        if found >= shape.least and (best is None or found > best[0]):
            best = found, shape
    return best[1] if best is not None else None


def _filled(fill: Fill, shape: Shape, sample: Sample, columns: Columns) -> Table | None:
    """The table of a product's shape; None if the file lacks what it needs."""
    if not all(columns.has(each) for each in fill.needs):
        return None
    entity = ENTITIES[fill.entity]
    resolved = [resolve_line(name, rules, entity, columns) for name, rules in fill.rules.items()]
    lines = [line for line in resolved if line is not None]
    lines, lacking = complete(entity, lines, columns, fill.add, sample, _deciding(fill, columns))
    order = {name: position for position, name in enumerate(entity.column_names)}
    lines.sort(key=lambda line: order[line.name])
    options = [*sample.options, *notation_options(lines, entity, sample, columns.profiles, shape.habit, shape.zone)]
    options += _conditions(fill, columns)
    notes = [fill.note] if fill.note else []
    return Table(fill.entity, "", tuple(lines), tuple(options), tuple(notes), lacking=tuple(lacking))


def _deciding(fill: Fill, columns: Columns) -> list[str]:
    """The columns of the file without which a row is no part of the table."""
    # Conditions such as `coalesce(…, '') <> 'deleted'` keep rows with an empty cell.
    conditions = [names for sql, names in fill.where if "<>" not in sql]
    found = [columns.find(each.split("|")) for names in conditions for each in names]
    return [profile.name for profile in found if profile is not None]


def _conditions(fill: Fill, columns: Columns) -> Iterator[Option]:
    parts = []
    for sql, names in fill.where:
        found = [columns.find(each.split("|")) for each in names]
        if all(found):
            parts.append(sql.format(*(identifier(profile.name) for profile in found if profile is not None)))
    if parts:
        yield Option("where", " and ".join(parts))


def _cancelled(tables: Sequence[Table], columns: Columns) -> tuple[str, ...]:
    """The statuses of orders that are no sales."""
    lines = [line for table in tables if table.entity == "order" for line in table.lines if line.name == "status"]
    names = [name for line in lines for name in columns_of(line.value)]
    return tuple(value_words.cancelled(word for name in names for word, _ in columns.profiles[name].words))


def _words(sample: Sample) -> set[str]:
    return {word for column in sample.columns for word in folded(column).split()}
