"""From a file's cells to typed rows, in one query that DuckDB runs in parallel.

Every row is kept: the good ones typed, the others with a JSON text in `_bad` that says what is wrong with which column
and holds the whole raw row. So the file is read once, and only bad rows cost more than their types.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import duckdb

from pipelines.config import nearest
from pipelines.entities import Column, Entity
from pipelines.sources.files import cast
from pipelines.sources.files.cast import Layers, Notation
from pipelines.sources.files.errors import ExtractError, brief
from pipelines.sources.files.formats.cells import Cell, Cells
from pipelines.sources.files.settings import ExtractTable, expression_of
from pipelines.sources.files.sql import stripped
from pipelines.storage.sql import identifier, literal, literals

# What `_bad` holds for rows without content, and for records that were refused before they became rows.
BLANK = "blank"
REFUSED = "refused"

_FEW = 12
# A text, or a name that is neither a function's nor behind a point.
_WORD = re.compile(r"'(?:[^']|'')*'|(?<![.\w\"])(?:\"(?:[^\"]|\"\")*\"|[A-Za-z_]\w*)(?!\s*\()(?![\w\"])")
_LAYERS = ("given", "text", "parsed", "value", "failed")


class _Source(NamedTuple):
    """Where a canonical column comes from: an SQL expression over the file's columns and its type.

    `is_expression`: the settings have written it. `can_fail`: it is evaluated with TRY, and its NULL may stand for an
    error.
    """

    expression: str
    duckdb_type: str
    is_expression: bool = False
    can_fail: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """A column on its way through the layers, with the names of those that `cast` does not know."""

    column: Column
    source: _Source
    layers: Layers
    value: str
    failed: str


class _Fault(NamedTuple):
    """What breaks a row: a condition that is never NULL, the column, and SQL for the value and the reason."""

    condition: str
    column: str
    value: str
    reason: str


def wanted_columns(table: ExtractTable, entity: Entity) -> tuple[str, ...]:
    """The names by which the delimiter of a file is told: those that the settings say it has."""
    named = [source for source in (table.columns or {}).values() if expression_of(source) is None]
    if table.columns is None and table.sql is None:
        named = list(entity.column_names)
    return (*named, table.keep_latest_by) if table.keep_latest_by else tuple(named)


def by_name(cells: Cells, table: ExtractTable) -> str:
    """A query for the file's columns by name, with NULL for `null_values`; `fault` beside them if it is `faulty`."""
    columns = [
        f"{_without_nulls(identifier(str(position)), cell, cells, table.null_values)} AS {identifier(cell.column)}"
        for position, cell in enumerate(cells.columns)
    ]
    fault = ["fault AS _fault"] if cells.faulty else []
    return f"SELECT {', '.join([*columns, *fault])} FROM ({cells.relation})"


