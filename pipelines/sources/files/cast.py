"""SQL that turns what a file or an expression gives into a value of an entity's type, NULL where it cannot be one.

A value is computed in layers, each a column that the next one refers to: `given` is what the file or an expression
gives, `text` the same as stripped text, `parsed` what the value needs more than once, and then the value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipelines.entities import FALSE_WORDS, TRUE_WORDS, Column
from pipelines.sources.files.sql import stripped
from pipelines.sources.files.zones import Zone, to_utc
from pipelines.storage.sql import literal, literals

Family = Literal[
    "text", "json", "float", "decimal", "integer", "boolean", "date", "timestamp", "moment", "nested", "other"
]

# Words that DuckDB accepts as moments.
_WORDS_FOR_MOMENTS = ("epoch", "infinity", "-infinity")

_LOCAL_PATTERNS = ("____-__-_____:__:__", "____-__-__", "____-__-_____:__")
_LONGEST_LOCAL = 19
# DuckDB reads these, if they end as UTC, without a slower check before.
_WITH_SECONDS = "____-__-_____:__:__%"
_ISO = r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)? ?([Zz]|UTC|[+-](0\d|1[0-8])(:?[0-5]\d)?)?)?"

# The same without hyphens and colons, which ISO 8601 calls the basic format.
_BASIC = r"[1-9]\d{7}(T\d{4}(\d\d)?)?"
_BASIC_FORMATS = ("%Y%m%d", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M")
_BASIC_WITH_OFFSET = r"[1-9]\d{7}T\d{4}(\d\d)?(Z|[+-](0\d|1[0-8])(:?[0-5]\d)?)"
_BASIC_FORMATS_WITH_OFFSET = ("%Y%m%dT%H%M%S%z", "%Y%m%dT%H%M%z")

# Some systems write an older date for "never", and not every reader of Parquet can represent it.
_FIRST_LOCAL = "TIMESTAMP '1000-01-01'"
_FIRST_MOMENT = "TIMESTAMPTZ '1000-01-01'"

_LAST_SERIAL_DAY = 2_958_465
_DAY_IN_MILLISECONDS = 86_400_000
_SERIAL_DAYS = {False: "TIMESTAMP '1899-12-30'", True: "TIMESTAMP '1904-01-01'"}

_GROUPING_MARKS = {" ": " \u00a0\u202f\u2009", "'": "'\u2019"}


@dataclass(frozen=True, slots=True)
class Notation:
    """How a table writes dates and numbers.

    `serial_days` says that a number in the place of a date counts days, as spreadsheets do: from 1904 if `from_1904`
    is set, else from 1900.
    """

    zone: Zone
    datetime_formats: Sequence[str] = ()
    decimal: str = "."
    thousands: str | None = None
    serial_days: bool = False
    from_1904: bool = False


@dataclass(frozen=True, slots=True)
class Layers:
    """What kind of value is given for a column, and the SQL names of the layers below the value."""

    of: Family
    given: str
    text: str
    parsed: str


def family(duckdb_type: str) -> Family:
    """Returns what kind of value a DuckDB type holds."""
    name = duckdb_type.upper().strip('"')
    if name.endswith(("[]", "]")) or name.startswith(("STRUCT", "MAP", "UNION")):
        return "nested"
    if name.startswith("DECIMAL"):
        return "decimal"
    if name.startswith("TIMESTAMP"):
        return "moment" if "TIME ZONE" in name else "timestamp"
    if name.endswith("INT") or name in ("INTEGER", "UINTEGER", "BIGNUM"):
        return "integer"
    return _FAMILIES.get(name, "other")


_FAMILIES: dict[str, Family] = {
    "VARCHAR": "text",
    "FLOAT": "float",
    "DOUBLE": "float",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "JSON": "json",
}


def as_text(given: str, of: Family, *, spaces_only: bool = False) -> str:
    """Returns SQL for a value of any type as stripped text; a whole DOUBLE has no `.0`."""
    match of:
        case "text":
            return stripped(given, spaces_only=spaces_only)
        case "json":
            return f"nullif(trim({given} ->> '$'), '')"
        case "float":
            whole = f"isfinite({given}) AND {given} = trunc({given}) AND abs({given}) < 1e15"
            return f"CASE WHEN {whole} THEN CAST(CAST({given} AS BIGINT) AS VARCHAR) ELSE CAST({given} AS VARCHAR) END"
        case _:
            return f"CAST({given} AS VARCHAR)"


def is_textual(of: Family) -> bool:
    """Returns whether values of that kind must be parsed."""
    return of in ("text", "json", "other")


def parsed(column: Column, layers: Layers, notation: Notation) -> str:
    """Returns SQL for the layer `parsed`.

    For dates and times it is a TIMESTAMP as a clock shows it, NULL if an offset is given. For numbers it is the number,
    which may be infinite or have decimals. For words of a closed list it is the word in lower case.
    """
    match column.kind:
        case "timestamp" | "date":
            return _local_time(layers, notation)
        case "number":
            return number(layers, notation, column.duckdb_type)
        case "integer" if is_textual(layers.of):
            return f"try_cast({plain_number(layers.text, notation)} AS DECIMAL(38, 6))"
        case "boolean" | "text" if is_textual(layers.of) and (column.allowed or column.kind == "boolean"):
            return f"lower({layers.text})"
        case _:
            return "NULL"


def _local_time(layers: Layers, notation: Notation) -> str:
    match layers.of:
        case "timestamp" | "date":
            return f"CASE WHEN isfinite({layers.given}) THEN CAST({layers.given} AS TIMESTAMP) END"
        case "text" | "json" | "other":
            written = _written_time(layers.text, notation)
            if not notation.serial_days:
                return written
            # The dates of a sheet are ISO 8601 or a number of days, in whatever format its texts are.
            return f"coalesce({written}, {_iso_local(layers.text)}, {serial_day(layers.text, notation.from_1904)})"
        case _:
            return "CAST(NULL AS TIMESTAMP)"


def _written_time(text: str, notation: Notation) -> str:
    naive = [each for each in notation.datetime_formats if not _has_offset(each)]
    if naive:
        tried = ", ".join(f"try_strptime({text}, {literal(each)})" for each in naive)
        return f"CASE WHEN lower({text}) NOT IN {literals(_WORDS_FOR_MOMENTS)} THEN coalesce({tried}) END"
    if notation.datetime_formats:
        return "CAST(NULL AS TIMESTAMP)"
    return _iso_local(text)


def _iso_local(text: str) -> str:
    patterns = " OR ".join(f"{text} LIKE '{pattern}'" for pattern in _LOCAL_PATTERNS)
    local = f"strlen({text}) <= {_LONGEST_LOCAL} AND ({patterns}) AND {_has_a_year(text)}"
    basic = f"regexp_full_match({text}, {literal(_BASIC)})"
    return (
        f"CASE WHEN {local} THEN try_cast({text} AS TIMESTAMP)"
        f" WHEN {basic} THEN try_strptime({text}, {_list(_BASIC_FORMATS)}) END"
    )


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(literal, texts))}]"


def _has_a_year(text: str) -> str:
    return f"{text} >= '1000' AND {text} < ':'"


def _has_offset(datetime_format: str) -> bool:
    return "%z" in datetime_format or "%Z" in datetime_format


def serial_day(text: str, from_1904: bool) -> str:
    """Returns SQL for a spreadsheet's number of days as a TIMESTAMP, to the millisecond; NULL if it is none."""
    number = f"try_cast({text} AS DOUBLE)"
    milliseconds = f"CAST(round({number} * {_DAY_IN_MILLISECONDS}) AS BIGINT)"
    return (
        f"CASE WHEN {number} >= 1 AND {number} < {_LAST_SERIAL_DAY + 1}"
        f" THEN {_SERIAL_DAYS[from_1904]} + to_milliseconds({milliseconds}) END"
    )


