"""Extraction: reads the files of one load into DuckDB and writes its rows as Parquet."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from pipelines.config import nearest
from pipelines.entities import ENTITIES
from pipelines.raw import ORIGIN_COLUMNS, LoadWarning
from pipelines.sources.files.checks import BLANK, FILTERED
from pipelines.sources.files.errors import ExtractError, brief, is_about_storage
from pipelines.sources.files.excluded import ExcludedRecords
from pipelines.sources.files.formats.cells import (
    Cell,
    Cells,
    CreateTable,
    ReadResult,
    Reject,
    RejectRecord,
    describe,
)
from pipelines.sources.files.mapping import listed, missing_name, wanted_columns
from pipelines.sources.files.quarantine import Quarantine
from pipelines.sources.files.read import read
from pipelines.sources.files.reasons import NOT_EVALUATED, problem_of
from pipelines.sources.files.settings import ExtractTable
from pipelines.sources.files.staging import REPEATED, Staging, by_name
from pipelines.sources.files.statistics import collect
from pipelines.sources.files.units import ExtractFile, notation_of, open_extract
from pipelines.sources.files.warnings import find_warnings
from pipelines.sources.rejection import Rejection
from pipelines.storage.sql import file_literal, identifier, literal

STAGED = "_staged"
RESULT = "_result"
_IS_BAD = "_bad LIKE '{%'"
# Parquet's dictionaries are for columns of few values; for the others, trying costs a fifth of writing.
_LARGEST_DICTIONARY = 2_000


class RowCounts(NamedTuple):
    """How many rows of a load are good, bad, blank and filtered, and how many of the good ones are duplicates."""

    good: int
    bad: int
    blank: int
    filtered: int
    duplicates: int


class Extraction:
    """Reads the files of one load with a connection of its own, and writes their rows."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: str,
        table: ExtractTable,
        timezone: str,
        *,
        most_rows: int | None = None,
    ) -> None:
        """Reads with a connection; of each file no more than `most_rows`, if that is given."""
        self._most_rows = most_rows
        self._connection = connection
        self._source = source
        self._table = table
        self._entity = ENTITIES[table.entity]
        self._timezone = timezone
        self._staged_by: Staging | None = None

    def stage(self, files: Sequence[ExtractFile], work: Path, quarantine: Quarantine) -> tuple[Staging, ReadResult]:
        """Reads the files into a temporary table; records that are no rows go to quarantine."""
        if self._table.sql is not None:
            return self._stage_query(self._table.sql, files, work, quarantine)
        staging: Staging | None = None

        def create_table(cells: Cells) -> int:
            nonlocal staging
            staging = self._staging(cells)
            return self._create_staged(staging)

        excluded: ExcludedRecords | None = None

        def reject(cells: Cells, found: Reject, raw_row: dict[str, str]) -> None:
            nonlocal excluded
            if excluded is None:
                notation = notation_of(self._table, self._timezone, cells)
                excluded = ExcludedRecords(self._connection, self._table, self._entity, notation)
            if not excluded.exclude(cells, raw_row):
                quarantine.reject(cells, found, raw_row)

        result = self._read(files[0], work, create_table, reject)
        if staging is None:
            raise ExtractError(f"{files[0].found.name} has no content")
        return staging, result if excluded is None else replace(result, filtered=result.filtered + excluded.count)

    def _read(
        self, file: ExtractFile, work: Path, create_table: CreateTable, reject_record: RejectRecord
    ) -> ReadResult:
        extract = open_extract(file.path, file.found.name, self._table, work)
        wanted = wanted_columns(self._table, self._entity)
        return read(self._connection, extract, self._table, wanted, self._limited(create_table), reject_record)

    def _limited(self, create_table: CreateTable) -> CreateTable:
        if self._most_rows is None:
            return create_table
        limit = f"LIMIT {self._most_rows}"
        return lambda cells: create_table(replace(cells, relation=f"SELECT * FROM ({cells.relation}) {limit}"))

    def _staging(self, cells: Cells) -> Staging:
        notation = notation_of(self._table, self._timezone, cells)
        self._staged_by = Staging(self._connection, cells, self._table, self._entity, notation)
        return self._staged_by

    def _create_staged(self, staging: Staging) -> int:
        if staging.keeps_order:
            return self._create(STAGED, staging.query())
        self._connection.execute("SET threads = 1")
        try:
            return self._create(STAGED, staging.query())
        finally:
            self._connection.execute("RESET threads")

    def _create(self, name: str, query: str) -> int:
        return int(self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}").fetchall()[0][0])

    def _stage_query(
        self, sql: str, files: Sequence[ExtractFile], work: Path, quarantine: Quarantine
    ) -> tuple[Staging, ReadResult]:
        parts: dict[str, list[str]] = {}
        ends_early, blank, filtered = False, 0, 0
        for number, file in enumerate(files):
            name = f"_extract_{number}"
            folder = work / name
            folder.mkdir()
            result = self._read(file, folder, self._table_creator(name), quarantine.reject)
            ends_early, blank = ends_early or result.ends_early, blank + result.blank
            if result.cells.faulty:
                self._reject_faults(name, result.cells, quarantine)
            filtered += self._repeated_headers(name, result.cells)
            parts.setdefault(file.table, []).append(_rows_without_faults(name, result.cells))
        for table, queries in parts.items():
            view = f"CREATE OR REPLACE TEMP VIEW {identifier(table)} AS {' UNION ALL BY NAME '.join(queries)}"
            self._connection.execute(view)
        cells = self._query_cells(sql, ", ".join(file.found.name for file in files), list(parts))
        staging = self._staging(cells)
        self._create_staged(staging)
        for number in range(len(files)):
            self._connection.execute(f"DROP TABLE _extract_{number}")
        return staging, ReadResult(cells, "_position + 1", blank, ends_early, filtered)

    def _table_creator(self, name: str) -> CreateTable:
        return lambda cells: self._create(name, by_name(cells, self._table))

    def _reject_faults(self, name: str, cells: Cells, quarantine: Quarantine) -> None:
        faults = self._connection.execute(f"SELECT rowid + 1, _fault FROM {name} WHERE _fault <> '' ORDER BY 1")
        while rows := faults.fetchmany(1_000):
            for row, fault in rows:
                quarantine.reject(cells, Reject(row, fault, ""), {})

    def _repeated_headers(self, name: str, cells: Cells) -> int:
        if not cells.has_header:
            return 0
        return int(self._connection.execute(f"SELECT count(*) FROM {name} WHERE {REPEATED}").fetchall()[0][0])

    def _query_cells(self, sql: str, names: str, tables: Sequence[str]) -> Cells:
        try:
            self._create(RESULT, sql.strip().removesuffix(";"))
        except duckdb.Error as error:
            if is_about_storage(error):
                raise
            reason = query_reason(self._connection, tables, error)
            raise ExtractError(f"the sql of {self._entity.name} does not fit {names}: {reason}") from error
        return result_cells(self._connection, names)

    def warnings(self, staging: Staging, until: datetime) -> tuple[LoadWarning, ...]:
        """Returns what is probably wrong with the staged rows of a source that was read up to the moment `until`."""
        formats = self._table.datetime_format or ()
        statistics = collect(self._connection, STAGED, self._entity, staging.filled, formats, until)
        return find_warnings(statistics, self._table, self._entity, until)

    def write(
        self, target: Path, result: ReadResult, load_id: str, sequence: int, quarantine: Quarantine, work: Path
    ) -> RowCounts:
        """Writes good rows to `target`, others to quarantine; returns how many there are of each kind."""
        good, bad, blank, filtered, duplicates, *versions = self._counts()
        origin = {"_source": self._source, "_load_id": load_id, "_file": result.cells.file}
        rows = self._rows(origin, sequence, result, versions)
        options = f"FORMAT parquet, DICTIONARY_SIZE_LIMIT {_LARGEST_DICTIONARY}"
        # Rows have their numbers, so that each thread may write what it has without waiting for the rows before.
        self._connection.execute("SET preserve_insertion_order = false")
        try:
            self._connection.execute(f"COPY ({rows}) TO {literal(str(target))} ({options})")
        finally:
            self._connection.execute("RESET preserve_insertion_order")
        if bad:
            lines = work / "bad.jsonl"
            self._connection.execute(f"COPY ({self._bad_rows(result)}) TO {literal(str(lines))} (FORMAT json)")
            quarantine.add(lines, bad, self._rejections(result))
        self._connection.execute(f"DROP TABLE {STAGED}")
        return RowCounts(good, bad, blank + result.blank, filtered + result.filtered, duplicates)

    def inspect(self, result: ReadResult) -> tuple[RowCounts, list[Rejection]]:
        """Returns how many staged rows there are of each kind, and what is wrong with the bad ones; writes nothing."""
        counts = RowCounts(*self._counts()[: len(RowCounts._fields)])
        return counts, self._rejections(result) if counts.bad else []

    def _counts(self) -> tuple[int, ...]:
        """Good, bad, blank, filtered and duplicate rows; good ones with a version as text, as a time, as a number."""
        (counts,) = self._connection.execute(f"""
            SELECT count(*) FILTER (_bad IS NULL), count(*) FILTER ({_IS_BAD}), count(*) FILTER (_bad = '{BLANK}'),
                count(*) FILTER (_bad = '{FILTERED}'),
                count(_version_text) FILTER (_bad IS NULL), count(_version_at) FILTER (_bad IS NULL),
                count(_version_number) FILTER (_bad IS NULL)
            FROM {STAGED}
        """).fetchall()
        good, bad, blank, filtered, *versions = counts
        return (good, bad, blank, filtered, self._duplicates(good), *versions)

    def _duplicates(self, good: int) -> int:
        key = ", ".join(map(identifier, self._entity.key))
        # Keys with different hashes differ; only where hashes are equal must the keys themselves be counted, which
        # takes twice as long.
        return self._repeats(good, f"hash({key})") and self._repeats(good, f"({key})")

    def _repeats(self, good: int, of: str) -> int:
        counted = f"SELECT count(DISTINCT {of}) FROM {STAGED} WHERE _bad IS NULL"
        ((distinct,),) = self._connection.execute(counted).fetchall()
        return good - int(distinct)

    def _rows(self, origin: Mapping[str, str], sequence: int, result: ReadResult, versions: Sequence[int]) -> str:
        given, as_time, as_number = versions
        kind = "_version_at" if as_time == given else "_version_number" if as_number == given else "_version_text"
        # Of one value throughout: as an enumeration it is not hashed for every row.
        columns = {name: f"CAST({literal(text)} AS ENUM({literal(text)}))" for name, text in origin.items()}
        columns |= {"_load_sequence": f"CAST({sequence} AS BIGINT)", "_row": f"CAST({result.row} AS BIGINT)"}
        columns |= {name: f"CAST(NULL AS {kind_})" for name, kind_ in ORIGIN_COLUMNS if name.startswith("_version")}
        columns |= {kind: kind}
        chosen = [
            f"{columns.get(name, identifier(name))} AS {identifier(name)}"
            for name in (*self._entity.column_names, *(name for name, _ in ORIGIN_COLUMNS))
        ]
        return f"SELECT {', '.join(chosen)} FROM ({_positioned('_bad IS NULL')})"

    def _rejections(self, result: ReadResult) -> list[Rejection]:
        """What is wrong with the rows that have cells that do not fit, by column and problem.

        A row counts for each of its problems.
        """
        found = self._connection.execute(f"""
            SELECT col, {problem_of("reason", "value")} AS problem, count(DISTINCT row), min(row), arg_min(reason, row),
                any_value(file_column), arg_min(raw, row)
            FROM (
                SELECT row, raw, error ->> 'column' AS col, error ->> 'value' AS value, error ->> 'reason' AS reason,
                    error ->> 'file_column' AS file_column
                FROM (
                    SELECT CAST({result.row} AS BIGINT) AS row, unnest(CAST(CAST(_bad AS JSON) -> 'errors' AS JSON[]))
                        AS error, CAST(_bad AS JSON) -> 'raw' AS raw
                    FROM ({_positioned(_IS_BAD)})
                )
            )
            GROUP BY col, problem ORDER BY min(row), col
        """).fetchall()
        return [
            Rejection(
                column,
                problem,
                rows,
                result.cells.file,
                row,
                self._explained(reason, column, problem, raw),
                file_column,
            )
            for column, problem, rows, row, reason, file_column, raw in found
        ]

    def _explained(self, reason: str, column: str | None, problem: str, raw: str) -> str:
        """A reason with that of DuckDB, if an expression fails: evaluated row by row, DuckDB gives none."""
        if self._staged_by is None or not problem.endswith(NOT_EVALUATED):
            return reason
        row = {
            name: value if isinstance(value, str | None) else json.dumps(value, ensure_ascii=False)
            for name, value in json.loads(raw).items()
        }
        why = self._staged_by.why_not_evaluated(self._connection, column, row)
        return reason if why is None else f"{reason}: {why}"

    def _bad_rows(self, result: ReadResult) -> str:
        first = [f"errors -> 0 ->> '{key}' AS {identifier(key)}" for key in ("column", "value", "reason")]
        origin = {"source": self._source, "entity": self._entity.name, "file": result.cells.file}
        chosen = [f"{literal(text)} AS {name}" for name, text in origin.items()]
        return (
            f"SELECT {', '.join([*chosen, 'row', *first])}, raw, errors FROM ("
            f"SELECT CAST({result.row} AS BIGINT) AS row, CAST(_bad AS JSON) -> 'errors' AS errors,"
            f" CAST(_bad AS JSON) -> 'raw' AS raw FROM ({_positioned(_IS_BAD)}))"
        )


