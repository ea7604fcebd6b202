"""Opens an extract in DuckDB: a relation with the file's own columns, cell by cell, and a number for every row."""

import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import reduce
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import duckdb
import duckdb_extension_excel

from pipelines.sources.files import delimited
from pipelines.sources.files.cast import serial_day
from pipelines.sources.files.delimited import Dialect, Reject
from pipelines.sources.files.errors import ExtractError, TruncatedError, is_about_storage
from pipelines.sources.files.plain_text import Layout, PlainText, first_text, plain_text
from pipelines.sources.files.settings import ExtractTable, Format
from pipelines.sources.files.sql import steps
from pipelines.storage.sql import identifier, literal

# More rejected lines than these are numbered by repairing the file, not by SQL.
_MOST_STEPS = 2_000
_SMALLEST_JSON_LIMIT = 1 << 24
_LARGEST_JSON_LIMIT = 1 << 29
_REJECTS = "_csv_rejects"
_SCANS = "_csv_scans"
_NUMBERS = ("UBIGINT", "BIGINT", "DOUBLE")
_MOST_KEYS = 500
_LAST_SHEET_ROW = 1_048_576

_Structure: TypeAlias = "str | dict[str, _Structure] | list[_Structure]"


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of a file: its name there, the name it has in DuckDB (unique, letter case aside), and its type."""

    name: str
    column: str
    duckdb_type: str


@dataclass(frozen=True, slots=True)
class Cells:
    """A file as DuckDB sees it.

    `relation` is a query that gives the cells in columns named `0`, `1` and so on. If it is `numbered` it also gives
    `row`, each row's number in the file. If it is `faulty` it gives `fault`, what is wrong with a record as a whole.
    `spaces_only`: no blanks but spaces stand around values. `serial_days`: a number may be a date, counted from 1900
    or `from_1904`.
    """

    file: str
    columns: tuple[Cell, ...]
    relation: str
    numbered: bool = False
    faulty: bool = False
    spaces_only: bool = False
    serial_days: bool = False
    from_1904: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that has been read into a table.

    `row` is an SQL expression for the number of a row in the file, over the table's `_number` (what a `numbered`
    relation gives) and `_position` (its `rowid`).
    `blank` counts records without any content that never reached the table. `ends_early`: its last record is cut.
    """

    cells: Cells
    row: str
    blank: int = 0
    ends_early: bool = False


@dataclass(frozen=True, slots=True)
class Extract:
    """A local file to be read: where it is, its name in messages, its format, and a folder for what is made of it."""

    path: Path
    name: str
    format: Format
    work: Path


Take = Callable[[Cells], int]
Refuse = Callable[[Cells, Reject, dict[str, str]], None]


def read(
    connection: duckdb.DuckDBPyConnection,
    extract: Extract,
    table: ExtractTable,
    wanted: Sequence[str],
    take: Take,
    refuse: Refuse,
) -> Taken:
    """Has the file's cells taken into a table by `take`, which replaces the table if it is called again.

    `take` returns the number of rows.
    `refuse` gets each record that is no row, with its cells by column. Raises ExtractError if the file cannot be read,
    TruncatedError if that is so because its end is missing.
    """
    try:
        match extract.format:
            case "csv":
                return _read_csv(connection, extract, table, wanted, take, refuse)
            case "json" | "jsonl":
                return _read_json(connection, extract, table, take, refuse)
            case "parquet":
                cells = _parquet(connection, extract)
                take(cells)
                return Taken(cells, "_position + 1")
            case "xlsx":
                return _read_xlsx(connection, extract, table, take)
    except duckdb.Error as error:
        if is_about_storage(error):
            raise
        raise _unreadable(extract, error) from error


def columns_of(
    connection: duckdb.DuckDBPyConnection, extract: Extract, table: ExtractTable, wanted: Sequence[str]
) -> Cells:
    """The file's columns, without reading more of it than these need; a relation without rows. Errors as in `read`."""
    try:
        match extract.format:
            case "csv":
                shape = _shape(first_text(extract.path, extract.name, table.encoding), extract, table, wanted)
                cells = _csv_cells(extract, shape[1])
            case "json" | "jsonl":
                with plain_text(extract.path, extract.name, table.encoding, '"', extract.work) as text:
                    cells = _json_cells(connection, extract, _json_objects(extract, text.path))
            case "parquet":
                cells = _parquet(connection, extract)
            case "xlsx":
                cells = _xlsx(connection, extract, table)
    except duckdb.Error as error:
        raise _unreadable(extract, error) from error
    nothing = ", ".join(f'CAST(NULL AS {cell.duckdb_type}) AS "{i}"' for i, cell in enumerate(cells.columns))
    return replace(cells, relation=f"SELECT {nothing} WHERE false", numbered=False, faulty=False)


