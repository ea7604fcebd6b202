"""The settings of exports and of publishing."""

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from croniter import CroniterBadDateError, croniter
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, field_validator, model_validator

from pipelines.config import Mistake, Name, SettingsModel, refuse
from pipelines.export.formats import AnyFormat
from pipelines.kpis import GRAINS, Grain
from pipelines.storage.addresses import is_remote, local_path, validate_address

_HASHED_FIELD = re.compile(r"(^|,)[hr](\(|/|,|$)", re.IGNORECASE)
_KEPT_IN_HOME = 5
_ANY_DAY = datetime(2030, 1, 1)  # noqa: DTZ001 - cron is about the time that clocks show


def five_field_cron(value: str) -> str:
    """Returns `value` with single spaces, if it is a cron expression of five fields that matches some day.

    Raises:
        ValueError: it is not; the message says what a schedule looks like.
    """
    fields = value.split()
    example = "for instance '0 7 * * 1' (Mondays at 07:00)"
    if len(fields) != 5:
        raise ValueError(f"a schedule has five fields: minute, hour, day of month, month, day of week; {example}")
    cron = " ".join(fields)
    if any(_HASHED_FIELD.search(field) for field in fields):
        raise ValueError(f"'{cron}' has a random time (h, r); write fixed times, {example}")
    if not croniter.is_valid(cron):
        raise ValueError(f"'{cron}' is not a cron expression; write {example}")
    try:
        croniter(cron, _ANY_DAY).get_prev(datetime)
    except CroniterBadDateError:
        raise ValueError(f"'{cron}' never happens: no month has such a day") from None
    return cron


def _known_address(value: str) -> str:
    if not value.strip():
        raise ValueError("give a folder (exports/) or an address (s3://bucket/folder)")
    return validate_address(value)


def _without_duplicates(values: list[str]) -> list[str]:
    duplicates = sorted({value for value in values if values.count(value) > 1})
    if duplicates:
        raise ValueError(f"named twice: {', '.join(duplicates)}")
    return values


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Destination(SettingsModel):
    """Where an export goes: a folder, relative to the settings file, an fsspec address, or channels."""

    path: Annotated[str, AfterValidator(_known_address)] | None = Field(
        default=None,
        description="A folder, relative to the settings file, or an address: s3://, gs://, az://, sftp://.",
    )
    channels: Annotated[
        list[str],
        BeforeValidator(_several, json_schema_input_type=str | list[str]),
        Field(min_length=1),
        AfterValidator(_without_duplicates),
    ] = Field(
        default=[],
        alias="channel",
        validate_default=False,
        description="Instead of a path: the channel, or the channels, through which the file is sent.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.path is None) == (not self.channels):
            raise ValueError("name either a path (a folder or an address) or a channel")
        return self

    def resolved(self, base: Path) -> str | None:
        """The address, with a relative folder resolved against `base`, the folder of the settings; None of channels."""
        if self.path is None:
            return None
        return self.path if is_remote(self.path) else str(base / local_path(self.path))


class Export(SettingsModel):
    """One file that is written on a schedule: the last complete periods of some KPIs."""

    name: Name = Field(description="Names the export and begins its files' names.")
    schedule: Annotated[str, AfterValidator(five_field_cron)] = Field(
        description="Cron, five fields, in the company's time zone: '0 7 * * 1' is Mondays at 07:00."
    )
    format: AnyFormat = Field(
        description="csv, parquet: one flat table. xlsx: scorecard, charts, data and definitions. html: a report."
    )
    kpis: Annotated[list[str], AfterValidator(_without_duplicates)] = Field(
        min_length=1, description="Names of KPIs, in the order in which they are shown."
    )
    grain: Grain = Field(default="week", description="The length of a period.")
    periods: int = Field(default=12, ge=1, description="How many of the last complete periods of each KPI.")
    by: Annotated[list[str], AfterValidator(_without_duplicates)] = Field(
        default_factory=list, description="Dimensions to break down by, beside the whole: channel, team, …"
    )
    to: Destination
    keep: int | None = Field(
        default=None, ge=1, description="How many of this export's files to keep; all if not given."
    )
    delimiter: Literal[",", ";", "\t", "|"] = Field(
        default=",", description="What separates the cells of a CSV file; a French Excel expects ';'."
    )
    decimal: Literal[".", ","] = Field(
        default=".", description="The decimal mark of a CSV file; a French Excel expects ','."
    )

    browser: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="Of a PDF file: the browser's program; by default Chromium or Chrome on PATH."
    )

    @property
    def kept(self) -> int | None:
        """How many of its files are kept; of those in the home folder, which channels send, a few by default."""
        return _KEPT_IN_HOME if self.keep is None and self.to.channels else self.keep

    @field_validator("by")
    @classmethod
    def _without_all(cls, value: list[str]) -> list[str]:
        if "all" in value:
            raise ValueError("'all' is always exported: name only the dimensions to break it down by")
        return value

    @model_validator(mode="after")
    def _check_format(self) -> Self:
        if self.decimal == self.delimiter:
            message = f"the decimal mark {self.decimal} would separate cells as well; set delimiter: ';'"
            refuse([Mistake(("decimal",), message, (";", "\t", "|"))])
        if self.format == "digest" and not self.to.channels:
            refuse([Mistake(("to", "path"), "a digest is a message: name a channel instead", ("channel",))])
        owned = {"delimiter": "csv", "decimal": "csv", "browser": "pdf"}
        refuse(
            Mistake((name,), f"only a file of format {owner} has it", (owner,))
            for name, owner in owned.items()
            if name in self.model_fields_set and self.format != owner
        )
        return self


def _schema_name(value: str) -> str:
    if re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", value) is None or value.startswith("pg_"):
        raise ValueError(f"'{value}' cannot be a schema: use lower-case letters, digits and _, such as vigie")
    if value in {"public", "information_schema"}:
        raise ValueError(f"the schema must be Vigie's alone, and {value} is not; name another, such as vigie")
    return value


def _postgres_url(value: SecretStr) -> SecretStr:
    # The value is never quoted: it holds a password.
    url = value.get_secret_value()
    if url and re.match(r"postgres(ql)?(\+psycopg)?://[^\s]+$", url) is None:
        raise ValueError(
            "write the address of a PostgreSQL database, such as postgresql://vigie@db.example.org/reports"
        )
    return value


class Publish(SettingsModel):
    """Which copies of the tables BI tools get after each pass, and what is in them."""

    duckdb: bool = Field(default=True, description="published/kpi.duckdb, for DuckDB 1.1.3 and later.")
    parquet: bool = Field(default=True, description="published/parquet/<table>/<table>.parquet.")
    postgres: Annotated[SecretStr, AfterValidator(_postgres_url)] = Field(
        default=SecretStr(""), description="URL of a PostgreSQL database that gets the tables as well; none if empty."
    )
    schema_: Annotated[str, AfterValidator(_schema_name)] = Field(
        default="vigie", alias="schema", description="The schema in PostgreSQL; it must be Vigie's alone."
    )
    grains: Annotated[list[Grain], AfterValidator(_without_duplicates)] = Field(
        default=list(GRAINS), min_length=1, description="The grains of the KPI tables and views; all by default."
    )
    tables: Annotated[list[str], AfterValidator(_without_duplicates)] | None = Field(
        default=None,
        min_length=1,
        description="Families (kpi, customers, sales, marketing, support, team, quality) or tables; all by default.",
    )
    personal: bool = Field(
        default=False, description="Whether names and e-mail addresses of people are published as well."
    )
