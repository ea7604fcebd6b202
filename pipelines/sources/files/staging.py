"""From a file's cells to typed rows, in one query that DuckDB runs in parallel.

Every row is kept: the good ones typed, the others with a JSON text in `_bad` that says what is wrong with which column
and holds the whole raw row. So the file is read once, and only bad rows cost more than their types.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb

from pipelines.entities import Column, Entity
from pipelines.sources.files import cast
from pipelines.sources.files.cast import Layers, Notation
from pipelines.sources.files.checks import RowConditions, bad_rows, checks_of
from pipelines.sources.files.derive import derived, derived_type, taken
from pipelines.sources.files.durations import moment_after, seconds
from pipelines.sources.files.errors import brief
from pipelines.sources.files.formats.cells import Cell, Cells
from pipelines.sources.files.mapping import ColumnMapping, ColumnSource, source_of_cell
from pipelines.sources.files.parts import Part, final_value, text_of
from pipelines.sources.files.reasons import decimal_comma_hint
from pipelines.sources.files.settings import ExtractTable
from pipelines.sources.files.sql import stripped
from pipelines.storage.sql import identifier, literal, literals

_LAYERS = ("given", "text", "parsed", "value", "failed", "source", "taken")


# The column that says of each row of a file that `sql` reads whether it repeats the header.
REPEATED = "_vigie_repeats_header"


def by_name(cells: Cells, table: ExtractTable) -> str:
    """Returns a query for the file's columns by name, with NULL for `null_values`.

    A `faulty` file also gives its faults, in the column `_fault`; one with a header says in REPEATED which rows repeat
    it.
    """
    columns = [
        f"{_without_nulls(identifier(str(position)), cell, cells, table.null_values)} AS {identifier(cell.column)}"
        for position, cell in enumerate(cells.columns)
    ]
    fault = ["fault AS _fault"] if cells.faulty else []
    header = is_header(cells, [identifier(str(position)) for position in range(len(cells.columns))])
    repeated = [] if header is None else [f"CASE WHEN {header} THEN true ELSE false END AS {REPEATED}"]
    return f"SELECT {', '.join([*columns, *fault, *repeated])} FROM ({cells.relation})"


class Staging:
    """How the cells of one file, or of the result of `sql`, become rows.

    In the result of `sql`, null values are NULL already.

    Raises:
        ExtractError: a column that the settings name is missing, or an expression does not fit.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        cells: Cells,
        table: ExtractTable,
        entity: Entity,
        notation: Notation,
    ) -> None:
        self._cells = cells
        self._table = table
        self._null_values = table.null_values if table.sql is None else ()
        self._entity = entity
        self._notation = notation
        # No column of the file begins like this, so that none has the name of a layer.
        self._prefix = "_v"
        while any(cell.column.casefold().startswith(self._prefix) for cell in cells.columns):
            self._prefix += "_"
        self._mapping = ColumnMapping(cells, table, entity, notation)
        self._sources: Mapping[str, ColumnSource] = self._mapping.find_sources(connection)
        self._condition = self._mapping.find_condition(connection)
        parts = [
            self._part(column, position, self._sources[column.name])
            for position, column in enumerate(entity.columns)
            if column.name in self._sources
        ]
        self._parts = {part.column.name: part for part in parts}
        self._durations = self._after_their_bases()
        self._version = self._version_part()

    @property
    def filled(self) -> tuple[str, ...]:
        """The entity's columns that come from the file, in their order."""
        return tuple(self._parts)

    @property
    def keeps_order(self) -> bool:
        """Whether rows keep their order even if several threads read them: not if an expression is a subquery."""
        sources = [*self._sources.values(), *([self._condition] if self._condition is not None else [])]
        return all(source.can_fail or not source.is_expression for source in sources)

    def why_not_evaluated(
        self, connection: duckdb.DuckDBPyConnection, name: str | None, row: Mapping[str, str | None]
    ) -> str | None:
        """Returns DuckDB's reason why an expression fails for a row, with what to do about a decimal comma.

        Args:
            connection: evaluates the expression once more, of this row alone.
            name: the column of the entity that the expression is for; None for the condition on rows.
            row: the texts of the row, by the column of the file.
        """
        source = self._condition if name is None else self._sources.get(name)
        if source is None or not source.can_fail:
            return None
        cells = self._cells.columns
        texts = (literal(text) if (text := row.get(cell.column)) is not None else "NULL" for cell in cells)
        values = (
            f"CAST({text} AS {cell.duckdb_type}) AS {identifier(str(position))}"
            for position, (text, cell) in enumerate(zip(texts, cells, strict=True))
        )
        one_row = replace(self._cells, relation=f"SELECT {', '.join(values)}", faulty=False, has_header=False)
        query = f"SELECT {source.expression.removeprefix('TRY')} FROM ({by_name(one_row, self._table)})"
        try:
            connection.execute(query).fetchall()
        except duckdb.Error as error:
            return f"{brief(error)}{decimal_comma_hint(source.cells, row)}"
        return None

    def _part(self, column: Column, position: int, source: ColumnSource) -> Part:
        given, text, parsed, value, failed, source_layer, taken_layer = (
            identifier(f"{self._prefix}{layer}{position}") for layer in _LAYERS
        )
        part = Part(column, source, Layers("text", given, text, parsed), value, failed, source_layer, taken_layer)
        of = derived_type(part, self._entity.scoring) if source.derives else source.duckdb_type
        return replace(part, layers=replace(part.layers, of=cast.family(of)))

    def _after_their_bases(self) -> list[Part]:
        """The parts that are durations, each after the part from which it counts; they get that part as their base."""
        ordered: list[Part] = []
        waiting: dict[str, str] = {}
        for name, part in self._parts.items():
            if part.source.value is not None and part.source.value.after is not None:
                waiting[name] = part.source.value.after
        while waiting:
            # The settings have no circle, so at least one base is there.
            for name, base in [each for each in waiting.items() if each[1] not in waiting]:
                self._parts[name] = replace(self._parts[name], base=self._parts[base])
                ordered.append(self._parts[name])
                del waiting[name]
        return ordered

    def _version_part(self) -> Part | None:
        """The part that decides which of several rows with one key is the latest."""
        name = self._table.keep_latest_by
        if name is None or not self._sources:
            return self._parts.get(self._entity.version or "")
        cell = self._mapping.find_cell(name)
        if cell is not None:
            column = Column("keep_latest_by", "timestamp", "The column by which the settings find the latest row.")
            return self._part(column, len(self._entity.columns), source_of_cell(cell))
        if name in self._parts:
            return self._parts[name]
        raise self._mapping.missing(name)

    def query(self) -> str:
        """Returns the query for the rows.

        Its columns are the entity's, `_bad`, three candidates for the version, and `_number` if the file is numbered.
        """
        parts = list(self._parts.values())
        if self._version is not None and self._version not in parts:
            parts.append(self._version)
        given = _layer(self._derived(parts), [f"{self._given(part)} AS {part.layers.given}" for part in parts])
        texts = [f"{self._text(part)} AS {part.layers.text}" for part in parts]
        failures = [f"{_failed(part.given, part.source)} AS {part.failed}" for part in parts if part.source.can_fail]
        text = _layer(given, [*texts, *failures, *self._where_failed()])
        parsed = _layer(text, [f"{self._parsed(part)} AS {part.layers.parsed}" for part in parts])
        values = _layer(
            parsed,
            [
                f"{cast.value(part.column, part.layers, self._notation)} AS {part.value}"
                for part in parts
                if not part.is_after
            ],
        )
        for part in self._durations:
            if part.base is not None:
                values = _layer(values, [f"{moment_after(part.base.value, part.layers.parsed)} AS {part.value}"])
        scoring = self._entity.scoring
        columns = [
            f"{final_value(column, self._parts, scoring)} AS {identifier(column.name)}"
            for column in self._entity.columns
        ]
        number = [f"{self._extra('row')} AS _number"] if self._cells.numbered else []
        return (
            f"SELECT {', '.join([*columns, *self._version_columns(), *number])}, {self._bad()} AS _bad FROM ({values})"
        )

    def _derived(self, parts: Sequence[Part]) -> str:
        """The file's columns, what the settings look up in them, and whether the row is one of the table."""
        deriving = [part for part in parts if part.source.derives]
        sources = [f"{part.source.expression} AS {part.source_layer}" for part in deriving]
        if self._condition is not None:
            sources.append(f"{self._condition.expression} AS {self._extra('where')}")
        below = _layer(self._named(), sources) if sources else self._named()
        spaces_only = self._cells.spaces_only
        texts = [f"{taken(part, spaces_only=spaces_only)} AS {part.taken}" for part in deriving]
        return _layer(below, texts) if texts else below

    def _given(self, part: Part) -> str:
        return derived(part, self._entity.scoring, self._notation) if part.source.derives else part.source.expression

    def _parsed(self, part: Part) -> str:
        if part.is_after and part.source.value is not None:
            return seconds(part.layers, part.source.value.unit, self._notation)
        return cast.parsed(part.column, part.layers, self._notation)

    def _where_failed(self) -> list[str]:
        if self._condition is None or not self._condition.can_fail:
            return []
        return [f"{_failed(self._extra('where'), self._condition)} AS {self._extra('where_failed')}"]

    def _named(self) -> str:
        """The file's columns by name, with NULL for `null_values`, and the raw cells beside them."""
        columns = []
        for position, cell in enumerate(self._cells.columns):
            raw = identifier(str(position))
            columns.append(f"{raw} AS {self._raw(position)}")
            columns.append(f"{_without_nulls(raw, cell, self._cells, self._null_values)} AS {identifier(cell.column)}")
        for name, is_given in (("row", self._cells.numbered), ("fault", self._cells.faulty)):
            if is_given:
                columns.append(f"{name} AS {self._extra(name)}")
        return f"SELECT {', '.join(columns)} FROM ({self._cells.relation})"

    def _raw(self, position: int) -> str:
        return identifier(f"{self._prefix}raw{position}")

    def _extra(self, name: str) -> str:
        return identifier(f"{self._prefix}{name}")

    def _text(self, part: Part) -> str:
        text = cast.as_text(part.layers.given, part.layers.of, spaces_only=self._cells.spaces_only)
        return text_of(part, text, self._entity.scoring)

    def _version_columns(self) -> list[str]:
        at, number, text = "CAST(NULL AS TIMESTAMPTZ)", "CAST(NULL AS DOUBLE)", "CAST(NULL AS VARCHAR)"
        part = self._version
        if part is not None:
            text = part.layers.text
            if part.layers.of in ("integer", "float", "decimal"):
                number = f"CAST({part.layers.given} AS DOUBLE)"
            elif part.column.kind in ("timestamp", "date"):
                at = f"CAST({part.value} AS TIMESTAMPTZ)"
            if cast.is_textual(part.layers.of):
                parsed = f"try_cast({cast.plain_number(part.layers.text, self._notation)} AS DOUBLE)"
                number = f"CASE WHEN isfinite({parsed}) THEN {parsed} END"
        return [f"{at} AS _version_at", f"{number} AS _version_number", f"{text} AS _version_text"]

    def _bad(self) -> str:
        checks = checks_of(self._entity, self._parts, self._notation) if self._parts else []
        raw = [self._raw(position) for position in range(len(self._cells.columns))]
        can_fail = self._condition is not None and self._condition.can_fail
        conditions = RowConditions(
            fault=self._extra("fault"),
            is_header=is_header(self._cells, raw),
            where=self._extra("where") if self._condition is not None else None,
            where_failed=self._extra("where_failed") if can_fail else None,
            where_cells=self._condition.cells if self._condition is not None else (),
        )
        return bad_rows(checks, self._cells, raw, conditions)