def _unreadable(extract: Extract, error: duckdb.Error) -> ExtractError:
    reason = brief(error).replace(str(extract.path), extract.name)
    if re.search(r"unexpected end of data|No magic bytes found at end|too small to be a Parquet", reason):
        return TruncatedError(f"{extract.name} is not a whole {extract.format} file ({reason}); copy it again")
    return ExtractError(f"{extract.name} cannot be read as {extract.format}: {reason}")


def brief(error: duckdb.Error) -> str:
    """DuckDB's message in one line, without its kind, the query and the hints."""
    lines = [line.strip() for line in str(error).split("\nLINE ")[0].splitlines() if line.strip()]
    message = re.sub(r"^[A-Z][\w ]*Error: ", "", lines[0] if lines else "no reason given")
    candidates = next((line for line in lines[1:] if line.startswith("Candidate bindings")), "")
    return f"{message} {candidates}".strip()


def _cells(names: Sequence[str], types: Sequence[str]) -> tuple[Cell, ...]:
    """Columns with names that DuckDB can tell apart: of several with one name, none keeps it bare."""
    names = [name.strip().lstrip("\ufeff") or f"column{position}" for position, name in enumerate(names, start=1)]
    counts = Counter(name.casefold() for name in names)
    taken = set(counts)
    columns: list[str] = []
    for name in names:
        column, number = name, 0
        while counts[name.casefold()] > 1 and column.casefold() in taken:
            number += 1
            column = f"{name}_{number}"
        taken.add(column.casefold())
        columns.append(column)
    return tuple(map(Cell, names, columns, types))


# ----------------------------------------------------------------------------------------------------------------- CSV


def _shape(start: str, extract: Extract, table: ExtractTable, wanted: Sequence[str]) -> tuple[Dialect, list[str]]:
    return delimited.dialect(
        start,
        extract.name,
        delimiter=table.delimiter,
        quote=table.quote,
        skip_rows=table.skip_rows,
        header=table.header,
        wanted=wanted,
    )


def _csv_cells(extract: Extract, names: Sequence[str]) -> Cells:
    return Cells(extract.name, _cells(names, ["VARCHAR"] * len(names)), "")


def _read_csv(
    connection: duckdb.DuckDBPyConnection,
    extract: Extract,
    table: ExtractTable,
    wanted: Sequence[str],
    take: Take,
    refuse: Refuse,
) -> Taken:
    with plain_text(extract.path, extract.name, table.encoding, table.quote, extract.work) as text:
        shape, names = _shape(first_text(text.path, extract.name, "utf-8"), extract, table, wanted)
        cells = _csv_cells(extract, names)
        taken = None
        try:
            if shape.begins_plainly and not text.beginning.has_mixed_ends:
                taken = _read_regular(connection, text, shape, cells, take, refuse)
            return taken or _read_repaired(text, extract, shape, cells, take, refuse)
        except ExtractError as error:
            if text.beginning.records < shape.first_row and not text.beginning.is_ended:
                raise TruncatedError(f"{error} (its header has no line end: is it whole?)") from error
            raise


def _csv_query(path: Path, width: int, shape: Dialect, options: str) -> str:
    columns = ", ".join(f"'{position}': 'VARCHAR'" for position in range(width))
    return (
        f"FROM read_csv({literal(str(path))}, auto_detect = false, columns = {{{columns}}}, header = false,"
        f" delim = {literal(shape.delimiter)}, quote = {literal(shape.quote)}, escape = {literal(shape.quote)},"
        f" nullstr = '', compression = 'none', {options})"
    )


