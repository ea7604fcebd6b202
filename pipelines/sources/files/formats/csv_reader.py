"""CSV files: read in parallel by DuckDB where each line is a record, else record by record."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from pipelines.sources.files.errors import ExtractError, TruncatedError
from pipelines.sources.files.formats import delimited
from pipelines.sources.files.formats.cells import (
    Cells,
    CreateTable,
    Extract,
    ReadResult,
    Reject,
    RejectRecord,
    name_cells,
)
from pipelines.sources.files.formats.delimited import Dialect
from pipelines.sources.files.formats.limits import ReadLimits
from pipelines.sources.files.formats.plain_text import Cut, Layout, PlainText, first_text, nul_error, plain_text
from pipelines.sources.files.settings import ExtractTable
from pipelines.sources.files.sql import steps
from pipelines.storage.sql import file_literal, literal

# More rejected lines than these are numbered by repairing the file, not by SQL.
_MOST_STEPS = 2_000
_REJECTS = "_csv_rejects"
_SCANS = "_csv_scans"
_MISQUOTED = "UNQUOTED VALUE"
# DuckDB's kinds of errors, of those that are not about the number of fields.
_REASONS = {
    "LINE SIZE OVER MAXIMUM": "is longer than 2 million bytes",
}


def read_csv(
    connection: duckdb.DuckDBPyConnection,
    extract: Extract,
    table: ExtractTable,
    wanted: Sequence[str],
    limits: ReadLimits,
    create_table: CreateTable,
    reject_record: RejectRecord,
) -> ReadResult:
    """Reads the file into a table; a row's number is that of its record, with the header and blank records counted.

    Raises:
        ExtractError: the file is not text in the encoding that the settings name, or a limit is exceeded.
        TruncatedError: the file is empty, or cut within its header.
    """
    cut = Cut(table.skip_footer, table.skip_rows) if table.skip_footer else None
    with plain_text(extract.path, limits, table.encoding, table.quote, extract.work, cut, refuse_nuls=False) as text:
        start = first_text(text.path, extract.name, "utf-8")
        dialect, names = _dialect(start, extract, table, wanted)
        cells = _cells(extract, table, names, start, wanted)
        result = None
        try:
            if dialect.begins_plainly and not text.beginning.has_mixed_ends:
                result = _read_regular(connection, text, dialect, cells, create_table, reject_record)
            return result or _read_repaired(text, extract, dialect, cells, limits, create_table, reject_record)
        except ExtractError as error:
            if text.beginning.records < dialect.first_row and not text.beginning.is_ended:
                raise TruncatedError(f"{error} (its header has no line end: is it whole?)") from error
            raise


def csv_cells(extract: Extract, table: ExtractTable, wanted: Sequence[str]) -> Cells:
    """Returns the file's columns, from its header alone."""
    start = first_text(extract.path, extract.name, table.encoding)
    _, names = _dialect(start, extract, table, wanted)
    return _cells(extract, table, names, start, wanted)


def _dialect(start: str, extract: Extract, table: ExtractTable, wanted: Sequence[str]) -> tuple[Dialect, list[str]]:
    dialect, names = delimited.find_dialect(
        start,
        extract.name,
        delimiter=table.delimiter,
        quote=table.quote,
        skip_rows=table.skip_rows,
        header=table.header,
        wanted=wanted,
    )
    if any("\0" in name for name in names):
        raise nul_error(extract.name, start.count("\n", 0, start.find("\0")) + 1)
    return dialect, names


def _cells(extract: Extract, table: ExtractTable, names: Sequence[str], start: str, wanted: Sequence[str]) -> Cells:
    below = None
    if table.header:
        below = delimited.header_below(start, delimiter=table.delimiter, quote=table.quote, names=names, wanted=wanted)
    columns = name_cells(names, ["VARCHAR"] * len(names))
    return Cells(extract.name, columns, "", has_header=table.header, header_below=below)


def _query(path: Path, width: int, dialect: Dialect, options: str) -> str:
    columns = ", ".join(f"'{position}': 'VARCHAR'" for position in range(width))
    return (
        f"FROM read_csv({file_literal(path)}, auto_detect = false, columns = {{{columns}}}, header = false,"
        f" delim = {literal(dialect.delimiter)}, quote = {literal(dialect.quote)}, escape = {literal(dialect.quote)},"
        f" nullstr = '', compression = 'none', hive_partitioning = false, {options})"
    )


