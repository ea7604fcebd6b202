"""JSON files: an array, objects one after the other, or one object a line; their keys are the columns."""

import json
from collections.abc import Iterator, Set
from dataclasses import replace
from functools import reduce
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import duckdb

from pipelines.sources.files.formats.cells import (
    Cells,
    CreateTable,
    Extract,
    ReadResult,
    Reject,
    RejectRecord,
    describe,
    name_cells,
)
from pipelines.sources.files.formats.limits import ReadLimits
from pipelines.sources.files.formats.plain_text import first_text, plain_text
from pipelines.sources.files.settings import ExtractTable
from pipelines.storage.sql import file_literal, literal

_SMALLEST_OBJECT_LIMIT = 1 << 24
_LARGEST_OBJECT_LIMIT = 1 << 29
_NUMBERS = ("UBIGINT", "BIGINT", "DOUBLE")
_MOST_KEYS = 500

# What DuckDB's json_structure returns: a type, the structures by key, or the structure of an array's values.
_Structure: TypeAlias = "str | dict[str, _Structure] | list[_Structure]"


def read_json(
    connection: duckdb.DuckDBPyConnection,
    extract: Extract,
    table: ExtractTable,
    limits: ReadLimits,
    create_table: CreateTable,
    reject_record: RejectRecord,
) -> ReadResult:
    """Reads the file into a table; row 1 is its first object.

    Raises:
        ExtractError: the file is not text in the encoding that the settings name, or a limit is exceeded.
        duckdb.Error: the file is not JSON as a whole.
    """
    with plain_text(extract.path, limits, table.encoding, '"', extract.work) as text:
        layout = text.layout()
        objects = _objects(extract, text.path)
        cells = _cells(connection, extract, objects, limits)
        rows = create_table(cells)
        result = ReadResult(cells, "_position + 1")
        numbers = connection.execute(
            f"SELECT row FROM (SELECT row_number() OVER () AS row, json {objects}) WHERE json IS NULL"
        ).fetchall()
        for row, line in _numbered_lines(text.path, {number for (number,) in numbers}):
            reject_record(cells, Reject(row, "is not JSON", line), {"line": line})
            result = replace(result, ends_early=row == rows and not layout.is_ended)
        return replace(result, ends_early=True) if layout.records == 0 else result


def json_cells(
    connection: duckdb.DuckDBPyConnection, extract: Extract, table: ExtractTable, limits: ReadLimits
) -> Cells:
    """Returns the file's columns with their types: the keys of all its objects."""
    with plain_text(extract.path, limits, table.encoding, '"', extract.work) as text:
        return _cells(connection, extract, _objects(extract, text.path), limits)


def _numbered_lines(path: Path, numbers: Set[int]) -> Iterator[tuple[int, str]]:
    """The lines with those numbers; blank lines do not count."""
    with path.open(encoding="utf-8-sig") as lines:
        filled = (line for line in lines if not line.isspace())
        for number, line in islice(enumerate(filled, start=1), max(numbers, default=0)):
            if number in numbers:
                yield number, line.rstrip("\r\n")


def _objects(extract: Extract, path: Path) -> str:
    """The clause of a query for the file's objects, each in a column `json`; NULL for a line that is not JSON."""
    layout = _layout(extract, path)
    options = "compression = 'uncompressed', hive_partitioning = false"
    if layout == "newline_delimited":
        return f"FROM read_ndjson_objects({file_literal(path)}, ignore_errors = true, {options})"
    limit = min(max(_SMALLEST_OBJECT_LIMIT, path.stat().st_size + 1), _LARGEST_OBJECT_LIMIT)
    return (
        f"FROM read_json_objects({file_literal(path)}, format = '{layout}', maximum_object_size = {limit}, {options})"
    )


def _layout(extract: Extract, path: Path) -> str:
    if extract.format == "jsonl":
        return "newline_delimited"
    start = first_text(path, extract.name, "utf-8").lstrip()
    if start.startswith("["):
        return "array"
    try:
        json.loads(start.partition("\n")[0])
    except ValueError:
        return "unstructured"
    return "newline_delimited"


def _cells(connection: duckdb.DuckDBPyConnection, extract: Extract, objects: str, limits: ReadLimits) -> Cells:
    records = f"(SELECT json {objects} WHERE json_type(json) = 'OBJECT')"
    (has_large,) = connection.execute(
        f"SELECT coalesce(bool_or(regexp_matches(CAST(json AS VARCHAR), '[0-9]{{19}}')), false) FROM {records}"
    ).fetchall()[0]
    cursor = connection.execute(f"SELECT DISTINCT json_structure(json) FROM {records}")
    structure: _Structure = {}
    while rows := cursor.fetchmany(1_000):
        limits.check_time()
        structure = reduce(_merge, (_of_record(json.loads(found)) for (found,) in rows), structure)
    names = _types_by_name(structure, "HUGEINT" if has_large else "BIGINT")
    fault = (
        "CASE WHEN json IS NULL THEN '' WHEN json_type(json) <> 'OBJECT'"
        " THEN 'is not a JSON object: ' || left(CAST(json AS VARCHAR), 200) END AS fault"
    )
    if not names:
        return Cells(extract.name, (), f"SELECT {fault} {objects}", faulty=True)
    transformed = f"json_transform(CASE WHEN json_type(json) = 'OBJECT' THEN json END, {literal(json.dumps(names))})"
    values = ", ".join(f'struct_extract_at(value, {place}) AS "{place - 1}"' for place in range(1, len(names) + 1))
    relation = f"SELECT fault, {values} FROM (SELECT {fault}, {transformed} AS value {objects})"
    _, *described = describe(connection, relation)
    return Cells(extract.name, name_cells(list(names), [kind for _, kind in described]), relation, faulty=True)


def _of_record(structure: _Structure) -> _Structure:
    """The structure of one record as DuckDB's json_structure reports it; an object without keys counts as NULL."""
    match structure:
        case dict():
            return {name: _of_record(inner) for name, inner in structure.items()}
        case "JSON":
            return "NULL"
        case _:
            return structure


def _merge(first: _Structure, second: _Structure) -> _Structure:
    """The structure of values that have either the one or the other structure."""
    if first == second:
        return first
    match first, second:
        case "NULL", known:
            return known
        case known, "NULL":
            return known
        case dict(), dict():
            return {name: _merge(first.get(name, "NULL"), second.get(name, "NULL")) for name in {**first, **second}}
        case [inner_first], [inner_second]:
            return [_merge(inner_first, inner_second)]
        case str(), str() if {first, second} <= set(_NUMBERS):
            return max(first, second, key=_NUMBERS.index)
        case _:
            return "JSON"


def _types_by_name(structure: _Structure, integer: str) -> dict[str, _Structure]:
    """The columns of records of that structure. A key without characters cannot be one."""
    return (
        {name: _typed(inner, integer) for name, inner in structure.items() if name}
        if isinstance(structure, dict)
        else {}
    )


def _typed(structure: _Structure, integer: str) -> _Structure:
    """A structure in types: integers signed, because the difference of two may be negative, and empty columns text.

    An object with very many keys is rather a table of its own; it stays JSON.
    """
    match structure:
        case dict():
            as_record = "" not in structure and len(structure) <= _MOST_KEYS
            return {name: _typed(inner, integer) for name, inner in structure.items()} if as_record else "JSON"
        case list():
            return [_typed(inner, integer) for inner in structure]
        case "UBIGINT" | "BIGINT":
            return integer
        case "NULL":
            return "VARCHAR"
        case _:
            return structure