def _read_regular(
    connection: duckdb.DuckDBPyConnection, text: PlainText, shape: Dialect, cells: Cells, take: Take, refuse: Refuse
) -> Taken | None:
    """Reads a file that has one record a line, or line breaks within quotes only; None if that proves to be wrong."""
    # What the beginning does not show is found out while DuckDB reads; then it has to read anew.
    supposed = text.beginning
    rows, rejects = _take_csv(connection, text, shape, cells, supposed, take)
    layout = text.layout()
    if (layout.has_quoted_breaks, layout.has_odd_blanks) != (supposed.has_quoted_breaks, supposed.has_odd_blanks):
        rows, rejects = _take_csv(connection, text, shape, cells, layout, take)
    trailing = layout.trailing_blanks if len(cells.columns) == 1 else 0
    as_expected = layout.records + trailing == shape.first_row - 1 + rows + len(rejects)
    if layout.has_quoted_breaks and rejects:
        as_expected = False
    if rows < 0 or len(rejects) > _MOST_STEPS or layout.has_mixed_ends or layout.is_quoted or not as_expected:
        return None
    blank = layout.trailing_blanks if len(cells.columns) > 1 else 0
    for reject in rejects:
        fields = delimited.fields_of(reject.text, shape)
        if not any(field.strip() for field in fields):
            blank += 1
            continue
        reason = reject.reason or delimited.wrong_width(len(fields), len(cells.columns))
        refuse(cells, replace(reject, reason=reason), _by_column(cells, fields))
    thresholds = [(str(reject.row - shape.first_row - index), index + 1) for index, reject in enumerate(rejects)]
    row = f"_position + {shape.first_row} + {steps('_position', thresholds, 0)}"
    ends_early = bool(rejects) and rejects[-1].row == layout.records and not layout.is_ended
    return Taken(cells, row, blank, ends_early)


def _take_csv(
    connection: duckdb.DuckDBPyConnection, text: PlainText, shape: Dialect, cells: Cells, layout: Layout, take: Take
) -> tuple[int, list[Reject]]:
    """How many rows were taken, and the records that DuckDB rejected; -1 if it gave up."""
    for leftover in (_REJECTS, _SCANS):
        connection.execute(f"DROP TABLE IF EXISTS {leftover}")
    options = (
        f"skip = {shape.first_row - 1}, parallel = {not layout.has_quoted_breaks}, store_rejects = true,"
        f" rejects_table = '{_REJECTS}', rejects_scan = '{_SCANS}'"
    )
    relation = _csv_query(text.path, len(cells.columns), shape, options)
    try:
        rows = take(replace(cells, relation=relation, spaces_only=not layout.has_odd_blanks))
    except duckdb.InvalidInputException:
        return -1, []
    found = connection.execute(
        f"SELECT line, min(error_type), any_value(csv_line) FROM {_REJECTS} GROUP BY line ORDER BY line"
    ).fetchmany(_MOST_STEPS + 1)
    return rows, [Reject(row, _FAULTS.get(kind, ""), line) for row, kind, line in found]


_FAULTS = {
    "UNQUOTED VALUE": "has a quote that is misplaced or never closed",
    "LINE SIZE OVER MAXIMUM": "is longer than 2 million bytes",
}


def _read_repaired(
    text: PlainText, extract: Extract, shape: Dialect, cells: Cells, take: Take, refuse: Refuse
) -> Taken:
    width = len(cells.columns)
    target = extract.work / "repaired.csv"

    def pass_on(reject: Reject) -> None:
        refuse(cells, reject, _by_column(cells, delimited.fields_of(reject.text, shape)))

    repaired = delimited.repair(text.path, target, shape, width, pass_on)
    plain = Dialect(",", '"', 1, begins_plainly=True)
    shifted = ", ".join(f'"{position + 1}" AS "{position}"' for position in range(width))
    # Said aloud, because DuckDB takes a carriage return within quotes for a line end if it has to find out.
    options = rf"parallel = false, new_line = '\r\n', max_line_size = {4 * delimited.LONGEST_RECORD}"
    relation = f'SELECT CAST("0" AS BIGINT) AS row, {shifted} {_csv_query(target, width + 1, plain, options)}'
    numbered = replace(cells, relation=relation, numbered=True)
    take(numbered)
    # A last record that is too short may be meant so, if its line has an end.
    ends_early = repaired.ends_in_quotes or (repaired.ends_in_reject and not text.layout().is_ended)
    return Taken(numbered, "_number", repaired.blank, ends_early)


def _by_column(cells: Cells, fields: Sequence[str]) -> dict[str, str]:
    names = [cell.column for cell in cells.columns]
    names += [f"column{number}" for number in range(len(names) + 1, len(fields) + 1)]
    return dict(zip(names, (field.rstrip("\r\n") for field in fields), strict=False))


# ---------------------------------------------------------------------------------------------------------------- JSON


def _read_json(
    connection: duckdb.DuckDBPyConnection, extract: Extract, table: ExtractTable, take: Take, refuse: Refuse
) -> Taken:
    with plain_text(extract.path, extract.name, table.encoding, '"', extract.work) as text:
        layout = text.layout()
        objects = _json_objects(extract, text.path)
        cells = _json_cells(connection, extract, objects)
        rows = take(cells)
        taken = Taken(cells, "_position + 1")
        numbers = connection.execute(
            f"SELECT row FROM (SELECT row_number() OVER () AS row, json {objects}) WHERE json IS NULL"
        ).fetchall()
        for row, line in _numbered_lines(text.path, {number for (number,) in numbers}):
            refuse(cells, Reject(row, "is not JSON", line), {"line": line})
            taken = replace(taken, ends_early=row == rows and not layout.is_ended)
        return replace(taken, ends_early=True) if layout.records == 0 else taken


