"""The JSON Schema of the settings, with the columns of the entities, so that editors complete and explain them."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.config import json_schema
from pipelines.kpis import Kpi
from pipelines.services.entity_guide import ColumnGuide, EntityGuide, entity_guides
from pipelines.settings import settings_model

# The model of a table of extracts: what `entity` says decides what `columns` may have.
_TABLE = "ExtractTable"
_MOST_KPIS = 4


def settings_schema(kpis: Mapping[str, Kpi]) -> dict[str, Any]:
    """Returns the JSON Schema of settings files for a catalogue of KPIs."""
    schema = json_schema(settings_model(kpis))
    guides = entity_guides(kpis.values())
    schema["$defs"][_TABLE]["allOf"] = [_condition(name, guide) for name, guide in guides.items()]
    return schema


def _condition(name: str, guide: EntityGuide) -> dict[str, Any]:
    """Returns that a table of an entity has columns of this entity, and those that each row needs."""
    columns: dict[str, Any] = {
        "properties": {column.column.name: {"description": describe(column)} for column in guide.columns},
        "additionalProperties": False,
        "required": [column.column.name for column in guide.columns if column.column.required],
    }
    if guide.entity.one_of:
        columns["allOf"] = [{"anyOf": [{"required": [each]} for each in names]} for names in guide.entity.one_of]
    return {
        "if": {"properties": {"entity": {"const": name}}, "required": ["entity"]},
        "then": {"properties": {"columns": columns}},
    }


def describe(guide: ColumnGuide) -> str:
    """Returns what an editor shows beside a column: meaning, type, example, names in products, KPIs."""
    column = guide.column
    parts = [column.description, f"{_kind(guide)}, e.g. {column.example}."]
    names = [f"{product} {each[0]}" for product, each in guide.exports.items()]
    if names:
        parts.append(f"In exports: {', '.join(names)}.")
    if guide.needed_by and not column.required:
        parts.append(f"Needed by {_first(guide.needed_by)}.")
    if guide.alternative_for and not column.required:
        parts.append(f"Needed, unless other data replaces it, by {_first(guide.alternative_for)}.")
    return " ".join(parts)


def _first(names: Sequence[str]) -> str:
    more = len(names) - _MOST_KPIS
    return f"{', '.join(names[:_MOST_KPIS])}{f' and {more} more' if more > 0 else ''}"


def _kind(guide: ColumnGuide) -> str:
    column = guide.column
    unit = f" ({column.unit})" if column.unit else ""
    lowest = f", {column.lowest} or more" if column.lowest is not None else ""
    allowed = f": {', '.join(column.allowed)}" if column.allowed else ""
    return f"{column.kind.capitalize()}{unit}{lowest}{allowed}"