def query_reason(connection: duckdb.DuckDBPyConnection, tables: Sequence[str], error: duckdb.Error) -> str:
    """Returns why a table's `sql` failed; if a column is missing, with those of its tables."""
    unknown = missing_name(error)
    if unknown is None:
        return brief(error)
    columns = {table: [name for name, _ in describe(connection, f"FROM {identifier(table)}")] for table in tables}
    near = nearest(unknown, [name for names in columns.values() for name in names])
    nearest_one = f'; nearest: "{near}"' if near is not None else ""
    known = "; ".join(f"{table} has {listed(names)}" for table, names in columns.items())
    return f'it names a column "{unknown}", which no table has{nearest_one}; {known}'


def newest_moment(connection: duckdb.DuckDBPyConnection, rows: Path, entity: str, until: datetime) -> datetime | None:
    """Returns the latest moment up to `until` in any row; None if there is none. A date is the start of its day."""
    known = f"<= CAST({literal(until.isoformat())} AS TIMESTAMPTZ)"
    columns = [
        f"CAST({identifier(each.name)} AS TIMESTAMPTZ)"
        for each in ENTITIES[entity].columns
        if each.kind in ("timestamp", "date")
    ]
    moments = [f"max({column}) FILTER ({column} {known})" for column in columns]
    if not moments:
        return None
    query = f"SELECT epoch(greatest({', '.join(moments)}, NULL)) FROM read_parquet({file_literal(rows)})"
    (found,) = connection.execute(query).fetchall()
    return None if found[0] is None else datetime.fromtimestamp(found[0], UTC)


def _positioned(condition: str) -> str:
    return f"SELECT rowid AS _position, * FROM {STAGED} WHERE {condition}"


def _rows_without_faults(name: str, cells: Cells) -> str:
    """A query for the rows of an extract that was read by name, without records that are no rows."""
    if not cells.columns:
        return "SELECT NULL AS _none WHERE false"
    if cells.has_header:
        return f"SELECT * EXCLUDE ({REPEATED}) FROM {name} WHERE NOT {REPEATED}"
    return f"SELECT * EXCLUDE (_fault) FROM {name} WHERE _fault IS NULL" if cells.faulty else f"FROM {name}"


def result_cells(connection: duckdb.DuckDBPyConnection, names: str) -> Cells:
    """Returns the result of a table's `sql` as cells; `names` are the files it was made from."""
    described = connection.execute(f"DESCRIBE {RESULT}").fetchall()
    columns = tuple(Cell(row[0], row[0], row[1]) for row in described)
    chosen = ", ".join(f"{identifier(cell.column)} AS {identifier(str(n))}" for n, cell in enumerate(columns))
    return Cells(names, columns, f"SELECT {chosen} FROM {RESULT}")
