"""The settings as a whole: each room's own models put together, and what must fit between them."""

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from babel.numbers import list_currencies
from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from pipelines import config
from pipelines.config import Mistake, SettingsModel, TimeZone
from pipelines.export.settings import Export, Publish, five_field_cron
from pipelines.kpis import Kpi, catalogue
from pipelines.notify.settings import Channel, FileChannel
from pipelines.sources.files.settings import FilesSource
from pipelines.watch import rule as watch_rule
from pipelines.watch.rule import Amount, Rule

Source = FilesSource

# Who is told when the pipeline itself fails.
OPERATORS = "operators"

DEFAULT_ACTIVE_DAYS = 365
DEFAULT_EXCLUDED_STATUSES = (
    "abandoned", "canceled", "cancelled", "declined", "deleted", "draft", "expired", "failed", "refunded", "rejected",
    "returned", "spam", "test", "void", "voided",
)  # fmt: skip

# The KPIs whose rows depend on who counts as an active customer, and those made of valid orders.
_ACTIVE_DAYS_KPIS = (
    "active_customers", "arpu", "churn_rate", "recommendation_rate", "repurchase_rate", "retention_rate",
)  # fmt: skip
_ORDER_KPIS = ("average_order_value", "revenue", "revenue_per_customer")


def _currency(value: str) -> str:
    if value not in list_currencies():
        raise ValueError(f"{value} is not a currency; write its ISO 4217 code such as EUR")
    return value


class Company(SettingsModel):
    """Whose KPIs these are."""

    name: str = Field(min_length=1, description="The company's name, as messages and exports show it.")
    timezone: TimeZone = Field(default="UTC", description="IANA name; periods are cut and schedules run in it.")
    currency: Annotated[str, AfterValidator(_currency)] = Field(
        default="EUR", description="ISO 4217 code; money in other currencies is converted with fx_rate."
    )
    language: Literal["en", "fr"] = Field(default="en", description="The language of messages and exports.")
    sector: str | None = Field(
        default=None,
        description="For the benchmarks: retail, financial_services, software, ecommerce, saas, insurance.",
    )


class EffectiveTarget(SettingsModel):
    """A target that holds from a day on."""

    from_: date = Field(alias="from", description="The first day on which the target holds.")
    target: Amount = Field(description="The target, in the KPI's unit; percentages as 85%, durations as 4h.")


def _as_history(value: object) -> object:
    if value is None or isinstance(value, list | tuple):
        return value
    return [{"from": date.min, "target": value}]


class KpiSettings(SettingsModel):
    """Target and parameters of one KPI."""

    target: Annotated[tuple[EffectiveTarget, ...], BeforeValidator(_as_history)] = Field(
        default=(), description="One target, or a list of {from, target} that take effect one after the other."
    )
    active_days: int | None = Field(
        default=None, ge=1, le=36_500, description="Days after a purchase during which a customer counts as active."
    )
    excluded_statuses: tuple[str, ...] | None = Field(
        default=None, description="Order statuses, in any letter case, that are not sales (cancelled, refunded …)."
    )

    @field_validator("target", mode="after")
    @classmethod
    def _one_a_day(cls, value: tuple[EffectiveTarget, ...]) -> tuple[EffectiveTarget, ...]:
        days = [target.from_ for target in value]
        if len(set(days)) < len(days):
            raise ValueError("two targets take effect on the same day")
        return value


class Schedules(SettingsModel):
    """When the daemon works by itself; cron in the company's time zone."""

    ingest: Annotated[str, AfterValidator(five_field_cron)] = Field(
        default="0 * * * *", description="When extracts are looked for; everything else follows from it."
    )


