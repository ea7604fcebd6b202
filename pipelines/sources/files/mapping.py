"""Where each of an entity's columns comes from: a column of the file, or an expression over its columns."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import duckdb

from pipelines.config import nearest
from pipelines.entities import Entity
from pipelines.sources.files import cast
from pipelines.sources.files.cast import Notation
from pipelines.sources.files.errors import ExtractError, brief
from pipelines.sources.files.formats.cells import Cell, Cells
from pipelines.sources.files.settings import ExtractTable, expression_of
from pipelines.storage.sql import identifier

_MOST_LISTED = 12
# A text, or a name that is neither a function's nor behind a point.
_WORD = re.compile(r"'(?:[^']|'')*'|(?<![.\w\"])(?:\"(?:[^\"]|\"\")*\"|[A-Za-z_]\w*)(?!\s*\()(?![\w\"])")

_NO_COLUMN = re.compile(r'Referenced column "([^"]+)" not found')


class ColumnSource(NamedTuple):
    """Where a canonical column comes from: an SQL expression over the file's columns and its type.

    `is_expression`: the settings have written it. `can_fail`: it is evaluated with TRY, and its NULL may mean an error.
    `cells` are the columns of the file that the expression names.
    """

    expression: str
    duckdb_type: str
    is_expression: bool = False
    can_fail: bool = False
    cells: tuple[Cell, ...] = ()


def wanted_columns(table: ExtractTable, entity: Entity) -> tuple[str, ...]:
    """Returns the columns that the settings expect in a file; the delimiter of a CSV file is found by them."""
    named = [source for source in (table.columns or {}).values() if expression_of(source) is None]
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
        sources = {}
        for name, source in self._table.columns.items():
            expression = expression_of(source)
            if expression is not None:
                sources[name] = self._of_expression(connection, name, expression)
                continue
            cell = self.find_cell(source)
            if cell is None:
                raise self.missing(source)
            sources[name] = source_of_cell(cell)
        return sources

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
        if len(given) == 1 and self._table.sql is None:
            return ExtractError(
                f'{self._cells.file} has no column {wanted}, only one called "{given[0][:200]}";'
                " if that is a whole header, set `delimiter`"
            )
        near = nearest(names[0], given)
        if near is not None:
            return ExtractError(f'{self._cells.file} has no column {wanted}; nearest: "{near}"')
        listed = ", ".join(f'"{name[:60]}"' for name in given[:_MOST_LISTED])
        listed += " …" if len(given) > _MOST_LISTED else ""
        return ExtractError(f"{self._cells.file} has no column {wanted}; it has {listed or 'none at all'}")

    def _of_expression(self, connection: duckdb.DuckDBPyConnection, name: str, expression: str) -> ColumnSource:
        """The expression, written so that an error costs one row its value, where DuckDB can do that.

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
                unknown = unknown or _NO_COLUMN.search(str(error))
                reason = reason or brief(error)
            else:
                cells = tuple(self._cells_in(expression))
                return ColumnSource(written, described[0][1], is_expression=True, can_fail=can_fail, cells=cells)
        if unknown is not None:
            raise ExtractError(f"{self.missing(unknown[1])}; the expression in columns.{name} refers to it")
        raise ExtractError(f"{self._cells.file}: the expression in columns.{name} does not fit: {reason}")

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


def _plain(word: str) -> str:
    """A name in an expression without its quotation marks."""
    return word[1:-1].replace('""', '"') if word.startswith('"') else word


def source_of_cell(cell: Cell) -> ColumnSource:
    """Returns the source that takes a column of the file as it is."""
    return ColumnSource(identifier(cell.column), cell.duckdb_type)