def _read_regular(
    connection: duckdb.DuckDBPyConnection,
    text: PlainText,
    dialect: Dialect,
    cells: Cells,
    create_table: CreateTable,
    reject_record: RejectRecord,
) -> ReadResult | None:
    """Reads a file that has one record a line, or line breaks within quotes only; None if that proves to be wrong."""
    # The layout of the whole file is known only after DuckDB has read it; if it differs, DuckDB reads it again.
    assumed = text.beginning
    rows, rejects = _create_table(connection, text, dialect, cells, assumed, create_table)
    layout = text.layout()
    if (layout.has_quoted_breaks, layout.has_odd_blanks) != (assumed.has_quoted_breaks, assumed.has_odd_blanks):
        rows, rejects = _create_table(connection, text, dialect, cells, layout, create_table)
    trailing = layout.trailing_blanks if len(cells.columns) == 1 else 0
    as_expected = layout.records + trailing == dialect.first_row - 1 + rows + len(rejects)
    if layout.has_quoted_breaks and rejects:
        as_expected = False
    if rows < 0 or len(rejects) > _MOST_STEPS or layout.has_mixed_ends or layout.is_quoted or layout.has_nuls:
        return None
    if not as_expected:
        return None
    blank = layout.trailing_blanks if len(cells.columns) > 1 else 0
    for reject in rejects:
        fields = delimited.fields_of(reject.text, dialect)
        if not any(field.strip() for field in fields):
            blank += 1
            continue
        reason = reject.reason or delimited.wrong_width(len(fields), len(cells.columns))
        reject_record(cells, replace(reject, reason=reason), _by_column(cells, fields))
    thresholds = [(str(reject.row - dialect.first_row - index), index + 1) for index, reject in enumerate(rejects)]
    row = f"_position + {dialect.first_row} + {steps('_position', thresholds, 0)}"
    ends_early = bool(rejects) and rejects[-1].row == layout.records and not layout.is_ended
    return ReadResult(cells, row, blank, ends_early)


def _create_table(
    connection: duckdb.DuckDBPyConnection,
    text: PlainText,
    dialect: Dialect,
    cells: Cells,
    layout: Layout,
    create_table: CreateTable,
) -> tuple[int, list[Reject]]:
    """The number of rows in the table, and the records that DuckDB rejected; -1 if DuckDB gave up."""
    for leftover in (_REJECTS, _SCANS):
        connection.execute(f"DROP TABLE IF EXISTS {leftover}")
    options = (
        f"skip = {dialect.first_row - 1}, parallel = {not layout.has_quoted_breaks}, store_rejects = true,"
        f" rejects_table = '{_REJECTS}', rejects_scan = '{_SCANS}'"
    )
    relation = _query(text.path, len(cells.columns), dialect, options)
    try:
        rows = create_table(replace(cells, relation=relation, spaces_only=not layout.has_odd_blanks))
    except duckdb.InvalidInputException:
        return -1, []
    found = connection.execute(
        f"SELECT line, min(error_type), any_value(csv_line) FROM {_REJECTS} GROUP BY line ORDER BY line"
    ).fetchmany(_MOST_STEPS + 1)
    return rows, [
        delimited.misquoted(row, row, line) if kind == _MISQUOTED else Reject(row, _REASONS.get(kind, ""), line)
        for row, kind, line in found
    ]


def _read_repaired(
    text: PlainText,
    extract: Extract,
    dialect: Dialect,
    cells: Cells,
    limits: ReadLimits,
    create_table: CreateTable,
    reject_record: RejectRecord,
) -> ReadResult:
    width = len(cells.columns)
    target = extract.work / "repaired.csv"

    def reject_fields(reject: Reject) -> None:
        reject_record(cells, reject, _by_column(cells, delimited.fields_of(reject.text, dialect)))

    repaired = delimited.repair(text.path, target, dialect, width, limits, reject_fields)
    plain = Dialect(",", '"', 1, begins_plainly=True)
    shifted = ", ".join(f'"{position + 1}" AS "{position}"' for position in range(width))
    # Without `new_line`, DuckDB takes a carriage return within quotes for a line end.
    options = rf"parallel = false, new_line = '\r\n', max_line_size = {4 * delimited.LONGEST_RECORD}"
    relation = f'SELECT CAST("0" AS BIGINT) AS row, {shifted} {_query(target, width + 1, plain, options)}'
    numbered = replace(cells, relation=relation, numbered=True)
    create_table(numbered)
    # A last record that is too short may be meant so, if its line has an end.
    ends_early = repaired.ends_in_quotes or (repaired.ends_in_reject and not text.layout().is_ended)
    return ReadResult(numbered, "_number", repaired.blank, ends_early)


def _by_column(cells: Cells, fields: Sequence[str]) -> dict[str, str]:
    names = [cell.column for cell in cells.columns]
    names += [f"column{number}" for number in range(len(names) + 1, len(fields) + 1)]
    return dict(zip(names, (field.rstrip("\r\n") for field in fields), strict=False))
