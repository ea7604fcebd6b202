"""The values of `columns` in the settings: where each column of an entity comes from, and what is wrong with that."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Literal

import duckdb
from pydantic import Field

from pipelines.config import Key, Mistake, SettingsModel, nearest
from pipelines.entities import Entity
from pipelines.sources.files.constants import Constant, constant_problem

EXPRESSION = "expr:"

Unit = Literal["seconds", "minutes", "hours", "days"]

# A word of an expression that DuckDB reads as a name, and the text that it does not look into.
_WORDS = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[^\W\d]\w*(?: +\w+)+", re.UNICODE)
_KEYWORDS = frozenset({
    "and", "or", "not", "is", "in", "like", "ilike", "between", "null", "true", "false", "case", "when", "then", "else",
    "end", "as", "cast", "distinct", "interval", "from", "where", "select", "group", "order", "by", "on", "over",
    "partition",
})  # fmt: skip
_NEAR = re.compile(r'at or near "([^"]+)"')


class ConstantColumn(SettingsModel):
    """The same value on each row."""

    const: Constant = Field(description="The value: text, a number, or true or false.")


class ColumnFrom(SettingsModel):
    """A column of the file, or an expression, that is turned into another value."""

    from_: str = Field(
        alias="from",
        min_length=1,
        description="A column of the file, or `expr: ` and a DuckDB expression over the file's columns.",
    )
    map: dict[str, Constant | None] | None = Field(
        default=None,
        min_length=1,
        description="The value for each value of the file, which is compared without outer blanks and in any letter"
        " case. An empty cell stays empty.",
    )
    default: Constant | None = Field(
        default=None,
        description="The value for what is not in `map`; null leaves it empty. Without it, the row is rejected.",
    )
    after: str | None = Field(
        default=None,
        min_length=1,
        description="A timestamp of the entity that is mapped too: the file's column is a duration from then on.",
    )
    unit: Unit | None = Field(
        default=None,
        description="The unit of durations that are plain numbers; 26:30:00 and 1d 2h 3m need none.",
    )
    split: str | None = Field(default=None, min_length=1, description="What separates several values in a cell.")
    take: Literal["first", "last"] | None = Field(default=None, description="Which of the values of `split` counts.")

    @property
    def has_default(self) -> bool:
        """Whether the settings say what becomes of a value that is not in `map`."""
        return "default" in self.model_fields_set


ColumnValue = Annotated[str, Field(min_length=1)] | ConstantColumn | ColumnFrom


def source_text(value: ColumnValue) -> str | None:
    """Returns the name or the expression that a value of `columns` starts from; None for a constant."""
    match value:
        case str():
            return value
        case ColumnFrom():
            return value.from_
        case _:
            return None


def expression_of(source: str) -> str | None:
    """Returns the expression in a value of `columns`; None if the value is the name of a column."""
    return source.removeprefix(EXPRESSION).strip() if source.startswith(EXPRESSION) else None


def fingerprint_of(value: ColumnValue) -> object:
    """Returns what identifies a value of `columns`: a plain name stays as it is, and `default: null` counts."""
    return value if isinstance(value, str) else value.model_dump(mode="json", by_alias=True, exclude_unset=True)


# ------------------------------------------------------------------------------------------------------------ mistakes


def column_mistakes(columns: Mapping[str, ColumnValue], entity: Entity) -> Iterator[Mistake]:
    """Yields what is wrong with the `columns` of a table that fills `entity`; keys begin at the table."""
    unknown = [name for name in columns if name not in entity.column_names]
    for name in unknown:
        yield Mistake(("columns", name), f"{name} is not a column of {entity.name}", tuple(entity.column_names), name)
    for name, value in columns.items():
        yield from _mistakes_of_expression(name, source_text(value) or "", columns)
        if name in entity.column_names:
            yield from _mistakes_of_value(name, value, columns, entity)
    # A misspelt name is one mistake, not an unknown column and a missing one.
    meant = {nearest(name, [each for each in entity.column_names if each not in columns]) for name in unknown}
    known = columns.keys() | meant
    lacking = [column.name for column in entity.columns if column.required and column.name not in known]
    lacking += [" or ".join(group) for group in entity.one_of if not known & set(group)]
    if lacking:
        yield Mistake(("columns",), f"{entity.name} needs {', '.join(lacking)} as well")


def _mistakes_of_expression(name: str, source: str, columns: Mapping[str, ColumnValue]) -> Iterator[Mistake]:
    expression = expression_of(source)
    if expression is None:
        return
    if not expression:
        yield Mistake(("columns", name), f"{name} has no expression after {EXPRESSION}")
        return
    problem = expression_problem(expression, columns)
    if problem is not None:
        yield Mistake(("columns", name), f"the expression of {name} cannot be read: {problem}")


def _mistakes_of_value(
    name: str, value: ColumnValue, columns: Mapping[str, ColumnValue], entity: Entity
) -> Iterator[Mistake]:
    key = ("columns", name)
    column = entity.column(name)
    if isinstance(value, ConstantColumn):
        problem = constant_problem(value.const, column, entity.scoring)
        if problem is not None:
            yield Mistake((*key, "const"), problem, column.allowed, str(value.const))
    elif isinstance(value, ColumnFrom):
        yield from _mistakes_of_combination(name, value)
        yield from _mistakes_of_after(name, value, columns, entity)
        constants: list[tuple[Key, Constant | None]] = [
            *((("map", text), constant) for text, constant in (value.map or {}).items()),
            (("default",), value.default),
        ]
        for place, constant in constants:
            problem = None if constant is None else constant_problem(constant, column, entity.scoring)
            if problem is not None:
                yield Mistake((*key, *place), problem, column.allowed, str(constant))


def _mistakes_of_combination(name: str, value: ColumnFrom) -> Iterator[Mistake]:
    key = ("columns", name)
    if value.has_default and value.map is None:
        yield Mistake(
            (*key, "default"), "`default` belongs to `map`; for a value in empty cells write `expr: coalesce(…)`"
        )
    if value.unit is not None and value.after is None:
        yield Mistake((*key, "unit"), "`unit` belongs to `after`: name the timestamp from which the duration counts")
    if value.split is None and value.take is not None:
        yield Mistake((*key, "take"), "`take` belongs to `split`: say what separates the values of a cell")
    if value.split is not None and value.take is None:
        yield Mistake((*key, "split"), "`split` needs `take: first` or `take: last`")
    for other in ("map", "split"):
        if value.after is not None and getattr(value, other) is not None:
            yield Mistake((*key, other), f"`{other}` and `after` exclude each other: `after` reads a duration")
    folded: dict[str, str] = {}
    for text in value.map or {}:
        first = folded.setdefault(text.strip().casefold(), text)
        if first != text:
            yield Mistake((*key, "map", text), f"is the same as {first!r}: blanks and letter case do not count")


def _mistakes_of_after(
    name: str, value: ColumnFrom, columns: Mapping[str, ColumnValue], entity: Entity
) -> Iterator[Mistake]:
    if value.after is None:
        return
    timestamps = [column.name for column in entity.columns if column.kind == "timestamp"]
    key = ("columns", name, "after")
    if name not in timestamps:
        yield Mistake(key, f"`after` gives a moment, and {name} is not a timestamp")
    elif value.after not in timestamps:
        message = f"{value.after} is not a timestamp of {entity.name}"
        yield Mistake(key, message, tuple(each for each in timestamps if each != name), value.after)
    elif value.after not in columns:
        yield Mistake(key, f"{value.after} is not in `columns`; map it as well")
    elif name in _bases(value.after, columns):
        yield Mistake(key, f"{name} counts from itself, by {value.after}; one of them must be a date of the file")


def _bases(name: str, columns: Mapping[str, ColumnValue]) -> list[str]:
    """The columns from which a column counts, and itself first; ends where a column is named a second time."""
    found: list[str] = []
    base: str | None = name
    while base is not None and base not in found:
        found.append(base)
        value = columns.get(base)
        base = value.after if isinstance(value, ColumnFrom) else None
    return found


# ---------------------------------------------------------------------------------------------------------- expressions


def expression_problem(expression: str, columns: Mapping[str, ColumnValue] | None = None) -> str | None:
    """Returns why DuckDB cannot read an expression over a file's columns; None if it can.

    A name with blanks is the usual reason; `columns` are the settings' own, which may name it.
    """
    problem = query_problem(f"SELECT (\n{expression}\n)")
    if problem is None:
        return None
    sources = [source_text(value) for value in (columns or {}).values()]
    named = [source for source in sources if source is not None and expression_of(source) is None]
    return problem + _hint_of_blanks(expression, problem, named)


def unquoted_names(expression: str, names: list[str]) -> list[str]:
    """Returns which of a file's columns an expression names without the double quotes that they need; longest first."""
    # What is in quotes already is not searched.
    plain = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", "''", expression).casefold()
    special = [name for name in names if re.fullmatch(r"[^\W\d]\w*", name) is None and not name.isdecimal()]
    found: list[str] = []
    for name in sorted(special, key=len, reverse=True):
        pattern = rf"(?<!\w){re.escape(name.casefold())}(?!\w)"
        if re.search(pattern, plain) is not None:
            plain = re.sub(pattern, "''", plain)
            found.append(name)
    return found