def _numbered_lines(path: Path, numbers: Set[int]) -> Iterator[tuple[int, str]]:
    """The lines of those numbers, blank lines not counted."""
    with path.open(encoding="utf-8-sig") as lines:
        filled = (line for line in lines if not line.isspace())
        for number, line in islice(enumerate(filled, start=1), max(numbers, default=0)):
            if number in numbers:
                yield number, line.rstrip("\r\n")


def _json_objects(extract: Extract, path: Path) -> str:
    layout = _json_layout(extract, path)
    if layout == "newline_delimited":
        return f"FROM read_ndjson_objects({literal(str(path))}, ignore_errors = true, compression = 'uncompressed')"
    limit = min(max(_SMALLEST_JSON_LIMIT, path.stat().st_size + 1), _LARGEST_JSON_LIMIT)
    return (
        f"FROM read_json_objects({literal(str(path))}, format = '{layout}', compression = 'uncompressed',"
        f" maximum_object_size = {limit})"
    )


def _json_layout(extract: Extract, path: Path) -> str:
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


def _json_cells(connection: duckdb.DuckDBPyConnection, extract: Extract, objects: str) -> Cells:
    records = f"(SELECT json {objects} WHERE json_type(json) = 'OBJECT')"
    (has_large,) = connection.execute(
        f"SELECT coalesce(bool_or(regexp_matches(CAST(json AS VARCHAR), '[0-9]{{19}}')), false) FROM {records}"
    ).fetchall()[0]
    cursor = connection.execute(f"SELECT DISTINCT json_structure(json) FROM {records}")
    structure: _Structure = {}
    while rows := cursor.fetchmany(1_000):
        structure = reduce(_merged, (_of_record(json.loads(found)) for (found,) in rows), structure)
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
    _, *described = _described(connection, relation)
    return Cells(extract.name, _cells(list(names), [kind for _, kind in described]), relation, faulty=True)


def _of_record(structure: _Structure) -> _Structure:
    """The structure of one record as DuckDB's json_structure tells it, an object without keys being as good as NULL."""
    match structure:
        case dict():
            return {name: _of_record(inner) for name, inner in structure.items()}
        case "JSON":
            return "NULL"
        case _:
            return structure


