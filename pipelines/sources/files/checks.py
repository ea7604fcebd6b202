"""Checks of rows: which rows are rejected, for which column, and the reason in words."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipelines.entities import Entity, Scoring
from pipelines.sources.files.cast import Notation
from pipelines.sources.files.formats.cells import Cells
from pipelines.sources.files.parts import Part, final_value
from pipelines.sources.files.reasons import cells_in_words, evaluation_error, rejection, shown
from pipelines.sources.files.sql import stripped
from pipelines.storage.sql import literal

# What `_bad` holds for rows without content, and for records that were rejected before they became rows.
BLANK = "blank"
REJECTED = "rejected"


class Check(NamedTuple):
    """What rejects a row: a condition that is never NULL, the column, and SQL for the value and the reason."""

    condition: str
    column: str
    value: str
    reason: str


def checks_of(entity: Entity, parts: Mapping[str, Part], notation: Notation) -> list[Check]:
    """Returns the checks of an entity's rows: types, allowed values, required columns, groups and scales."""
    checks: list[Check] = []
    for part in parts.values():
        checks += _checks_of_part(part, notation)
    checks += [_none_of(group, parts) for group in entity.one_of]
    if entity.scoring is not None:
        checks.append(_off_scale(entity, entity.scoring, parts))
    return checks


def bad_rows(checks: Sequence[Check], cells: Cells, raw: Sequence[str], fault: str) -> str:
    """Returns SQL for the column `_bad` of the staged rows.

    It is NULL for a good row, BLANK for one without content, REJECTED for a record that is no row; for any other row it
    is a JSON text with the errors and the raw row.

    Args:
        checks: what rejects a row; without any, every row is bad.
        cells: the file.
        raw: the SQL names of the raw cells, in the order of the file's columns.
        fault: the SQL name of the file's column `fault`, if the file is `faulty`.
    """
    is_bad = " OR ".join(check.condition for check in checks) or "true"
    errors = ", ".join(
        f"CASE WHEN {check.condition} THEN {{'column': {literal(check.column)}, 'value': {check.value},"
        f" 'reason': {check.reason}}} END"
        for check in checks
    )
    columns = list(zip(cells.columns, raw, strict=True))
    raw_row = ", ".join(f"{literal(cell.column)}, {_as_json(cell.duckdb_type, name)}" for cell, name in columns)
    content = (
        f"CAST(json_object('errors', list_filter([{errors}], lambda error: error IS NOT NULL),"
        f" 'raw', json_object({raw_row})) AS VARCHAR)"
    )
    is_blank = " AND ".join(
        f"{stripped(name) if cell.duckdb_type == 'VARCHAR' else name} IS NULL" for cell, name in columns
    )
    rejected = ""
    if cells.faulty:
        reason = f"[{{'column': NULL, 'value': NULL, 'reason': {fault}}}]"
        rejected = (
            f"WHEN {fault} = '' THEN '{REJECTED}' WHEN {fault} IS NOT NULL"
            f" THEN CAST(json_object('errors', {reason}, 'raw', json_object()) AS VARCHAR) "
        )
    return f"CASE {rejected}WHEN NOT ({is_bad}) THEN NULL WHEN {is_blank or 'true'} THEN '{BLANK}' ELSE {content} END"


def _as_json(duckdb_type: str, name: str) -> str:
    """Returns SQL for a raw cell in a JSON object; JSON has no infinity, so that it is written as text."""
    if duckdb_type in ("DOUBLE", "FLOAT"):
        return f"CASE WHEN isfinite({name}) THEN to_json({name}) ELSE to_json(CAST({name} AS VARCHAR)) END"
    return name


def _checks_of_part(part: Part, notation: Notation) -> list[Check]:
    checks = []
    name = part.column.name
    failed = part.failed if part.source.can_fail else "false"
    if part.source.can_fail:
        given = cells_in_words(part.source.cells)
        checks.append(Check(failed, name, given, evaluation_error(name, given)))
    if part.column.kind != "text" or part.column.allowed or part.layers.of == "nested":
        condition = f"({part.layers.text} IS NOT NULL AND {part.value} IS NULL)"
        reason = rejection(part.column, part.layers, notation)
        checks.append(Check(condition, name, part.layers.text, reason))
    if part.column.required:
        condition = f"({part.layers.text} IS NULL AND NOT {failed})"
        checks.append(Check(condition, name, "CAST(NULL AS VARCHAR)", literal(f"{name} is empty")))
    return checks


def _none_of(group: Sequence[str], parts: Mapping[str, Part]) -> Check:
    filled = [parts[name].value for name in group if name in parts]
    condition = f"(coalesce({', '.join(filled)}, NULL) IS NULL)"
    words = literal(f"{' and '.join(group)} are both empty")
    return Check(condition, group[0], "CAST(NULL AS VARCHAR)", words)


def _off_scale(entity: Entity, scoring: Scoring, parts: Mapping[str, Part]) -> Check:
    """A score beyond its scale: the one in the row, else the usual one of its kind."""
    columns = [entity.column(name) for name in (scoring.kind, scoring.score, scoring.lowest, scoring.highest)]
    kind, score, lowest, highest = (final_value(column, parts, scoring) for column in columns)
    usual_lowest = _by_kind(kind, {name: scale.lowest for name, scale in scoring.defaults.items()})
    usual_highest = _by_kind(kind, {name: scale.highest for name, scale in scoring.defaults.items()})
    lowest, highest = f"coalesce({lowest}, {usual_lowest})", f"coalesce({highest}, {usual_highest})"
    part = parts[scoring.score]
    reason = (
        f"{shown(part.layers.text)} || ' is off the scale from ' || format('{{:g}}', {lowest}) || ' to '"
        f" || format('{{:g}}', {highest}) || '; set {scoring.lowest} and {scoring.highest}'"
    )
    condition = f"coalesce({score} NOT BETWEEN {lowest} AND {highest}, false)"
    return Check(condition, scoring.score, part.layers.text, reason)


def _by_kind(kind: str, ends: Mapping[str, int]) -> str:
    return f"CASE {' '.join(f'WHEN {kind} = {literal(name)} THEN {end}' for name, end in ends.items())} END"
