"""Checks of rows: which rows are rejected, for which column, and the reason in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipelines.entities import Entity, Scoring
from pipelines.sources.files.cast import Notation
from pipelines.sources.files.derive import unmapped, unmapped_reason
from pipelines.sources.files.durations import duration_reason, is_duration
from pipelines.sources.files.formats.cells import Cell, Cells
from pipelines.sources.files.parts import Part, final_value
from pipelines.sources.files.reasons import NOT_EVALUATED, cells_in_words, evaluation_error, rejection, shown
from pipelines.sources.files.sql import stripped
from pipelines.storage.sql import literal

# What `_bad` holds for rows without content, for records that were rejected before they became rows, and for rows that
# are no part of the table.
BLANK = "blank"
REJECTED = "rejected"
FILTERED = "filtered"


class Check(NamedTuple):
    """What rejects a row: a condition that is never NULL, the column, and SQL for the value and the reason.

    The column is None if the row as a whole is rejected. `file_column` is the file's, if it has another name.
    """

    condition: str
    column: str | None
    value: str
    reason: str
    file_column: str | None = None


@dataclass(frozen=True, slots=True)
class RowConditions:
    """What decides on rows as a whole, as SQL; None where a file or its settings do not have it.

    `fault`: what is wrong with a record, if the file is `faulty`. `is_header`: true if the row repeats the header.
    `where`: whether the row is one of the table. `where_failed`: whether it cannot be evaluated, never NULL.
    `where_cells` are the columns of the file that the condition names.
    """

    fault: str
    is_header: str | None = None
    where: str | None = None
    where_failed: str | None = None
    where_cells: Sequence[Cell] = ()


def checks_of(entity: Entity, parts: Mapping[str, Part], notation: Notation) -> list[Check]:
    """Returns the checks of an entity's rows: types, allowed values, required columns, groups and scales."""
    checks: list[Check] = []
    for part in parts.values():
        checks += _checks_of_part(part, notation)
    checks += [_none_of(group, parts) for group in entity.one_of]
    if entity.scoring is not None:
        checks.append(_off_scale(entity, entity.scoring, parts))
    return checks