class Settings(SettingsModel):
    """What an operator writes."""

    company: Company
    sources: tuple[Source, ...] = Field(default=(), description="Where the data comes from.")
    kpis: Mapping[str, KpiSettings] = Field(default={}, description="Targets and parameters by KPI.")
    rules: tuple[Rule, ...] = Field(default=(), description="What is watched.")
    channels: Mapping[str, Channel] = Field(default={}, description="Where messages go, by name.")
    exports: tuple[Export, ...] = Field(default=(), description="Files that are written on a schedule.")
    schedules: Schedules = Schedules()
    publish: Publish = Publish()

    @property
    def active_days(self) -> int:
        """Days after a purchase during which a customer counts as active."""
        given = [kpi.active_days for kpi in self.kpis.values() if kpi.active_days is not None]
        return given[0] if given else DEFAULT_ACTIVE_DAYS

    @property
    def excluded_statuses(self) -> tuple[str, ...]:
        """The order statuses that are not sales."""
        given = [kpi.excluded_statuses for kpi in self.kpis.values() if kpi.excluded_statuses is not None]
        return given[0] if given else DEFAULT_EXCLUDED_STATUSES

    def raw_tables(self) -> Iterator[tuple[Source, str]]:
        """Each source with each entity it fills, once."""
        for source in self.sources:
            for entity in dict.fromkeys(table.entity for table in source.tables):
                yield source, entity


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings at `path` (a file or a folder); SettingsError with every mistake found.

    A pass asks for them again and again: they are read again once a file or the environment has changed.
    """
    return _load(path, config.fingerprint(path), frozenset(environ.items()))


@lru_cache(maxsize=4)
def _load(path: Path, _: tuple[tuple[object, ...], ...], environ: frozenset[tuple[str, str]]) -> Settings:
    return config.load(path, Settings, environ=dict(environ), check=mistakes, check_names=misnamed)


def channels_of(settings: Settings, home: Path) -> Mapping[str, Channel]:
    """The channels by name. Without any, messages go to a file in the home folder rather than nowhere."""
    return settings.channels or {"log": FileChannel(type="file", path=home.absolute() / "messages.jsonl")}


def mistakes(settings: Settings) -> Iterator[Mistake]:
    """What does not fit between the parts of the settings."""
    kpis = catalogue.load()
    yield from _duplicates("sources", [source.name for source in settings.sources])
    yield from _duplicates("rules", [rule.name for rule in settings.rules])
    yield from _duplicates("exports", [export.name for export in settings.exports])
    yield from _kpi_mistakes(settings.kpis, kpis)
    for position, rule in enumerate(settings.rules):
        for found in watch_rule.mistakes(rule, kpis):
            yield Mistake(("rules", position, *found.key), found.message, found.allowed, found.given)


def misnamed(data: object) -> Iterator[Mistake]:
    """The names in settings as written that lead nowhere: of KPIs, dimensions and channels, in valid entries or not."""
    if not isinstance(data, dict):
        return
    kpis = catalogue.load()
    channels = tuple(_mapping(data.get("channels")))
    for position, rule in enumerate(map(_mapping, _list(data.get("rules")))):
        kpi, by = rule.get("kpi"), rule.get("by")
        if isinstance(kpi, str):
            dimension = by if isinstance(by, str) and by != "all" else None
            for found in watch_rule.misnamed(kpi, dimension, kpis):
                yield Mistake(("rules", position, *found.key), found.message, found.allowed, found.given)
        for number, channel in enumerate(_list(rule.get("notify"))):
            if isinstance(channel, str) and channel not in channels:
                key = ("rules", position, "notify", number)
                yield Mistake(key, f"there is no channel called {channel}", channels, channel)
    for position, export in enumerate(map(_mapping, _list(data.get("exports")))):
        yield from _misnamed_in_export(position, _list(export.get("kpis")), _list(export.get("by")), kpis)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _duplicates(key: str, names: Iterable[str]) -> Iterator[Mistake]:
    seen: set[str] = set()
    for position, name in enumerate(names):
        # Dagster's names have no hyphens, and some file systems no capitals.
        plain = name.replace("-", "_").lower()
        if plain in seen:
            message = f"the name {name} is taken by an earlier one; names differ by more than capitals, - and _"
            yield Mistake((key, position, "name"), message)
        seen.add(plain)


def _kpi_mistakes(given: Mapping[str, KpiSettings], kpis: Mapping[str, Kpi]) -> Iterator[Mistake]:
    for name, kpi in given.items():
        if name not in kpis:
            yield Mistake(("kpis", name), f"there is no KPI called {name}", tuple(sorted(kpis)), name)
            continue
        for number, target in enumerate(kpi.target):
            key = ("kpis", name, "target") if len(kpi.target) == 1 else ("kpis", name, "target", number, "target")
            message = watch_rule.misfit(target.target, kpis[name])
            if message is not None:
                yield Mistake(key, message, (), target.target.written)
    yield from _one_value(given, "active_days", _ACTIVE_DAYS_KPIS)
    yield from _one_value(given, "excluded_statuses", _ORDER_KPIS)


def _one_value(given: Mapping[str, KpiSettings], parameter: str, owners: tuple[str, ...]) -> Iterator[Mistake]:
    """A parameter belongs to certain KPIs and has one value for all of them."""
    first: tuple[str, object] | None = None
    for name, kpi in given.items():
        value = getattr(kpi, parameter)
        if value is None:
            continue
        if name not in owners:
            yield Mistake(
                ("kpis", name, parameter), f"{name} does not depend on {parameter}; it is one of", owners, name
            )
        elif first is not None and first[1] != value:
            message = f"{parameter} is one value for all KPIs and {first[0]} already says {first[1]}"
            yield Mistake(("kpis", name, parameter), message)
        else:
            first = (name, value)


def _misnamed_in_export(
    position: int, names: list[object], dimensions: list[object], kpis: Mapping[str, Kpi]
) -> Iterator[Mistake]:
    for number, name in enumerate(names):
        if isinstance(name, str) and name not in kpis:
            key = ("exports", position, "kpis", number)
            yield Mistake(key, f"there is no KPI called {name}", tuple(sorted(kpis)), name)
    segments = {segment for name in names if isinstance(name, str) and name in kpis for segment in kpis[name].segments}
    for number, dimension in enumerate(dimensions):
        if isinstance(dimension, str) and segments and dimension not in segments:
            yield Mistake(
                ("exports", position, "by", number),
                f"none of its KPIs is broken down by {dimension}",
                tuple(sorted(segments)),
                dimension,
            )