def _layer(below: str, columns: Sequence[str]) -> str:
    return f"SELECT {', '.join(['*', *columns])} FROM ({below})"


def _failed(given: str, source: ColumnSource) -> str:
    """Whether a NULL means an error: then even whether the expression is NULL cannot be evaluated."""
    inner = source.expression.removeprefix("TRY")
    return f"CASE WHEN {given} IS NULL THEN TRY({inner} IS NULL) IS NULL ELSE false END"


def is_header(cells: Cells, raw: Sequence[str]) -> str | None:
    """Returns SQL that is true for a row that repeats the header, else false or NULL; None if the file has no header.

    Args:
        cells: the file.
        raw: the SQL names of the raw cells, in the order of the file's columns.
    """
    if not cells.has_header or not cells.columns:
        return None
    return " AND ".join(
        f"({stripped(name)} = {literal(cell.name)}{_or_unnamed(cell, position, name)})"
        for position, (cell, name) in enumerate(zip(cells.columns, raw, strict=True), start=1)
    )


def _or_unnamed(cell: Cell, position: int, name: str) -> str:
    """A column without a name is called by its position."""
    return f" OR {stripped(name)} IS NULL" if cell.name == f"column{position}" else ""


def _without_nulls(raw: str, cell: Cell, cells: Cells, null_values: Sequence[str]) -> str:
    """A cell, NULL if it holds one of the null values: the same text, or the same number."""
    of = cast.family(cell.duckdb_type)
    if of == "text":
        # DuckDB's readers make NULL of an empty cell themselves.
        words = [value for value in null_values if value]
        if not words:
            return raw
        text = stripped(raw, spaces_only=cells.spaces_only)
        return f"CASE WHEN {text} IN {literals(words)} THEN NULL ELSE {raw} END"
    if of in ("integer", "float", "decimal"):
        numbers = [value for value in null_values if _is_number(value)]
        return f"CASE WHEN {raw} IN ({', '.join(numbers)}) THEN NULL ELSE {raw} END" if numbers else raw
    return raw


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal() and text.isascii()
