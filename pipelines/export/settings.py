"""The settings of exports and of publishing."""

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from croniter import CroniterBadDateError, croniter
from fsspec import available_protocols
from pydantic import AfterValidator, Field, SecretStr, field_validator

from pipelines.config import Name, SettingsModel, check_address
from pipelines.kpis import Grain

Format = Literal["csv", "xlsx"]

_HASHED_FIELD = re.compile(r"(^|,)[hr](\(|/|,|$)", re.IGNORECASE)
_ANY_DAY = datetime(2030, 1, 1)  # noqa: DTZ001 - cron is a matter of the wall clock


def five_field_cron(value: str) -> str:
    """`value` with single spaces, if it is a cron expression of five fields that comes round at all.

    Raises:
        ValueError: says what a schedule looks like.
    """
    fields = value.split()
    example = "for instance '0 7 * * 1' (Mondays at 07:00)"
    if len(fields) != 5:
        raise ValueError(f"a schedule has five fields: minute, hour, day of month, month, day of week; {example}")
    cron = " ".join(fields)
    if any(_HASHED_FIELD.search(field) for field in fields):
        raise ValueError(f"'{cron}' draws its time at random (h, r); write the times out, {example}")
    if not croniter.is_valid(cron):
        raise ValueError(f"'{cron}' is not a cron expression; write {example}")
    try:
        croniter(cron, _ANY_DAY).get_prev(datetime)
    except CroniterBadDateError:
        raise ValueError(f"'{cron}' never comes round: no month has such a day") from None
    return cron


def is_remote(path: str) -> bool:
    """Whether `path` is an address for fsspec rather than a folder of this machine."""
    return "://" in path and not path.startswith("file://")


def _known_address(value: str) -> str:
    if not value.strip():
        raise ValueError("give a folder (exports/) or an address (s3://bucket/folder)")
    if is_remote(value):
        for part in value.split("::"):
            protocol = part.split("://", 1)[0]
            if protocol not in available_protocols():
                raise ValueError(f"'{protocol}://' is not known; use a folder, s3://, gs://, az:// or sftp://")
        check_address(value)
    return value


def _no_doubles(values: list[str]) -> list[str]:
    doubles = sorted({value for value in values if values.count(value) > 1})
    if doubles:
        raise ValueError(f"named twice: {', '.join(doubles)}")
    return values


class Destination(SettingsModel):
    """Where an export goes: a folder, relative to the settings file, or an fsspec address."""

    path: Annotated[str, AfterValidator(_known_address)] = Field(
        description="A folder, relative to the settings file, or an address: s3://, gs://, az://, sftp://."
    )

    def resolved(self, base: Path) -> str:
        """The address, with a relative folder laid onto `base`, the folder of the settings."""
        if is_remote(self.path):
            return self.path
        return str(base / Path(urlsplit(self.path).path if self.path.startswith("file://") else self.path).expanduser())


class Export(SettingsModel):
    """One file that is written on a schedule: the last complete periods of some KPIs."""

    name: Name = Field(description="Names the export and begins its files' names.")
    schedule: Annotated[str, AfterValidator(five_field_cron)] = Field(
        description="Cron, five fields, in the company's time zone: '0 7 * * 1' is Mondays at 07:00."
    )
    format: Format = Field(description="csv: one flat table. xlsx: scorecard, charts, data and definitions.")
    kpis: Annotated[list[str], AfterValidator(_no_doubles)] = Field(
        min_length=1, description="Names of KPIs, in the order in which they are shown."
    )
    grain: Grain = Field(default="week", description="The length of a period.")
    periods: int = Field(default=12, ge=1, description="How many of the last complete periods of each KPI.")
    by: Annotated[list[str], AfterValidator(_no_doubles)] = Field(
        default_factory=list, description="Dimensions to break down by, beside the whole: channel, team, …"
    )
    to: Destination
    keep: int | None = Field(
        default=None, ge=1, description="How many of this export's files to keep; all if not given."
    )

    @field_validator("by")
    @classmethod
    def _whole_is_always_there(cls, value: list[str]) -> list[str]:
        if "all" in value:
            raise ValueError("'all' is always exported: name only the dimensions to break it down by")
        return value


class Publish(SettingsModel):
    """Which copies of the tables BI tools get after each pass."""

    duckdb: bool = Field(default=True, description="published/kpi.duckdb, for DuckDB 1.1.3 and later.")
    parquet: bool = Field(default=True, description="published/parquet/<table>/<table>.parquet.")
    postgres: SecretStr = Field(default=SecretStr(""), description="Not available yet: must be empty.")

    @field_validator("postgres")
    @classmethod
    def _not_yet(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            raise ValueError(
                "publishing to PostgreSQL is not available yet in this version; leave it empty, use duckdb or parquet"
            )
        return value
