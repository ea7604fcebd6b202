"""The settings of a source of type `files`: which extracts fill which entity, and how they are read."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Literal, Self

import duckdb
from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from pipelines.config import Mistake, SettingsModel, TimeZone, refuse
from pipelines.entities import ENTITIES, Entity
from pipelines.sources.base import SourceSettings
from pipelines.sources.files.columns import (
    ColumnValue,
    column_mistakes,
    expression_problem,
    fingerprint_of,
    query_problem,
)
from pipelines.storage.credentials import validate_credentials

Format = Literal["csv", "jsonl", "json", "parquet", "xlsx"]

# Part of every fingerprint: raise it when the same file with the same settings is read differently.
READING = 2

_ENDINGS: dict[str, Format] = {
    "csv": "csv",
    "tsv": "csv",
    "txt": "csv",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "json": "json",
    "parquet": "parquet",
    "pq": "parquet",
    "xlsx": "xlsx",
}
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "space": " "}
# The settings that only some formats have.
_ONLY_FOR: dict[str, tuple[Format, ...]] = {
    "delimiter": ("csv",),
    "quote": ("csv",),
    "encoding": ("csv", "json", "jsonl"),
    "skip_rows": ("csv", "xlsx"),
    "header": ("csv", "xlsx"),
    "skip_footer": ("csv", "xlsx"),
    "sheet": ("xlsx",),
}


def format_of(name: str) -> Format | None:
    """Returns the format of a file by the ending of its name, without `.gz`; None if the ending is not known."""
    return _ENDINGS.get(_ending(name))


def _ending(name: str) -> str:
    path = name.partition("?")[0] if "://" in name else name
    return path.lower().removesuffix(".gz").rpartition(".")[2]


def _entity(value: str) -> str:
    if value not in ENTITIES:
        raise PydanticCustomError(
            "unknown_entity", "{given} is not a canonical entity", {"given": value, "allowed": list(ENTITIES)}
        )
    return value


@cache
def _format_problem(datetime_format: str) -> str | None:
    """Why DuckDB cannot read by `datetime_format`; None if it can."""
    if "%" not in datetime_format:
        return f"{datetime_format!r} has no % codes; write for instance %d/%m/%Y %H:%M"
    try:
        _parser().execute("SELECT try_strptime('', ?)", [datetime_format])
    except duckdb.Error:
        return f"{datetime_format!r} has codes that strptime does not know; write for instance %d/%m/%Y %H:%M"
    return None


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """The DuckDB that checks formats."""
    return duckdb.connect()


def _formats(value: tuple[str, ...]) -> tuple[str, ...]:
    for datetime_format in value:
        problem = _format_problem(datetime_format)
        if problem is not None:
            raise ValueError(problem)
    return value


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _delimiter(value: str) -> str:
    value = _DELIMITERS.get(value, value)
    if len(value) != 1 or value in "\"'\r\n":
        raise ValueError("a delimiter is one character, such as ; or |, or the word tab")
    return value


def _quote(value: str) -> str:
    if len(value) != 1 or value in ",;\t|\r\n ":
        raise ValueError("a quote is one character, such as \" or '")
    return value


def _encoding(value: str) -> str:
    try:
        "".encode(value)
    except (LookupError, ValueError):
        raise ValueError(f"{value} is not an encoding; utf-8, utf-16, latin-1 and cp1252 are the usual ones") from None
    return value


class ExtractTable(SettingsModel):
    """Files that fill one entity."""

    entity: Annotated[str, AfterValidator(_entity)] = Field(
        description="The canonical entity that the rows become.", json_schema_extra={"enum": list(ENTITIES)}
    )
    path: Annotated[str, AfterValidator(validate_credentials)] | None = Field(
        default=None,
        min_length=1,
        description="The files: a path relative to the settings, with * ? [] ** if there are several, or an address"
        " (s3://, gs://, az://, sftp://, https://).",
    )
    paths: (
        dict[
            Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")],
            Annotated[str, AfterValidator(validate_credentials)],
        ]
        | None
    ) = Field(default=None, min_length=1, description="For `sql`: the files of each table, by the table's name.")
    columns: dict[str, ColumnValue] | None = Field(
        default=None,
        description="For each of the entity's columns a column of the file, `expr: ` and a DuckDB expression over the"
        " file's columns, {const: …} or {from: …}. Without it, the file's columns with the names of the entity's are"
        " used.",
    )
    where: str | None = Field(
        default=None,
        min_length=1,
        description="A DuckDB condition over the file's columns; rows that do not fulfil it are no part of the table.",
    )
    sql: str | None = Field(
        default=None, min_length=1, description="A DuckDB query over the tables in `paths` that gives the columns."
    )
    datetime_format: (
        Annotated[
            tuple[str, ...],
            BeforeValidator(_as_list, json_schema_input_type=str | tuple[str, ...]),
            AfterValidator(_formats),
        ]
        | None
    ) = Field(
        default=None,
        description="How dates and times are written, in strptime codes: one format, or a list that is tried in"
        " order. ISO 8601 by default.",
    )
    timezone: TimeZone | None = Field(
        default=None, description="The IANA time zone of times without an offset; the company's by default."
    )
    null_values: tuple[str, ...] = Field(default=("",), description="The cells that mean that there is no value.")
    keep_latest_by: str | None = Field(
        default=None,
        min_length=1,
        description="A column of the file or of the sql's result: of several rows with one key, the latest is kept.",
    )
    mode: Literal["append", "snapshot"] = Field(
        default="append",
        description="snapshot: each file is a full copy; a key that is missing from the newest counts as deleted.",
    )
    decimal: Literal[".", ","] = Field(default=".", description="The decimal mark.")
    thousands: Literal[",", ".", " ", "'", "_"] | None = Field(
        default=None,
        description="The mark between groups of three digits; a blank includes narrow and no-break spaces.",
    )
    format: Format | None = Field(
        default=None, description="The format of the files; found from the ending of their names if not given."
    )
    delimiter: Annotated[str, AfterValidator(_delimiter)] | None = Field(
        default=None, description="What separates the fields of a CSV file; found from its header if not given."
    )
    quote: Annotated[str, AfterValidator(_quote)] = Field(
        default='"', description="What surrounds CSV fields with delimiters or line breaks."
    )
    encoding: Annotated[str, AfterValidator(_encoding)] = Field(
        default="utf-8",
        description="The encoding of text files: utf-8, utf-16, latin-1, cp1252 …; a byte order mark overrides it.",
    )
    skip_rows: int = Field(default=0, ge=0, description="Rows above the header of a CSV or Excel file.")
    skip_footer: int = Field(
        default=0, ge=0, description="Rows at the end of a CSV or Excel file that are no data, such as totals."
    )
    header: bool = Field(
        default=True, description="false: the file has no header; its columns are called column1, column2 and so on."
    )
    sheet: str | None = Field(default=None, min_length=1, description="The Excel sheet; the first if not given.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        refuse(
            [
                *self._mistakes_of_paths(),
                *self._mistakes_of_columns(),
                *self._mistakes_of_where(),
                *self._mistakes_of_notation(),
            ]
        )
        return self

    def _mistakes_of_paths(self) -> Iterator[Mistake]:
        if (self.path is None) == (self.paths is None):
            yield Mistake((), "give either `path`, or `paths` with `sql`")
        elif (self.paths is None) != (self.sql is None):
            yield Mistake((), "`paths` and `sql` belong together; with a single `path` use `columns`")
        for name, path in self.patterns().items():
            # If the ending has a wildcard, each file has its own format.
            if path and (self.format or format_of(path)) is None and not set("*?[]") & set(_ending(path)):
                key = ("paths", name) if name else ("path",)
                yield Mistake(key, "its ending is not that of a format; set `format` (csv, jsonl, json …)", (), path)
        if self.sql is not None:
            problem = query_problem(self.sql)
            if problem is not None:
                yield Mistake(("sql",), f"the query cannot be read: {problem}")

    def _mistakes_of_columns(self) -> Iterator[Mistake]:
        if self.columns is None:
            return
        if self.sql is not None:
            yield Mistake(("columns",), "`sql` names the columns itself; remove `columns`")
            return
        yield from column_mistakes(self.columns, ENTITIES[self.entity])

    def _mistakes_of_where(self) -> Iterator[Mistake]:
        if self.where is None:
            return
        if self.sql is not None:
            yield Mistake(("where",), "`sql` has a WHERE of its own; write the condition there")
            return
        problem = expression_problem(self.where, self.columns)
        if problem is not None:
            yield Mistake(("where",), f"the condition cannot be read: {problem}")

    def _mistakes_of_notation(self) -> Iterator[Mistake]:
        if self.thousands == self.decimal:
            yield Mistake((), f"`thousands` and `decimal` are both {self.decimal!r}")
        if self.delimiter is not None and self.delimiter == self.quote:
            yield Mistake((), f"`delimiter` and `quote` are both {self.quote!r}")
        formats = {self.format or format_of(path) for path in self.patterns().values()}
        for key, possible in _ONLY_FOR.items():
            if key in self.model_fields_set and None not in formats and not {*possible} & formats:
                yield Mistake((key,), f"`{key}` applies to {', '.join(possible)} files only")

    def patterns(self) -> Mapping[str, str]:
        """Returns where the files are, by the name of the table in `sql`; the name is empty if there is only `path`."""
        return self.paths if self.paths is not None else {"": self.path or ""}

    def format_of(self, name: str) -> Format:
        """Returns the format of the file called `name`.

        Raises:
            ValueError: neither the settings nor the ending give a format.
        """
        found = self.format or format_of(name)
        if found is None:
            raise ValueError(f"the ending of {name} is not that of a format; set `format` (csv, jsonl, json …)")
        return found

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that are equal for two settings with which a file gives the same rows.

        They change with every setting that changes the rows, and with the entity's columns, but not with the path of
        the files. Nor do they depend on the company's time zone, which is recorded with each load.
        """
        settings = self.model_dump(mode="json", exclude={"path", "paths"}, exclude_defaults=True)
        if self.paths is not None:
            settings["paths"] = sorted(self.paths)
        if self.columns is not None:
            settings["columns"] = {name: fingerprint_of(value) for name, value in self.columns.items()}
        content = json.dumps([READING, settings, _definition(ENTITIES[self.entity])], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def _definition(entity: Entity) -> list[object]:
    columns = [[column.name, column.kind, column.required, column.allowed] for column in entity.columns]
    return [columns, entity.one_of, entity.version]


class FilesSource(SourceSettings):
    """A system that delivers extracts as files."""

    type: Literal["files"]
    tables: tuple[ExtractTable, ...] = Field(min_length=1, description="What the files hold.")

    def tables_of(self, entity: str) -> tuple[ExtractTable, ...]:
        """Returns the tables that fill `entity`."""
        return tuple(table for table in self.tables if table.entity == entity)

    def fingerprints(self, entity: str) -> frozenset[str]:
        """Returns the fingerprints of the tables that fill `entity`, under the current settings."""
        return frozenset(table.fingerprint for table in self.tables_of(entity))


SETTINGS = FilesSource