def _moment(layers: Layers, notation: Notation) -> str:
    if layers.of == "moment":
        return f"CASE WHEN isfinite({layers.given}) AND {layers.given} >= {_FIRST_MOMENT} THEN {layers.given} END"
    text, local = layers.text, layers.parsed
    moment = f"CASE WHEN {local} >= {_FIRST_LOCAL} THEN {to_utc(local, notation.zone)}"
    if is_textual(layers.of):
        formats = [each for each in notation.datetime_formats if _has_offset(each)]
        if formats:
            tried = ", ".join(f"CAST(try_strptime({text}, {literal(each)}) AS TIMESTAMPTZ)" for each in formats)
            moment += f" WHEN lower({text}) NOT IN {literals(_WORDS_FOR_MOMENTS)} THEN coalesce({tried})"
        elif not notation.datetime_formats:
            plain = f"(suffix({text}, 'Z') OR suffix({text}, '+00:00')) AND {text} LIKE '{_WITH_SECONDS}'"
            moment += f" WHEN {plain} AND {_has_a_year(text)} THEN try_cast({text} AS TIMESTAMPTZ)"
            iso = f"regexp_full_match({text}, {literal(_ISO)})"
            moment += f" WHEN {iso} AND {_has_a_year(text)} THEN try_cast({_with_seconds(text)} AS TIMESTAMPTZ)"
            basic = f"regexp_full_match({text}, {literal(_BASIC_WITH_OFFSET)})"
            with_offset = f"replace({text}, 'Z', '+00')"
            moment += f" WHEN {basic} THEN try_strptime({with_offset}, {_list(_BASIC_FORMATS_WITH_OFFSET)})"
    return moment + " END"