def bad_rows(checks: Sequence[Check], cells: Cells, raw: Sequence[str], conditions: RowConditions) -> str:
    """Returns SQL for the column `_bad` of the staged rows.

    It is NULL for a good row, BLANK for one without content, REJECTED for a record that is no row, FILTERED for a row
    that is no part of the table; for any other row it is a JSON text with the errors and the raw row.

    Args:
        checks: what rejects a row; without any, every row is bad.
        cells: the file.
        raw: the SQL names of the raw cells, in the order of the file's columns.
        conditions: what decides on rows as a whole.
    """
    if conditions.where_failed is not None:
        words = cells_in_words(conditions.where_cells)
        reason = f"coalesce({words} || ': ', '') || {literal(f'the condition in `where` {NOT_EVALUATED}')}"
        checks = [Check(conditions.where_failed, None, words, reason), *checks]
    is_bad = " OR ".join(check.condition for check in checks) or "true"
    errors = ", ".join(
        f"CASE WHEN {check.condition} THEN {{'column': {_literal(check.column)}, 'value': {check.value},"
        f" 'reason': {check.reason}, 'file_column': {_literal(check.file_column)}}} END"
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
    is_blank = is_blank or "true"
    first = ""
    if cells.faulty:
        fault = conditions.fault
        reason = f"[{{'column': NULL, 'value': NULL, 'reason': {fault}, 'file_column': NULL}}]"
        first = (
            f"WHEN {fault} = '' THEN '{REJECTED}' WHEN {fault} IS NOT NULL"
            f" THEN CAST(json_object('errors', {reason}, 'raw', json_object()) AS VARCHAR) "
        )
    if conditions.is_header is not None:
        first += f"WHEN {conditions.is_header} THEN '{FILTERED}' "
    if conditions.where is not None:
        # Where the condition failed, it is NULL as well.
        known = f" AND NOT {conditions.where_failed}" if conditions.where_failed is not None else ""
        blank = f"CASE WHEN {is_blank} THEN '{BLANK}' ELSE '{FILTERED}' END"
        first += f"WHEN {conditions.where} IS DISTINCT FROM true{known} THEN {blank} "
    return f"CASE {first}WHEN NOT ({is_bad}) THEN NULL WHEN {is_blank} THEN '{BLANK}' ELSE {content} END"


def _literal(name: str | None) -> str:
    return "CAST(NULL AS VARCHAR)" if name is None else literal(name)


def _as_json(duckdb_type: str, name: str) -> str:
    """Returns SQL for a raw cell in a JSON object; JSON has no infinity, so that it is written as text."""
    if duckdb_type in ("DOUBLE", "FLOAT"):
        return f"CASE WHEN isfinite({name}) THEN to_json({name}) ELSE to_json(CAST({name} AS VARCHAR)) END"
    return name


def _checks_of_part(part: Part, notation: Notation) -> list[Check]:
    checks = []
    name = part.column.name
    file_column = part.source.column if part.source.column != name else None
    failed = [part.failed] if part.source.can_fail else []
    if part.source.can_fail:
        given = cells_in_words(part.source.cells)
        checks.append(Check(part.failed, name, given, evaluation_error(name, given)))
    not_mapped = unmapped(part)
    if not_mapped is not None:
        failed.append(not_mapped)
        checks.append(Check(not_mapped, name, part.taken, unmapped_reason(part), file_column))
    if part.is_after:
        checks += _checks_of_duration(part, notation, file_column)
    elif part.column.kind != "text" or part.column.allowed or part.layers.of == "nested":
        condition = f"({part.layers.text} IS NOT NULL AND {part.value} IS NULL)"
        reason = rejection(part.column, part.layers, notation)
        checks.append(Check(condition, name, part.layers.text, reason, file_column))
    if part.column.required:
        condition = f"({' AND NOT '.join([f'{part.layers.text} IS NULL', *failed])})"
        checks.append(Check(condition, name, "CAST(NULL AS VARCHAR)", literal(f"{name} is empty"), file_column))
    return checks


def _checks_of_duration(part: Part, notation: Notation, file_column: str | None) -> list[Check]:
    name, text, base = part.column.name, part.layers.text, part.base
    if base is None or part.source.value is None:
        return []
    is_valid = is_duration(part.layers.parsed)
    reason = duration_reason(part.layers, part.source.value.unit, notation)
    # Where the base itself is wrong, its own reason says so.
    words = literal(f"{base.column.name} is empty, from which {name} counts")
    without_base = f"({text} IS NOT NULL AND {is_valid} AND {base.layers.text} IS NULL)"
    return [
        Check(f"({text} IS NOT NULL AND NOT {is_valid})", name, text, reason, file_column),
        Check(without_base, name, text, words, file_column),
    ]


def _none_of(group: Sequence[str], parts: Mapping[str, Part]) -> Check:
    filled = [parts[name].value for name in group if name in parts]
    condition = f"(coalesce({', '.join(filled)}, NULL) IS NULL)"
    words = literal(f"{' and '.join(group)} are both empty")
    return Check(condition, group[0], "CAST(NULL AS VARCHAR)", words)


def _off_scale(entity: Entity, scoring: Scoring, parts: Mapping[str, Part]) -> Check:
    """A score beyond its scale: the one in the row, else the usual one of its kind. On a scale of one point all are."""
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
    condition = f"coalesce({score} NOT BETWEEN {lowest} AND {highest} OR {lowest} = {highest}, false)"
    return Check(condition, scoring.score, part.layers.text, reason)


def _by_kind(kind: str, ends: Mapping[str, int]) -> str:
    return f"CASE {' '.join(f'WHEN {kind} = {literal(name)} THEN {end}' for name, end in ends.items())} END"
