"""How the dates, numbers and empty cells of a table are written, as options of its settings."""

import re
from collections.abc import Iterator, Mapping, Sequence

from pipelines.entities import Entity
from pipelines.sources.files.propose import dates, numbers
from pipelines.sources.files.propose.dates import Order, OrderFound
from pipelines.sources.files.propose.matching import name_score
from pipelines.sources.files.propose.model import (
    SURE,
    Expression,
    FromColumn,
    Line,
    Mapped,
    Option,
    Remark,
    Sample,
    columns_of,
    edit,
    likely,
)
from pipelines.sources.files.propose.profile import Profile
from pipelines.sources.files.propose.text import folded, shown
from pipelines.sources.files.propose.values import cleaned_numbers

_IN_BRACKETS = re.compile(r"\(([A-Za-z]+/[A-Za-z_]+(?:/[A-Za-z_]+)?|UTC|GMT)\)")
_MOST_NULLS = 12
_NOT_ENGLISH = frozenset(
    [
        "montant",
        "statut",
        "nom",
        "cree",
        "pays",
        "commande",
        "betrag",
        "kunde",
        "erstellt",
        "am",
        "datum",
        "land",
        "fecha",
        "importe",
        "estado",
        "cliente",
        "creacion",
        "importo",
        "stato",
        "ordine",
        "valor",
        "criacao",
        "prenom",
        "telefone",
        "creado",
        "bestellung",
    ]
)


def notation_options(
    lines: Sequence[Line],
    entity: Entity,
    sample: Sample,
    profiles: Mapping[str, Profile],
    habit: Order | None,
    zone: str,
) -> Iterator[Option]:
    """Yields the options that the columns of a table need: `datetime_format`, `timezone`, marks and `null_values`."""
    dated = [profile for profile in profiles.values() if profile.is_date]
    order = dates.find_order((value for profile in dated for value in profile.values), habit, prefers_day_first(sample))
    moments = _values_of(lines, entity, profiles, ("timestamp", "date"))
    if not all(sample.types[profile.position] != "VARCHAR" for profile in moments):
        yield from _formats(moments, order)
    yield from _zone(moments, zone)
    yield from _marks(lines, entity, sample, profiles)
    yield from _nulls(lines, profiles)
    yield from _latest(lines, entity, profiles)


def prefers_day_first(sample: Sample) -> bool:
    """Returns whether the headers or the delimiter are those of a language that writes the day first."""
    words = {word for column in sample.columns for word in folded(column).split()}
    return sample.delimiter == ";" or bool(words & _NOT_ENGLISH)


def _values_of(
    lines: Sequence[Line], entity: Entity, profiles: Mapping[str, Profile], kinds: Sequence[str]
) -> list[Profile]:
    names: list[str] = []
    for line in lines:
        if entity.column(line.name).kind in kinds and not isinstance(line.value, Mapped):
            names += [name for name in columns_of(line.value) if name not in names]
    return [profiles[name] for name in names]


def _formats(moments: Sequence[Profile], order: OrderFound) -> Iterator[Option]:
    values = [value for profile in moments if profile.is_date for value in profile.values]
    found = dates.formats_of(values, order.order)
    if not found:
        return
    has_open = any(written.first for written in map(dates.written, values) if written is not None)
    value: object = found[0] if len(found) == 1 else list(found)
    if not has_open:
        yield Option("datetime_format", value)
    elif order.is_mixed:
        yield Option("datetime_format", value, edit("day and month come in both orders; export the dates as ISO 8601"))
    elif order.is_open:
        other: Order = "month first" if order.order == "day first" else "day first"
        instead = dates.formats_of(values, other)[0]
        yield Option("datetime_format", value, edit(f"{order.order} here; if the month and day are swapped: {instead}"))
    else:
        remark = SURE if "is in the file" in order.reason else likely(order.reason)
        yield Option("datetime_format", value, Remark(remark.confidence, f"{order.order}: {order.reason}"))


def _zone(moments: Sequence[Profile], zone: str) -> Iterator[Option]:
    named = next((found[1] for profile in moments if (found := _IN_BRACKETS.search(profile.name))), None)
    if named is not None:
        yield Option("timezone", "UTC" if named == "GMT" else named, Remark(SURE.confidence, "the header says so"))
        return
    values = [value for profile in moments for value in profile.values[:200]]
    written = [found for found in map(dates.written, values) if found is not None]
    has_local = any(not found.has_offset and ("%H" in found.template or "%I" in found.template) for found in written)
    if zone.startswith("="):
        yield Option("timezone", zone[1:].partition(" ")[0], likely(zone.partition(" ")[2]))
    elif has_local or (zone and not written):
        # Without an offset, times are in the time zone of the company.
        yield Option(
            "timezone", None, likely(zone or "times have no offset; if they are not the company's, name theirs")
        )


def _marks(lines: Sequence[Line], entity: Entity, sample: Sample, profiles: Mapping[str, Profile]) -> Iterator[Option]:
    found: list[str] = []
    whole: set[str] = set()
    for line in lines:
        kind = entity.column(line.name).kind
        if kind not in ("money", "number", "integer") or isinstance(line.value, Mapped):
            continue
        for name in columns_of(line.value):
            if sample.types[profiles[name].position] == "VARCHAR" and _is_plain(line):
                cells = cleaned_numbers(line.value, profiles[name])
                found += cells
                if kind == "integer":
                    whole.update(cells)
    marks = numbers.find_marks(found, sample.delimiter == ";", whole)
    remark = SURE
    if marks.is_open:
        other = "1 and a fraction" if marks.thousands else "a thousand"
        remark = edit(f"{shown(marks.example, 20)} could also be {other}")
    if marks.decimal != "." or (marks.is_open and not marks.thousands):
        yield Option("decimal", marks.decimal, remark)
    if marks.thousands is not None:
        yield Option("thousands", marks.thousands, remark)


def _is_plain(line: Line) -> bool:
    return not isinstance(line.value, Expression) or line.value.is_number


def _nulls(lines: Sequence[Line], profiles: Mapping[str, Profile]) -> Iterator[Option]:
    words: list[str] = []
    for line in lines:
        for name in columns_of(line.value):
            words += [word for word in profiles[name].nothing if word not in words]
    if words:
        yield Option("null_values", ["", *words[:_MOST_NULLS]])


def _latest(lines: Sequence[Line], entity: Entity, profiles: Mapping[str, Profile]) -> Iterator[Option]:
    """Of several rows with one key the latest counts, by the file's date of the last change."""
    key = next(
        (line.value.column for line in lines if (line.name,) == entity.key and isinstance(line.value, FromColumn)), None
    )
    is_versioned = any(line.name == entity.version for line in lines)
    if key is None or is_versioned or profiles[key].distinct == profiles[key].filled:
        return
    for profile in profiles.values():
        if profile.is_date and profile.filled and name_score(profile.name, "ticket", "updated_at") >= 0.9:
            yield Option("keep_latest_by", profile.name, likely("some rows have the same key"))
            return
