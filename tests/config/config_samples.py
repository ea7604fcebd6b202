"""Settings models for the tests of `pipelines.config`, and helpers that load them."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, HttpUrl, PostgresDsn, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from pipelines.config import Mistake, Problem, SettingsError, SettingsModel, load

FIXTURES = Path(__file__).parent / "fixtures"


class Severity(Enum):
    WARN = "warn"
    CRITICAL = "critical"


def parse_bound(value: object) -> object:
    if isinstance(value, str):
        if not re.fullmatch(r"\d+%", value):
            raise ValueError(f'"{value}" is not a bound; write 0.8 or "80%"')
        return int(value[:-1]) / 100
    return value


def validate_dimension(value: str) -> str:
    dimensions = ("channel", "team", "country")
    if value not in dimensions:
        context = {"given": value, "allowed": dimensions}
        raise PydanticCustomError("dimension", 'unknown dimension "{given}"', context)
    return value


class Company(SettingsModel):
    name: str
    opened: date
    open: bool = True
    country: str = "FR"


class Bounds(SettingsModel):
    warn: float
    critical: float | None = None


class Rule(SettingsModel):
    name: str
    kpi: str
    grain: Literal["day", "week", "month"] = "week"
    by: Annotated[str, AfterValidator(validate_dimension)] | None = None
    where: dict[str, str | list[str]] = {}
    below: Annotated[float, BeforeValidator(parse_bound)] | Bounds | None = None
    above: float | Bounds | None = None
    for_: int = Field(default=1, alias="for", ge=1)
    severity: Severity = Severity.WARN
    min_sample: int = 0
    notify: list[str] = []

    @model_validator(mode="after")
    def _has_one_side(self) -> "Rule":
        if self.below is not None and self.above is not None:
            raise ValueError(f"the rule {self.name} has two sides; give below or above")
        return self


class Slack(SettingsModel):
    type: Literal["slack"]
    webhook_url: SecretStr


class Email(SettingsModel):
    type: Literal["email"]
    to: Annotated[list[str], Field(min_length=1)]


class Settings(SettingsModel):
    company: Company
    rules: list[Rule] = []
    channels: dict[str, Annotated[Slack | Email, Field(discriminator="type")]] = {}
    targets: dict[date, float] = {}


def cross_checks(settings: Settings) -> Iterable[Mistake]:
    kpis = ("csat", "nps", "wait")
    for index, rule in enumerate(settings.rules):
        if rule.kpi not in kpis:
            yield Mistake(("rules", index, "kpi"), f'unknown KPI "{rule.kpi}"', kpis)
        for position, channel in enumerate(rule.notify):
            if channel not in settings.channels:
                message = f'unknown channel "{channel}"'
                yield Mistake(("rules", index, "notify", position), message, tuple(settings.channels), given=channel)


class Scalars(SettingsModel):
    values: dict[str, Any]


class Kinds(SettingsModel):
    moment: datetime | None = None
    clock: time | None = None
    span: timedelta | None = None
    amount: Decimal | None = None
    path: Path | None = None
    site: HttpUrl | None = None
    database: PostgresDsn | None = None
    pair: tuple[float, float] | None = None
    several: tuple[int, ...] = ()
    distinct: set[int] = set()
    either: Literal["auto"] | int = "auto"
    code: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    label: Annotated[str, Field(min_length=1, max_length=5)] = "label"
    share: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.5
    tree: "Kinds | None" = None
    models: list[Bounds | Email] = []
    word: Literal["auto", True] | Severity = "auto"
    far: Annotated[int, Field(ge=10)] | Annotated[int, Field(le=-10)] = 10
    key: SecretStr | int = 1
    two: Annotated[list[int], Field(min_length=2)] = [1, 2]
    token: SecretStr | None = None


PASSWORD = "Corr3ct-Horse/Battery+Staple"


class Quoting(SettingsModel):
    """A model whose validators quote their input in their messages."""

    number: int = 0
    choice: Literal["this", "that"] = "this"
    bound: Annotated[float, BeforeValidator(parse_bound)] | Bounds = 0.5
    dimension: Annotated[str, AfterValidator(validate_dimension)] = "team"
    token: Annotated[SecretStr, AfterValidator(lambda token: refuse_text(token.get_secret_value()))] | None = None
    folded: Annotated[str, AfterValidator(lambda text: refuse_text(text.casefold()[2:-2]))] | None = None
    nested: dict[str, str] = {}
    site: HttpUrl | None = None
    flag: bool = True

    @model_validator(mode="after")
    def _refuse_nested(self) -> "Quoting":
        if self.nested:
            raise ValueError(f"{self.nested} cannot be used with {self.number}")
        return self


def refuse_text(text: str) -> str:
    raise ValueError(f"the value {text!r} is refused")


def problems_of(path: Path, environ: dict[str, str] | None = None, model: type[BaseModel] = Settings) -> list[Problem]:
    with pytest.raises(SettingsError) as refused:
        load(path, model, environ=environ or {})
    return refused.value.problems


def write_settings(folder: Path, text: str, name: str = "vigie.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file