def _merged(first: _Structure, second: _Structure) -> _Structure:
    """The structure of values of which some have one structure and some another."""
    if first == second:
        return first
    match first, second:
        case "NULL", known:
            return known
        case known, "NULL":
            return known
        case dict(), dict():
            return {name: _merged(first.get(name, "NULL"), second.get(name, "NULL")) for name in {**first, **second}}
        case [inner_first], [inner_second]:
            return [_merged(inner_first, inner_second)]
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
    """A structure in types: integers signed, for the difference of two may be negative, and what is never filled text.

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


# ------------------------------------------------------------------------------------------------------------- Parquet


def _parquet(connection: duckdb.DuckDBPyConnection, extract: Extract) -> Cells:
    source = f"read_parquet({literal(str(extract.path))}, hive_partitioning = false, binary_as_string = true)"
    described = _described(connection, f"FROM {source}")
    columns = _cells([name for name, _ in described], [kind for _, kind in described])
    chosen = ", ".join(f'{identifier(name)} AS "{position}"' for position, (name, _) in enumerate(described))
    return Cells(extract.name, columns, f"SELECT {chosen} FROM {source}")


# --------------------------------------------------------------------------------------------------------------- Excel


def _load_excel(connection: duckdb.DuckDBPyConnection) -> None:
    file = (
        Path(duckdb_extension_excel.__file__).parent
        / "extensions"
        / f"v{duckdb.__version__}"
        / "excel.duckdb_extension"
    )
    if not file.exists():
        raise ExtractError(
            "the Excel reader does not fit this DuckDB; run `pip install --upgrade duckdb duckdb-extension-excel`"
        )
    connection.execute(f"LOAD {literal(str(file))}")


def _read_xlsx(connection: duckdb.DuckDBPyConnection, extract: Extract, table: ExtractTable, take: Take) -> Taken:
    cells = _xlsx(connection, extract, table)
    take(cells)
    return Taken(cells, "_number")


def _xlsx(connection: duckdb.DuckDBPyConnection, extract: Extract, table: ExtractTable) -> Cells:
    _check_workbook(extract)
    _load_excel(connection)
    options = f"stop_at_empty = false{f', sheet = {literal(table.sheet)}' if table.sheet is not None else ''}"
    source = f"read_xlsx({literal(str(extract.path))}, {options}"
    try:
        if table.skip_rows:
            source, header_row = _below_skipped(connection, extract, source, table.skip_rows)
        else:
            # Left to itself the reader begins at the first row with content, and calls the columns B3, C3 …
            (first_column, _), *_ = _described(connection, f"FROM {source}, all_varchar = true, header = false)")
            header_row = int(re.sub(r"\D", "", first_column))
        texts = f"{source}, all_varchar = true, header = false)"
        cursor = connection.execute(f"FROM {texts} LIMIT 1")
        letters = [column[0] for column in cursor.description or ()]
        first = cursor.fetchall()[0]
        types = [kind for _, kind in _described(connection, f"FROM {source}, header = {table.header})")]
    except duckdb.BinderException as error:
        if "No rows found" in str(error):
            raise TruncatedError(f"{extract.name} is empty: it has not even a header") from error
        raise
    names = [name or "" for name in first] if table.header else [f"column{n}" for n in range(1, len(first) + 1)]
    from_1904 = _counts_from_1904(extract.path)
    values = ", ".join(
        f'{_dated(identifier(letter), kind, from_1904)} AS "{position}"'
        for position, (letter, kind) in enumerate(zip(letters, types, strict=True))
    )
    filled = (
        f" AND ({' OR '.join(f'{identifier(letter)} IS NOT NULL' for letter in letters)})" if table.skip_rows else ""
    )
    relation = (
        f"SELECT row, {values} FROM (SELECT row_number() OVER () + {header_row - 1} AS row, * FROM {texts})"
        f" WHERE row {'>' if table.header else '>='} {header_row}{filled}"
    )
    columns = _cells(names, ["VARCHAR"] * len(names))
    return Cells(extract.name, columns, relation, numbered=True, serial_days=True, from_1904=from_1904)


def _below_skipped(
    connection: duckdb.DuckDBPyConnection, extract: Extract, source: str, skip_rows: int
) -> tuple[str, int]:
    """The reader with its range set to the table below the skipped rows, and the row of the table's header."""
    looked_at = f"{source}, all_varchar = true, header = false, range = 'A{skip_rows + 1}:XFD{skip_rows + 20}')"
    cursor = connection.execute(f"FROM {looked_at}")
    letters = [re.sub(r"\d", "", column[0]) for column in cursor.description or ()]
    for offset, row in enumerate(cursor.fetchall(), start=1):
        filled = [letter for letter, cell in zip(letters, row, strict=True) if cell is not None]
        if filled:
            header_row = skip_rows + offset
            return f"{source}, range = '{filled[0]}{header_row}:{filled[-1]}{_LAST_SHEET_ROW}'", header_row
    raise ExtractError(f"{extract.name} has nothing below its first {skip_rows} rows; check skip_rows")


def _described(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.execute(f"DESCRIBE {query}").fetchall()]


def _dated(cell: str, kind: str, from_1904: bool) -> str:
    """A cell's text; if the sheet shows its column as dates, ISO 8601 in place of the number of days that is stored."""
    if kind not in ("DATE", "TIMESTAMP"):
        return cell
    moment = serial_day(cell, from_1904)
    seconds = f"strftime({moment}, '%Y-%m-%d %H:%M:%S')"
    if kind == "DATE":
        seconds = (
            f"CASE WHEN {moment} = date_trunc('day', {moment}) THEN strftime({moment}, '%Y-%m-%d') ELSE {seconds} END"
        )
    return f"coalesce({seconds}, {cell})"


def _check_workbook(extract: Extract) -> None:
    if zipfile.is_zipfile(extract.path):
        return
    with extract.path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PK"):
        raise TruncatedError(f"{extract.name} is not a whole Excel workbook; copy it again")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise ExtractError(f"{extract.name} is an old or encrypted Excel workbook; save it as .xlsx without a password")
    raise ExtractError(f"{extract.name} is not an Excel workbook (.xlsx)")


def _counts_from_1904(path: Path) -> bool:
    """Whether the workbook counts its days from 1904, as Excel for the Macintosh once did."""
    with zipfile.ZipFile(path) as book:
        try:
            with book.open("xl/workbook.xml") as file:
                start = file.read(1 << 20)
        except KeyError:
            return False
    return re.search(rb"""date1904\s*=\s*["'](1|true)["']""", start) is not None