def _hint_of_blanks(expression: str, problem: str, names: list[str]) -> str:
    known = unquoted_names(expression, names)
    if known:
        return "; " + in_double_quotes(known)
    near = _NEAR.search(problem)
    for found in _WORDS.finditer(expression):
        for words in _runs(found[0].split()) if found[0][0] not in "'\"" else ():
            if near is not None and near[1] in words[1:]:
                return f'; if "{" ".join(words)}" or a part of it is a column, write its name in double quotes'
    return ""


def _runs(words: list[str]) -> Iterator[list[str]]:
    """The runs of words between keywords of SQL."""
    run: list[str] = []
    for word in words:
        if word.casefold() in _KEYWORDS:
            yield run
            run = []
        else:
            run.append(word)
    yield run


def in_double_quotes(names: list[str]) -> str:
    """Returns the advice to write these names in double quotes."""
    quoted = " and ".join(f'"{name}"' for name in names)
    return f"write {quoted} in double quotes"


@cache
def query_problem(query: str) -> str | None:
    """Returns why `query` is not one that DuckDB can read, tables and columns aside; None if it is."""
    try:
        _parser().extract_statements(query)
    except duckdb.Error as error:
        # The lines after the first point into a text that differs from the user's.
        return str(error).partition("\n")[0].removeprefix("Parser Error: ")
    return None


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """The DuckDB that checks queries."""
    return duckdb.connect()