class Staging:
    """How the cells of one file (or of the result of `sql`, where null values are NULL already) become rows.

    Of the staging of another file of the same table, `like`, it takes over what it has found out if the columns are
    the same. Raises ExtractError if a column that the settings name is missing, or if an expression does not fit.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        cells: Cells,
        table: ExtractTable,
        entity: Entity,
        notation: Notation,
        *,
        like: "Staging | None" = None,
    ) -> None:
        self._cells = cells
        self._table = table
        self._null_values = table.null_values if table.sql is None else ()
        self._entity = entity
        self._notation = notation
        # No column of the file begins so: names of layers cannot meet them.
        self._prefix = "_v"
        while any(cell.column.casefold().startswith(self._prefix) for cell in cells.columns):
            self._prefix += "_"
        alike = like is not None and like._cells.columns == cells.columns
        self._sources: Mapping[str, _Source] = (
            like._sources if like is not None and alike else self._find_sources(connection)
        )
        parts = [
            self._part(column, position, self._sources[column.name])
            for position, column in enumerate(entity.columns)
            if column.name in self._sources
        ]
        self._parts = {part.column.name: part for part in parts}
        self._version = self._version_part()

    @property
    def filled(self) -> tuple[str, ...]:
        """The entity's columns that come from the file, in their order."""
        return tuple(self._parts)

    @property
    def keeps_order(self) -> bool:
        """Whether rows keep their order even if several threads work on them: not if an expression is a subquery."""
        return all(source.can_fail or not source.is_expression for source in self._sources.values())

    # ------------------------------------------------------------------------------------------ where columns come from

    def _find_sources(self, connection: duckdb.DuckDBPyConnection) -> Mapping[str, _Source]:
        if self._cells.faulty and not self._cells.columns:
            # JSON without a single record has no columns to be looked for.
            return {}
        if self._table.columns is None:
            found = {name: self._find(name) for name in self._entity.column_names}
            sources = {name: _of_cell(cell) for name, cell in found.items() if cell is not None}
            for column in self._entity.columns:
                if column.required and column.name not in sources:
                    raise self._lacks(column.name)
            for group in self._entity.one_of:
                if not sources.keys() & set(group):
                    raise self._lacks(*group)
            return sources
        sources = {}
        for name, source in self._table.columns.items():
            expression = expression_of(source)
            if expression is not None:
                sources[name] = self._of_expression(connection, name, expression)
                continue
            cell = self._find(source)
            if cell is None:
                raise self._lacks(source)
            sources[name] = _of_cell(cell)
        return sources

    def _find(self, name: str) -> Cell | None:
        """The file's column called `name`: exactly, else without regard to letter case and outer blanks.

        Raises ExtractError if several are called so.
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

    def _lacks(self, *names: str) -> ExtractError:
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
        listed = ", ".join(f'"{name[:60]}"' for name in given[:_FEW]) + (" …" if len(given) > _FEW else "")
        return ExtractError(f"{self._cells.file} has no column {wanted}; it has {listed or 'none at all'}")

    def _of_expression(self, connection: duckdb.DuckDBPyConnection, name: str, expression: str) -> _Source:
        """The expression so that an error costs one row its value, where DuckDB can do that.

        Where it makes no sense of texts (`price + freight`), the file's texts are taken as numbers.
        """
        refused = ""
        numeric = self._of_numbers(expression)
        for written, can_fail in (
            (f"TRY({expression}\n)", True),
            (f"({expression}\n)", False),
            (f"TRY({numeric}\n)", True),
            (f"({numeric}\n)", False),
        ):
            try:
                described = connection.execute(f"DESCRIBE SELECT {written} FROM ({self._no_rows()})").fetchall()
            except duckdb.Error as error:
                refused = refused or brief(error)
            else:
                return _Source(written, described[0][1], is_expression=True, can_fail=can_fail)
        raise ExtractError(f"{self._cells.file}: the expression in columns.{name} does not fit: {refused}")

    def _of_numbers(self, expression: str) -> str:
        """The expression with the file's texts as numbers, in the table's notation."""
        texts = {cell.column.casefold(): cell for cell in self._cells.columns if cell.duckdb_type == "VARCHAR"}

        def number(found: re.Match[str]) -> str:
            word = found[0]
            name = word[1:-1].replace('""', '"') if word.startswith('"') else word
            cell = None if word.startswith("'") else texts.get(name.casefold())
            if cell is None:
                return word
            return f"({cast.number_in_expression(identifier(cell.column), self._notation)})"

        return _WORD.sub(number, expression)

    def _part(self, column: Column, position: int, source: _Source) -> _Part:
        given, text, parsed, value, failed = (identifier(f"{self._prefix}{layer}{position}") for layer in _LAYERS)
        layers = Layers(cast.family(source.duckdb_type), given, text, parsed)
        return _Part(column, source, layers, value, failed)

    def _version_part(self) -> _Part | None:
        """The part that decides which of several rows with one key is the latest."""
        name = self._table.keep_latest_by
        if name is None or not self._sources:
            return self._parts.get(self._entity.version or "")
        cell = self._find(name)
        if cell is not None:
            return self._part(Column("keep_latest_by", "timestamp"), len(self._entity.columns), _of_cell(cell))
        if name in self._parts:
            return self._parts[name]
        raise self._lacks(name)

    # ------------------------------------------------------------------------------------------------------- the layers

    def query(self) -> str:
        """The rows: the entity's columns, `_bad`, three candidates for the version, and `_number` if they have one."""
        parts = list(self._parts.values())
        if self._version is not None and self._version not in parts:
            parts.append(self._version)
        given = _layer(self._named(), [f"{part.source.expression} AS {part.layers.given}" for part in parts])
        texts = [f"{self._text(part)} AS {part.layers.text}" for part in parts]
        failures = [f"{_failed(part)} AS {part.failed}" for part in parts if part.source.can_fail]
        text = _layer(given, [*texts, *failures])
        parsed = _layer(
            text,
            [f"{cast.parsed(part.column, part.layers, self._notation)} AS {part.layers.parsed}" for part in parts],
        )
        values = _layer(
            parsed, [f"{cast.value(part.column, part.layers, self._notation)} AS {part.value}" for part in parts]
        )
        columns = [f"{self._final(column)} AS {identifier(column.name)}" for column in self._entity.columns]
        number = [f"{self._extra('row')} AS _number"] if self._cells.numbered else []
        return (
            f"SELECT {', '.join([*columns, *self._version_columns(), *number])}, {self._bad()} AS _bad FROM ({values})"
        )

    def _no_rows(self) -> str:
        nothing = [f"CAST(NULL AS {cell.duckdb_type}) AS {identifier(cell.column)}" for cell in self._cells.columns]
        return f"SELECT {', '.join(nothing) or 'NULL'} WHERE false"

    def _named(self) -> str:
        """The file's columns by name, with NULL for `null_values`, and the raw cells beside them."""
        columns = []
        for position, cell in enumerate(self._cells.columns):
            raw = identifier(str(position))
            columns.append(f"{raw} AS {self._raw(position)}")
            columns.append(f"{_without_nulls(raw, cell, self._cells, self._null_values)} AS {identifier(cell.column)}")
        for name, there in (("row", self._cells.numbered), ("fault", self._cells.faulty)):
            if there:
                columns.append(f"{name} AS {self._extra(name)}")
        return f"SELECT {', '.join(columns)} FROM ({self._cells.relation})"

    def _raw(self, position: int) -> str:
        return identifier(f"{self._prefix}raw{position}")

    def _extra(self, name: str) -> str:
        return identifier(f"{self._prefix}{name}")

    def _text(self, part: _Part) -> str:
        text = cast.as_text(part.layers.given, part.layers.of, spaces_only=self._cells.spaces_only)
        if not self._is_worded_score(part):
            return text
        words = " ".join(f"WHEN {literal(word)} THEN '{score}'" for word, score in cast.SCORE_WORDS.items())
        return f"CASE lower(trim({part.layers.given})) {words} ELSE {text} END"

    def _is_worded_score(self, part: _Part) -> bool:
        return self._entity.name == "survey_response" and part.column.name == "score" and part.layers.of == "text"

    def _final(self, column: Column) -> str:
        part = self._parts.get(column.name)
        value = part.value if part is not None else f"CAST(NULL AS {column.duckdb_type})"
        score = self._parts.get("score")
        if column.name not in ("scale_min", "scale_max") or score is None or not self._is_worded_score(score):
            return value
        end = min(cast.SCORE_WORDS.values()) if column.name == "scale_min" else max(cast.SCORE_WORDS.values())
        is_word = f"lower(trim({score.layers.given})) IN {literals(tuple(cast.SCORE_WORDS))}"
        return f"CASE WHEN {is_word} THEN CAST({end} AS {column.duckdb_type}) ELSE {value} END"

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

    # --------------------------------------------------------------------------------------------------------- bad rows

    def _bad(self) -> str:
        faults = self._faults() if self._parts else []
        broken = " OR ".join(fault.condition for fault in faults) or "true"
        errors = ", ".join(
            f"CASE WHEN {fault.condition} THEN {{'column': {literal(fault.column)}, 'value': {fault.value},"
            f" 'reason': {fault.reason}}} END"
            for fault in faults
        )
        raw = ", ".join(
            f"{literal(cell.column)}, {self._raw(position)}" for position, cell in enumerate(self._cells.columns)
        )
        content = (
            f"CAST(json_object('errors', list_filter([{errors}], lambda error: error IS NOT NULL),"
            f" 'raw', json_object({raw})) AS VARCHAR)"
        )
        empty = " AND ".join(
            f"{stripped(self._raw(position)) if cell.duckdb_type == 'VARCHAR' else self._raw(position)} IS NULL"
            for position, cell in enumerate(self._cells.columns)
        )
        refused = ""
        if self._cells.faulty:
            fault = self._extra("fault")
            reason = f"[{{'column': NULL, 'value': NULL, 'reason': {fault}}}]"
            refused = (
                f"WHEN {fault} = '' THEN '{REFUSED}' WHEN {fault} IS NOT NULL"
                f" THEN CAST(json_object('errors', {reason}, 'raw', json_object()) AS VARCHAR) "
            )
        return f"CASE {refused}WHEN NOT ({broken}) THEN NULL WHEN {empty or 'true'} THEN '{BLANK}' ELSE {content} END"

    def _faults(self) -> list[_Fault]:
        faults: list[_Fault] = []
        for part in self._parts.values():
            name = part.column.name
            failed = part.failed if part.source.can_fail else "false"
            if part.source.can_fail:
                reason = literal(f"the expression for {name} cannot be worked out from this row")
                faults.append(_Fault(failed, name, "CAST(NULL AS VARCHAR)", reason))
            if part.column.kind != "text" or part.column.allowed or part.layers.of == "nested":
                condition = f"({part.layers.text} IS NOT NULL AND {part.value} IS NULL)"
                reason = cast.refusal(part.column, part.layers, self._notation)
                faults.append(_Fault(condition, name, part.layers.text, reason))
            if part.column.required:
                condition = f"({part.layers.text} IS NULL AND NOT {failed})"
                faults.append(_Fault(condition, name, "CAST(NULL AS VARCHAR)", literal(f"{name} is empty")))
        faults += [self._none_of(group) for group in self._entity.one_of]
        if self._entity.name == "survey_response":
            faults.append(self._off_scale())
        return faults

    def _none_of(self, group: Sequence[str]) -> _Fault:
        there = [self._parts[name].value for name in group if name in self._parts]
        condition = f"(coalesce({', '.join(there)}, NULL) IS NULL)"
        words = literal(f"{' and '.join(group)} are both empty")
        return _Fault(condition, group[0], "CAST(NULL AS VARCHAR)", words)

    def _off_scale(self) -> _Fault:
        columns = {name: self._entity.column(name) for name in ("kind", "score", "scale_min", "scale_max")}
        kind, score, lowest, highest = (self._final(column) for column in columns.values())
        defaults = [
            "CASE "
            + " ".join(f"WHEN {kind} = {literal(name)} THEN {scale[end]}" for name, scale in cast.SCALES.items())
            + " END"
            for end in (0, 1)
        ]
        lowest, highest = f"coalesce({lowest}, {defaults[0]})", f"coalesce({highest}, {defaults[1]})"
        part = self._parts["score"]
        reason = (
            f"{cast.shown(part.layers.text)} || ' is off the scale from ' || format('{{:g}}', {lowest}) || ' to '"
            f" || format('{{:g}}', {highest}) || '; set scale_min and scale_max'"
        )
        return _Fault(f"coalesce({score} NOT BETWEEN {lowest} AND {highest}, false)", "score", part.layers.text, reason)


def _of_cell(cell: Cell) -> _Source:
    return _Source(identifier(cell.column), cell.duckdb_type)


def _layer(below: str, columns: Sequence[str]) -> str:
    return f"SELECT {', '.join(['*', *columns])} FROM ({below})"


def _failed(part: _Part) -> str:
    """Whether a NULL stands for an error: then it cannot even be told whether the expression is NULL."""
    inner = part.source.expression.removeprefix("TRY")
    return f"CASE WHEN {part.layers.given} IS NULL THEN TRY({inner} IS NULL) IS NULL ELSE false END"


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
