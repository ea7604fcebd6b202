"""Values that are not the file's own: one of several in a cell, and what the settings' map has for one; as SQL."""

from pipelines.entities import Scoring
from pipelines.sources.files import cast
from pipelines.sources.files.cast import Notation
from pipelines.sources.files.constants import constant_sql, constant_type
from pipelines.sources.files.parts import Part
from pipelines.sources.files.reasons import shown
from pipelines.sources.files.sql import stripped
from pipelines.storage.sql import literal


def derived_type(part: Part, scoring: Scoring | None) -> str:
    """Returns the DuckDB type of what a map gives; of a part of a cell it is text."""
    value = part.source.value
    return "VARCHAR" if value is None or value.map is None else constant_type(part.column, scoring)


def taken(part: Part, *, spaces_only: bool) -> str:
    """Returns SQL for the text that is looked up: the whole cell, or the first or the last of the values in it."""
    text = cast.as_text(part.source_layer, cast.family(part.source.duckdb_type), spaces_only=spaces_only)
    value = part.source.value
    if value is None or value.split is None:
        return text
    # A value between two separators that has no character is none.
    values = f"list_transform(string_split({text}, {literal(value.split)}), lambda each: {stripped('each')})"
    filled = f"list_filter({values}, lambda each: each IS NOT NULL)"
    return f"list_extract({filled}, {1 if value.take == 'first' else -1})"


def derived(part: Part, scoring: Scoring | None, notation: Notation) -> str:
    """Returns SQL for the value: what the map has for the text, or its default; NULL for an empty cell."""
    value = part.source.value
    if value is None or value.map is None:
        return part.taken
    whens = " ".join(
        f"WHEN {_folded(text)} THEN {constant_sql(constant, part.column, scoring, notation)}"
        for text, constant in value.map.items()
    )
    otherwise = constant_sql(value.default, part.column, scoring, notation)
    return f"CASE WHEN {part.taken} IS NOT NULL THEN CASE lower({part.taken}) {whens} ELSE {otherwise} END END"


def unmapped(part: Part) -> str | None:
    """Returns SQL for whether a text is not in the map, never NULL; None if every text has a value."""
    value = part.source.value
    if value is None or value.map is None or value.has_default:
        return None
    return f"({part.taken} IS NOT NULL AND lower({part.taken}) NOT IN ({', '.join(map(_folded, value.map))}))"


def unmapped_reason(part: Part) -> str:
    """Returns SQL for why a row is rejected whose text is not in the map."""
    words = f" is not in the map of {part.column.name}; add it to `map`, or set `default`"
    return f"{shown(part.taken)} || {literal(words)}"


def _folded(text: str) -> str:
    # DuckDB folds both sides, because Python knows other pairs of letters.
    return f"lower({literal(text.strip())})"
