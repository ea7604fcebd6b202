"""Where each of an entity's columns comes from: a column of the file, or an expression over its columns."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import duckdb

from pipelines.config import nearest
from pipelines.entities import Entity
from pipelines.sources.files import cast
from pipelines.sources.files.cast import Notation
from pipelines.sources.files.columns import (
    ColumnFrom,
    ColumnValue,
    ConstantColumn,
    expression_of,
    in_double_quotes,
    source_text,
    unquoted_names,
)
from pipelines.sources.files.constants import constant_sql, constant_type
from pipelines.sources.files.errors import ExtractError, brief
from pipelines.sources.files.formats.cells import Cell, Cells
from pipelines.sources.files.settings import ExtractTable
from pipelines.storage.sql import identifier

_MOST_LISTED = 12
# What a message calls the condition on rows.
WHERE = "`where`"
# A text, or a name that is neither a function's nor behind a point.
_WORD = re.compile(r"'(?:[^']|'')*'|(?<![.\w\"])(?:\"(?:[^\"]|\"\")*\"|[A-Za-z_]\w*)(?!\s*\()(?![\w\"])")

_NO_COLUMN = re.compile(r'Referenced column "([^"]+)" not found|does not have a column named "([^"]+)"')


class ColumnSource(NamedTuple):
    """Where a canonical column comes from: an SQL expression over the file's columns and its type.

    `is_expression`: the settings have written it. `can_fail`: it is evaluated with TRY, and its NULL may mean an error.
    `cells` are the columns of the file that the expression names. `column` is the column of the file that it is, if it
    is one. `value` is what the settings make of it, if they do.
    """

    expression: str
    duckdb_type: str
    is_expression: bool = False
    can_fail: bool = False
    cells: tuple[Cell, ...] = ()
    column: str | None = None
    value: ColumnFrom | None = None

    @property
    def derives(self) -> bool:
        """Whether the value is another than the text of the file: a part of it, or what a map has for it."""
        return self.value is not None and (self.value.map is not None or self.value.split is not None)


def wanted_columns(table: ExtractTable, entity: Entity) -> tuple[str, ...]:
    """Returns the columns that the settings expect in a file; the delimiter of a CSV file is found by them."""
    sources = [source_text(value) for value in (table.columns or {}).values()]
    named = [source for source in sources if source is not None and expression_of(source) is None]
    if table.columns is None and table.sql is None:
        named = list(entity.column_names)
    return (*named, table.keep_latest_by) if table.keep_latest_by else tuple(named)


class ColumnMapping:
    """Finds the sources of an entity's columns among the cells of a file."""

    def __init__(self, cells: Cells, table: ExtractTable, entity: Entity, notation: Notation) -> None:
        self._cells = cells
        self._table = table
        self._entity = entity
        self._notation = notation

    def find_sources(self, connection: duckdb.DuckDBPyConnection) -> Mapping[str, ColumnSource]:
        """Returns the source of each of the entity's columns that the file fills.

        Raises:
            ExtractError: a column that the settings name is missing, or an expression does not fit the file.
        """
        if self._cells.faulty and not self._cells.columns:
            # JSON without a single record has no columns.
            return {}
        if self._table.columns is None:
            return self._find_by_name()
        return {name: self._source(connection, name, value) for name, value in self._table.columns.items()}

    def find_condition(self, connection: duckdb.DuckDBPyConnection) -> ColumnSource | None:
        """Returns the condition that the rows of the table fulfil; None if the settings have none.

        Raises:
            ExtractError: it does not fit the file, or is neither true nor false.
        """
        if self._table.where is None or (self._cells.faulty and not self._cells.columns):
            return None
        condition = self._of_expression(connection, WHERE, self._table.where)
        if condition.duckdb_type != "BOOLEAN":
            raise ExtractError(
                f"{self._cells.file}: `where` is neither true nor false but {condition.duckdb_type}; write a condition"
            )
        return condition

    def _source(self, connection: duckdb.DuckDBPyConnection, name: str, value: ColumnValue) -> ColumnSource:
        if isinstance(value, ConstantColumn):
            column, scoring = self._entity.column(name), self._entity.scoring
            constant = constant_sql(value.const, column, scoring, self._notation)
            return ColumnSource(constant, constant_type(column, scoring))
        text = source_text(value) or ""
        expression = expression_of(text)
        if expression is not None:
            found = self._of_expression(connection, f"columns.{name}", expression)
        else:
            cell = self.find_cell(text)
            if cell is None:
                raise self.missing(text)
            found = source_of_cell(cell)
        found = found._replace(value=value if isinstance(value, ColumnFrom) else None)
        if found.derives and cast.family(found.duckdb_type) == "nested":
            raise ExtractError(
                f"{self._cells.file}: columns.{name} comes from a nested value ({found.duckdb_type[:60]}); select a"
                " part of it with `expr:`"
            )
        return found

    def _find_by_name(self) -> Mapping[str, ColumnSource]:
        found = {name: self.find_cell(name) for name in self._entity.column_names}
        sources = {name: source_of_cell(cell) for name, cell in found.items() if cell is not None}
        for column in self._entity.columns:
            if column.required and column.name not in sources:
                raise self.missing(column.name)
        for group in self._entity.one_of:
            if not sources.keys() & set(group):
                raise self.missing(*group)
        return sources

    def find_cell(self, name: str) -> Cell | None:
        """Returns the file's column called `name`: exactly, else in any letter case and without outer blanks.

        Raises:
            ExtractError: several columns have that name.
        """
        for matches in (
            [cell for cell in self._cells.columns if cell.column == name],
            [cell for cell in self._cells.columns if cell.name == name.strip()],
            [cell for cell in self._cells.columns if cell.name.casefold() == name.strip().casefold()],
        ):
            if len(matches) == 1:
                return matches[0]
            if matches:
                choice = " or ".join(f'"{cell.column}"' for cell in matches)
                raise ExtractError(
                    f'{self._cells.file} has {len(matches)} columns called "{name}"; write {choice}, from the left'
                )
        return None

    def missing(self, *names: str) -> ExtractError:
        """Returns the error for a file that has none of these columns."""
        given = [cell.column for cell in self._cells.columns]
        wanted = " or ".join(f'"{name}"' for name in names)
        below = self._cells.header_below
        if below is not None and any(name.strip().casefold() in below.names for name in names):
            return ExtractError(
                f"{self._cells.file} has no column {wanted} in the row that was taken for the header, but in row"
                f" {below.skip_rows + 1}: set `skip_rows: {below.skip_rows}`"
            )
        if len(given) == 1 and self._table.sql is None:
            return ExtractError(
                f'{self._cells.file} has no column {wanted}, only one called "{given[0][:200]}";'
                " if that is a whole header, set `delimiter`"
            )
        near = nearest(names[0], given)
        nearest_one = f'; nearest: "{near}"' if near is not None else ""
        garbled = next((name for name in given if _as_utf8(name) in {each.strip().casefold() for each in names}), None)
        if garbled is not None:
            return ExtractError(
                f'{self._cells.file} has no column {wanted}, but "{garbled}": that is UTF-8 read in another encoding;'
                " set `encoding: utf-8`"
            )
        return ExtractError(f"{self._cells.file} has no column {wanted}{nearest_one}; it has {listed(given)}")

    def _of_expression(self, connection: duckdb.DuckDBPyConnection, key: str, expression: str) -> ColumnSource:
        """The expression at a key, written so that an error costs one row its value, where DuckDB can do that.

        If it cannot be applied to texts (`price + freight`), the file's texts become numbers in it.
        """
        reason, unknown = "", None
        numeric = self._with_numbers(expression)
        for written, can_fail in (
            (f"TRY({expression}\n)", True),
            (f"({expression}\n)", False),
            (f"TRY({numeric}\n)", True),
            (f"({numeric}\n)", False),
        ):
            try:
                described = connection.execute(f"DESCRIBE SELECT {written} FROM ({self._no_rows()})").fetchall()
            except duckdb.Error as error:
                unknown = unknown or missing_name(error)
                reason = reason or brief(error)
            else:
                cells = tuple(self._cells_in(expression))
                return ColumnSource(written, described[0][1], is_expression=True, can_fail=can_fail, cells=cells)
        names = unquoted_names(expression, [cell.column for cell in self._cells.columns])
        hint = f"; {in_double_quotes(names)}" if names else ""
        what = f"the {'condition' if key == WHERE else 'expression'} in {key}"
        if unknown is not None and not names:
            raise ExtractError(f"{self.missing(unknown)}; {what} refers to it")
        raise ExtractError(f"{self._cells.file}: {what} does not fit: {reason}{hint}")

    def _cells_in(self, expression: str) -> Iterator[Cell]:
        """The columns of the file that an expression names, each once."""
        words = {_plain(found[0]).casefold() for found in _WORD.finditer(expression) if not found[0].startswith("'")}
        return (cell for cell in self._cells.columns if cell.column.casefold() in words)

    def _with_numbers(self, expression: str) -> str:
        """The expression with the file's texts as numbers, in the table's notation."""
        texts = {cell.column.casefold(): cell for cell in self._cells.columns if cell.duckdb_type == "VARCHAR"}

        def number(found: re.Match[str]) -> str:
            word = found[0]
            cell = None if word.startswith("'") else texts.get(_plain(word).casefold())
            if cell is None:
                return word
            return f"({cast.number_in_expression(identifier(cell.column), self._notation)})"

        return _WORD.sub(number, expression)

    def _no_rows(self) -> str:
        nothing = [f"CAST(NULL AS {cell.duckdb_type}) AS {identifier(cell.column)}" for cell in self._cells.columns]
        return f"SELECT {', '.join(nothing) or 'NULL'} WHERE false"


def missing_name(error: duckdb.Error) -> str | None:
    """Returns the name of the column that DuckDB did not find, if that is the error."""
    found = _NO_COLUMN.search(str(error))
    return None if found is None else found[1] or found[2]


def listed(names: Sequence[str]) -> str:
    """Returns the names of a file's columns as a message lists them: the first dozen, and how many more there are."""
    words = ", ".join(f'"{name[:60]}"' for name in names[:_MOST_LISTED])
    more = len(names) - _MOST_LISTED
    return f"{words} and {more} more" if more > 0 else words or "none at all"


def _as_utf8(name: str) -> str | None:
    """A name that was read as cp1252 or latin-1, as it is in UTF-8 and in lower case; None if it cannot be that."""
    for encoding in ("cp1252", "latin-1"):
        with suppress(UnicodeError):
            return name.encode(encoding).decode("utf-8").strip().casefold() if not name.isascii() else None
    return None


def _plain(word: str) -> str:
    """A name in an expression without its quotation marks."""
    return word[1:-1].replace('""', '"') if word.startswith('"') else word


def source_of_cell(cell: Cell) -> ColumnSource:
    """Returns the source that takes a column of the file as it is."""
    return ColumnSource(identifier(cell.column), cell.duckdb_type, column=cell.column)
