"""Why a value is rejected, as SQL for words: the value, what is wrong with it, and what to set or fix."""

import re
from collections.abc import Mapping, Sequence

from pipelines.entities import Column
from pipelines.sources.files.cast import Family, Layers, Notation, number, plain_number
from pipelines.sources.files.formats.cells import Cell
from pipelines.storage.sql import identifier, literal

_LONGEST_SHOWN = 80
# How the reason of an expression, or a condition, that fails ends.
NOT_EVALUATED = "cannot be evaluated"
_DECIMAL_COMMA = re.compile(r"[+-]?\d[\d .'\u00a0\u202f\u2019]*,\d+")


def shown(text: str) -> str:
    """Returns SQL for a text as a message quotes it."""
    cut = f"left({text}, {_LONGEST_SHOWN}) || CASE WHEN length({text}) > {_LONGEST_SHOWN} THEN '…' ELSE '' END"
    return f"('\"' || {cut} || '\"')"


def problem_of(reason: str, value: str) -> str:
    """Returns SQL for a reason without the value that it begins with; `reason` and `value` are SQL as well."""
    cases = (
        f"WHEN starts_with({reason}, {begin}) THEN ltrim(substr({reason}, length({begin}) + 1), ' :')"
        for begin in (shown(value), value)
    )
    return f"CASE {' '.join(cases)} ELSE {reason} END"


def evaluation_error(name: str, values: str) -> str:
    """Returns SQL for why the expression for a column gives no value; `values` is SQL for what it was applied to."""
    words = literal(f"the expression for {name} {NOT_EVALUATED}")
    return f"coalesce({values} || ': ', '') || {words}"


def decimal_comma_hint(cells: Sequence[Cell], row: Mapping[str, str | None]) -> str:
    """Returns what to do about a number with a decimal comma among the cells of an expression that fails, if any."""
    for cell in cells:
        if _DECIMAL_COMMA.fullmatch((row.get(cell.column) or "").strip()):
            return (
                f'; {cell.column} has a decimal comma: set `decimal: ","` and do without the cast, or write'
                f" replace({identifier(cell.column)}, ',', '.')"
            )
    return ""


def cells_in_words(cells: Sequence[Cell]) -> str:
    """Returns SQL for cells of a row by name, such as `price "12 EUR", freight empty`; NULL without any."""
    if not cells:
        return "CAST(NULL AS VARCHAR)"
    words = (
        f"{literal(cell.column + ' ')} || coalesce({shown(f'CAST({identifier(cell.column)} AS VARCHAR)')}, 'empty')"
        for cell in cells
    )
    return f"concat_ws(', ', {', '.join(words)})"


def rejection(column: Column, layers: Layers, notation: Notation) -> str:
    """Returns SQL for why what is given is no value of the column, and what to set."""
    if layers.of == "nested":
        return literal("is a nested value; select a part of it with `expr:`")
    return f"{shown(layers.text)} || {_rejection(column, layers, notation)}"


def _rejection(column: Column, layers: Layers, notation: Notation) -> str:
    text = layers.text
    match column.kind:
        case "text":
            return literal(f" is not one of {', '.join(column.allowed)}; map it with `map`")
        case "timestamp" | "date":
            early = literal(" is before the year 1000; if it means nothing, add it to null_values")
            return f"CASE WHEN {text} LIKE '0%-%' THEN {early} ELSE {literal(_date_reason(layers.of, notation))} END"
        case "boolean":
            return literal(" is neither true nor false; map it with `map`")
        case "integer" | "number" | "money":
            return _number_reason(column, layers, notation)


def _date_reason(of: Family, notation: Notation) -> str:
    if of in ("integer", "float", "decimal"):
        return " is a number, not a date; if it counts seconds since 1970, write `expr: to_timestamp(…)`"
    if notation.datetime_formats:
        formats = " or ".join(f'"{each}"' for each in notation.datetime_formats)
        return f" is not a date written as {formats}; fix the cell, or add its format to datetime_format"
    return " is not an ISO 8601 date; set datetime_format"


def _number_reason(column: Column, layers: Layers, notation: Notation) -> str:
    text = layers.text
    whole = " is not a whole number"
    plain = f"try_cast({plain_number(text, notation)} AS DOUBLE)"
    cases = [
        (f"isfinite({plain}) AND abs({plain}) < 9e18", whole if column.kind == "integer" else None),
        (f"isfinite({plain})", " is too large"),
        (f"{plain} IS NOT NULL", " is not a finite number"),
        (f"regexp_matches({text}, '[€$£¥₹%]|^[A-Z]{{3}} ?[0-9]|[0-9] ?[A-Z]{{3}}$')", _SIGN_HINT),
        (
            f"regexp_full_match({text}, '[+-]?[0-9][0-9., \u00a0\u202f''\u2019]*')",
            f" is not a number with the decimal mark {notation.decimal!r} and {_grouping(notation)};"
            " check decimal and thousands",
        ),
    ]
    if column.kind == "money":
        cases[0] = (f"isfinite({plain}) AND abs({plain}) >= 1e12", " is too large for an amount of money")
    if column.lowest is not None:
        too_low = f" is below {column.lowest}; if it means unknown, add it to null_values"
        cases.insert(0, (f"{number(layers, notation, 'DOUBLE')} < {column.lowest}", too_low))
    whens = " ".join(f"WHEN {condition} THEN {literal(words)}" for condition, words in cases if words is not None)
    return f"CASE {whens} ELSE {literal(' is not a number')} END"


_SIGN_HINT = " has a sign beside the number; remove it with `expr: replace(…)`"


def _grouping(notation: Notation) -> str:
    return "no marks between thousands" if notation.thousands is None else f"{notation.thousands!r} between thousands"