def _with_seconds(text: str) -> str:
    """An ISO 8601 time as DuckDB reads it: with seconds, a decimal point and no blank before the offset."""
    offset = f"replace(regexp_replace(upper({text}), ' ([+Z-])', '\\1'), ',', '.')"
    offset = f"regexp_replace({offset}, ' ?UTC$', 'Z')"
    return f"regexp_replace({offset}, '^(.{{13}}:\\d\\d)(Z|[+-].*)$', '\\1:00\\2')"


def value(column: Column, layers: Layers, notation: Notation) -> str:
    """Returns SQL for the column's value, NULL where the file's cannot be one."""
    plain = _value(column, layers, notation)
    if column.lowest is not None:
        plain = f"CASE WHEN ({plain}) >= {column.lowest} THEN {plain} END"
    return f"CAST({plain} AS {column.duckdb_type})"


def _value(column: Column, layers: Layers, notation: Notation) -> str:
    parsed = layers.parsed
    match column.kind:
        case "text" if layers.of == "nested":
            return "NULL"
        case "text" if column.allowed:
            return f"CASE WHEN {parsed} IN {literals(column.allowed)} THEN {parsed} END"
        case "text":
            return layers.text
        case "timestamp":
            return _moment(layers, notation)
        case "date":
            moment = _moment(layers, notation)
            return f"CASE WHEN {parsed} >= {_FIRST_LOCAL} THEN CAST({parsed} AS DATE) ELSE CAST({moment} AS DATE) END"
        case "boolean":
            return _boolean(layers)
        case "integer":
            return _integer(layers)
        case "number":
            return f"CASE WHEN isfinite({parsed}) THEN {parsed} END"
        case "money":
            return number(layers, notation, column.duckdb_type)


def _boolean(layers: Layers) -> str:
    match layers.of:
        case "boolean":
            return layers.given
        case "text" | "json" | "other":
            return (
                f"CASE WHEN {layers.parsed} IN {literals(TRUE_WORDS)} THEN true"
                f" WHEN {layers.parsed} IN {literals(FALSE_WORDS)} THEN false END"
            )
        case "integer" | "float" | "decimal":
            return f"CASE WHEN {layers.given} = 1 THEN true WHEN {layers.given} = 0 THEN false END"
        case _:
            return "NULL"


def _integer(layers: Layers) -> str:
    match layers.of:
        case "integer":
            return f"try_cast({layers.given} AS BIGINT)"
        case "float" | "decimal":
            return f"CASE WHEN {layers.given} = trunc({layers.given}) THEN try_cast({layers.given} AS BIGINT) END"
        case "text" | "json" | "other":
            return f"CASE WHEN {layers.parsed} = trunc({layers.parsed}) THEN try_cast({layers.parsed} AS BIGINT) END"
        case _:
            return "NULL"


def number(layers: Layers, notation: Notation, duckdb_type: str) -> str:
    """Returns SQL for what is given as a number, NULL if it is none."""
    match layers.of:
        case "integer" | "float" | "decimal":
            return f"try_cast({layers.given} AS {duckdb_type})"
        case "text" | "json" | "other":
            return f"try_cast({plain_number(layers.text, notation)} AS {duckdb_type})"
        case _:
            return f"CAST(NULL AS {duckdb_type})"


def plain_number(text: str, notation: Notation) -> str:
    """Returns SQL for a number in the table's notation as DuckDB reads it; NULL if its marks are misplaced."""
    decimal, thousands = notation.decimal, notation.thousands
    if thousands is None:
        # DuckDB itself reads 1_000 as a thousand.
        if decimal == ".":
            return f"CASE WHEN NOT contains({text}, '_') THEN {text} END"
        foreign = f"contains({text}, '_') OR contains({text}, '.')"
        return f"CASE WHEN NOT ({foreign}) THEN replace({text}, {literal(decimal)}, '.') END"
    marks = _GROUPING_MARKS.get(thousands, thousands)
    point = "[.]" if decimal == "." else ","
    grouped = f"[+-]?([0-9]{{1,3}}([{marks}][0-9]{{3}})+|[0-9]+)?({point}[0-9]*)?([eE][+-]?[0-9]+)?"
    ungrouped = f"translate({text}, {literal(marks)}, '')"
    plain = ungrouped if decimal == "." else f"replace({ungrouped}, {literal(decimal)}, '.')"
    return f"CASE WHEN regexp_full_match({text}, {literal(grouped)}) THEN {plain} END"


def number_in_expression(text: str, notation: Notation) -> str:
    """Returns SQL for a text as a DOUBLE, NULL if it is blank; another text is an error that rejects its row."""
    plain = plain_number(stripped(text), notation)
    # The words are joined to the text, because DuckDB would raise the error of a constant before there is any row.
    no_number = f"'no number: ' || {text}"
    return f"CASE WHEN {stripped(text)} IS NOT NULL THEN CAST(coalesce({plain}, {no_number}) AS DOUBLE) END"
