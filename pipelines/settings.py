"""The settings as a whole: each package's own models put together, and what must fit between them."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional, TypeAlias

from babel.numbers import list_currencies
from pydantic import AfterValidator, BeforeValidator, Field, create_model, field_validator

from pipelines import calendars, config
from pipelines.calendars import Calendar
from pipelines.config import Mistake, SettingsModel, TimeZone
from pipelines.customer_segments import Segments
from pipelines.entities import evaluated_columns
from pipelines.export.settings import Export, Publish, five_field_cron
from pipelines.kpis import GRAINS, Grain, Kpi, Parameter, ParameterType, ParameterValue
from pipelines.notify.channels import AnyChannel
from pipelines.notify.channels.base import Channel
from pipelines.notify.channels.file import FileChannel
from pipelines.sources import SourceSettings, settings_union
from pipelines.watch import rule as watch_rule
from pipelines.watch.amount import Amount, Duration, read_duration, unit_mistake
from pipelines.watch.rule import Rule
from pipelines.watch.versions import version_mistakes, versioned_names

if TYPE_CHECKING:
    AnySource: TypeAlias = SourceSettings
else:
    AnySource = settings_union()

# The channel that is notified when the pipeline itself fails.
OPERATORS = "operators"

# How the value of a parameter is written, by the type that its KPI declares.
_PARAMETER_TYPES: Mapping[ParameterType, object] = {
    "integer": int, "number": float, "text": str, "texts": tuple[str, ...], "duration": Duration,
}  # fmt: skip


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
    ignore_emails: tuple[Annotated[str, Field(min_length=3)], ...] = Field(
        default=(),
        description="Addresses that identify nobody, such as shared mailboxes; * stands for any characters:"
        " noreply@*, *@reseller.example.",
    )


class EffectiveTarget(SettingsModel):
    """A target that holds from a day on, for the periods of one grain or for those of all that are watched."""

    from_: date = Field(default=date.min, alias="from", description="The first day on which the target holds.")
    grain: Grain | None = Field(
        default=None,
        description="The length of the periods that it is meant for; by default that of the rules and exports that name"
        " the KPI.",
    )
    target: Amount = Field(description="The target, in the KPI's unit; percentages as 85%, durations as 4h.")


def _as_history(value: object) -> object:
    if value is None or isinstance(value, list | tuple):
        return value
    return [value] if isinstance(value, Mapping) else [{"target": value}]


class KpiSettings(SettingsModel):
    """Target and parameters of one KPI.

    `settings_model` adds a field for each parameter of the catalogue; None where it is not set.
    """

    target: Annotated[
        tuple[EffectiveTarget, ...],
        BeforeValidator(_as_history, json_schema_input_type=Amount | EffectiveTarget | tuple[EffectiveTarget, ...]),
    ] = Field(
        default=(), description="One target, or a list of {from, grain, target} that take effect one after the other."
    )

    @field_validator("target", mode="after")
    @classmethod
    def _one_a_day(cls, value: tuple[EffectiveTarget, ...]) -> tuple[EffectiveTarget, ...]:
        days = [(target.grain, target.from_) for target in value]
        if len(set(days)) < len(days):
            raise ValueError("two targets take effect on the same day; give each another `from` or `grain`")
        return value

    def targets(self, watched: Collection[Grain]) -> Iterator[tuple[Grain | None, date, float]]:
        """Yields the targets as (grain, first day, target in the KPI's unit); without a grain for all of them.

        One that names no grain is meant for those in `watched` that have none of their own, or for all such grains if
        no grain of the KPI is watched. The target of a month's revenue says nothing of a day's.
        """
        own = {target.grain for target in self.target if target.grain is not None}
        others = [grain for grain in watched or GRAINS if grain not in own]
        for target in self.target:
            grains = [target.grain] if target.grain or not (watched or own) else others
            for grain in grains:
                yield grain, target.from_, float(target.target)


class Schedules(SettingsModel):
    """When the daemon works by itself; cron in the company's time zone."""

    ingest: Annotated[str, AfterValidator(five_field_cron)] = Field(
        default="0 * * * *", description="When extracts are looked for; everything else follows from it."
    )


class Retention(SettingsModel):
    """How long what is no longer needed is kept in the home folder."""

    runs: Duration = Field(default=timedelta(days=14), description="Finished runs in Dagster, with their events: 14d.")
    replaced_loads: Duration = Field(
        default=timedelta(days=30), description="Raw loads that a later load replaced, since they were loaded: 30d."
    )


class Settings(SettingsModel):
    """What an operator writes."""

    company: Company
    sources: tuple[AnySource, ...] = Field(default=(), description="Where the data comes from.")
    kpis: Mapping[str, KpiSettings] = Field(default={}, description="Targets and parameters by KPI.")
    segments: Segments = Segments()
    calendars: Mapping[str, Calendar] = Field(
        default={}, description="Business hours by name; default is that of teams that no calendar names."
    )
    rules: tuple[Rule, ...] = Field(default=(), description="What is watched.")
    channels: Mapping[str, AnyChannel] = Field(default={}, description="Where messages go, by name.")
    exports: tuple[Export, ...] = Field(default=(), description="Files that are written on a schedule.")
    schedules: Schedules = Schedules()
    publish: Publish = Publish()
    retention: Retention = Retention()

    def watched_grains(self, kpi: str) -> tuple[Grain, ...]:
        """Returns the grains of the rules and exports that name a KPI, shortest first."""
        named = {rule.grain for rule in self.rules if rule.kpi == kpi}
        named.update(export.grain for export in self.exports if kpi in export.kpis)
        return tuple(grain for grain in GRAINS if grain in named)

    def id_space(self, source: SourceSettings) -> str:
        """Returns the name of the source whose ids of customers, agents and campaigns a source uses."""
        return source.id_space or source.name

    def parameter(self, parameter: Parameter) -> ParameterValue:
        """Returns the value of a KPI parameter: the one set for any of its KPIs, else its default."""
        values = (getattr(kpi, parameter.name) for kpi in self.kpis.values())
        default = read_duration(parameter.default) if parameter.type == "duration" else parameter.default
        return next((value for value in values if value is not None), default)


def settings_model(kpis: Mapping[str, Kpi]) -> type[Settings]:
    """Returns the model of the settings with the parameters that the catalogue `kpis` declares."""
    parameters = {parameter.name: parameter for kpi in kpis.values() for parameter in kpi.parameters}
    return _settings_model(tuple(parameters[name] for name in sorted(parameters)))


def _type_of(parameter: Parameter) -> object:
    return Literal[parameter.allowed] if parameter.allowed else _PARAMETER_TYPES[parameter.type]


@lru_cache(maxsize=4)
def _settings_model(parameters: tuple[Parameter, ...]) -> type[Settings]:
    fields: dict[str, Any] = {
        parameter.name: (
            Optional[_type_of(parameter)],  # noqa: UP045 - the type is known at run time alone
            Field(default=None, ge=parameter.minimum, le=parameter.maximum, description=parameter.description),
        )
        for parameter in parameters
    }
    of_kpi = create_model("KpiSettings", __base__=KpiSettings, __doc__="Target and parameters of one KPI.", **fields)
    kpis: Any = (Mapping[str, of_kpi], Settings.model_fields["kpis"])
    return create_model("Settings", __base__=Settings, __doc__=Settings.__doc__, kpis=kpis)


def load(
    path: Path,
    kpis: Mapping[str, Kpi],
    environ: Mapping[str, str] = os.environ,
    *,
    publishable: frozenset[str] | None = None,
) -> Settings:
    """Returns the settings at `path` (a file or a folder), checked against the catalogue `kpis`.

    A pass asks for them again and again: they are read again only if a file, the environment or the catalogue changed.
    `publishable` has the families and tables that can be published; None accepts every name.

    Raises:
        SettingsError: every mistake in them.
    """
    return _load(path, config.fingerprint(path), tuple(kpis.values()), frozenset(environ.items()), publishable)


@lru_cache(maxsize=4)
def _load(
    path: Path,
    _: tuple[tuple[object, ...], ...],
    known: tuple[Kpi, ...],
    environ: frozenset[tuple[str, str]],
    publishable: frozenset[str] | None,
) -> Settings:
    kpis = {kpi.name: kpi for kpi in known}
    return config.load(
        path,
        settings_model(kpis),
        environ=dict(environ),
        check=lambda settings: mistakes(settings, kpis),
        check_names=lambda data: (*misnamed(data, kpis), *_unpublishable(data, publishable)),
    )


def channels_of(settings: Settings, home: Path) -> Mapping[str, Channel]:
    """Returns the channels by name; without any in the settings, messages go to a file in the home folder."""
    return settings.channels or {"log": FileChannel(type="file", path=home.absolute() / "messages.jsonl")}


def mistakes(settings: Settings, kpis: Mapping[str, Kpi]) -> Iterator[Mistake]:
    """Returns what does not fit between the parts of the settings, and between them and the catalogue `kpis`."""
    yield from _duplicates("sources", [source.name for source in settings.sources])
    versioned = versioned_names(settings.rules)
    yield from _duplicates("rules", [rule.name for rule in settings.rules], versioned)
    for position, of_version in version_mistakes(settings.rules):
        yield Mistake(("rules", position, *of_version.key), of_version.message, of_version.allowed, of_version.given)
    yield from _duplicates("exports", [export.name for export in settings.exports])
    yield from _id_space_mistakes(settings)
    yield from _delivery_mistakes(settings)
    yield from _fallback_mistakes(settings.channels)
    yield from _export_mistakes(settings)
    yield from _kpi_mistakes(settings.kpis, kpis)
    yield from calendars.mistakes(settings.calendars)
    for position, rule in enumerate(settings.rules):
        of_sector = {name: kpi.in_sector(settings.company.sector) for name, kpi in kpis.items() if name == rule.kpi}
        for found in watch_rule.mistakes(rule, of_sector or kpis):
            yield Mistake(("rules", position, *found.key), found.message, found.allowed, found.given)
        if rule.condition.key == "target" and rule.kpi in kpis and not _has_target(rule, settings):
            message = f"{rule.kpi} has no target at the grain {rule.grain}: give it one under kpis"
            yield Mistake(("rules", position, "target"), message)
        if rule.by == "rfm" and settings.segments.rfm is None:
            yield Mistake(
                ("rules", position, "by"), "there are no segments rfm without segments.rfm, which has their limits"
            )


def watched_kpi(rule: Rule, settings: Settings, kpis: Mapping[str, Kpi]) -> Kpi:
    """Returns what a rule compares with its limits: its KPI, with the benchmarks of the company's sector."""
    return rule.condition.subject(kpis[rule.kpi].in_sector(settings.company.sector))


def _has_target(rule: Rule, settings: Settings) -> bool:
    of_kpi = settings.kpis.get(rule.kpi)
    targets = () if of_kpi is None else of_kpi.targets(settings.watched_grains(rule.kpi))
    return any(grain in (None, rule.grain) for grain, _, _ in targets)


def misnamed(data: object, kpis: Mapping[str, Kpi]) -> Iterator[Mistake]:
    """Returns the unknown names of KPIs, dimensions and channels in settings as written, in valid entries or not."""
    if not isinstance(data, dict):
        return
    channels = tuple(_mapping(data.get("channels")))
    for position, rule in enumerate(map(_mapping, _list(data.get("rules")))):
        kpi, by = rule.get("kpi"), rule.get("by")
        if isinstance(kpi, str):
            dimension = by if isinstance(by, str) and by != "all" else None
            for found in watch_rule.name_mistakes(kpi, dimension, kpis):
                yield Mistake(("rules", position, *found.key), found.message, found.allowed, found.given)
        for number, channel in enumerate(_list(rule.get("notify"))):
            if isinstance(channel, str) and channel not in channels:
                key = ("rules", position, "notify", number)
                yield Mistake(key, f"there is no channel called {channel}", channels, channel)
    for position, export in enumerate(map(_mapping, _list(data.get("exports")))):
        yield from _misnamed_in_export(position, _list(export.get("kpis")), _list(export.get("by")), kpis)
        given = _mapping(export.get("to")).get("channel")
        for number, channel in enumerate(_list(given) or [given]):
            if isinstance(channel, str) and channel not in channels:
                place = ("exports", position, "to", "channel")
                yield Mistake(
                    (*place, number) if isinstance(given, list) else place,
                    f"there is no channel called {channel}",
                    channels,
                    channel,
                )


def _unpublishable(data: object, publishable: frozenset[str] | None) -> Iterator[Mistake]:
    """Returns the tables to be published that do not exist."""
    if publishable is None or not isinstance(data, dict):
        return
    for position, name in enumerate(_list(_mapping(data.get("publish")).get("tables"))):
        if isinstance(name, str) and name not in publishable:
            message = f"there is no family and no table called {name}"
            yield Mistake(("publish", "tables", position), message, tuple(sorted(publishable)), name)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _duplicates(key: str, names: Sequence[str], versioned: Collection[str] = ()) -> Iterator[Mistake]:
    """Returns names that are taken; those in `versioned` may come again."""
    seen: dict[str, int] = {}
    for position, name in enumerate(names):
        # Dagster's names have no hyphens, and some file systems no capitals.
        plain = name.replace("-", "_").lower()
        if plain in seen and not (name in versioned and name == names[seen[plain]]):
            message = f"the name {name} is taken by an earlier one; names differ by more than capitals, - and _"
            yield Mistake((key, position, "name"), message, first=(key, seen[plain], "name"))
        seen.setdefault(plain, position)


def _id_space_mistakes(settings: Settings) -> Iterator[Mistake]:
    own = {source.name: source.id_space in (None, source.name) for source in settings.sources}
    for position, source in enumerate(settings.sources):
        key = ("sources", position, "id_space")
        if source.id_space is None or source.id_space == source.name:
            continue
        if source.id_space not in own:
            yield Mistake(key, f"there is no source called {source.id_space}", tuple(own), source.id_space)
        elif not own[source.id_space]:
            message = f"{source.id_space} itself uses the ids of another source; name that one"
            yield Mistake(key, message, tuple(name for name, is_own in own.items() if is_own), source.id_space)


def _fallback_mistakes(channels: Mapping[str, Channel]) -> Iterator[Mistake]:
    for name, channel in channels.items():
        seen, last = [name], channel
        while last.fallback is not None and last.fallback in channels and last.fallback not in seen:
            seen.append(last.fallback)
            last = channels[last.fallback]
        if channel.fallback is not None and channel.fallback not in channels:
            message = f"there is no channel called {channel.fallback}"
            yield Mistake(("channels", name, "fallback"), message, tuple(channels), channel.fallback)
        elif last.fallback == name:
            message = f"what {name} rejects would return to it ({' → '.join([*seen, name])}): name another channel"
            yield Mistake(("channels", name, "fallback"), message)


def _delivery_mistakes(settings: Settings) -> Iterator[Mistake]:
    known = evaluated_columns()
    for position, source in enumerate(settings.sources):
        for name in source.delivers:
            if name not in known:
                message = f"there is no column called {name} of which it matters whether a source delivers it"
                yield Mistake(("sources", position, "delivers", name), message, known, name)


def _export_mistakes(settings: Settings) -> Iterator[Mistake]:
    """Returns the channels that cannot bring the file of an export."""
    takers = tuple(name for name, channel in settings.channels.items() if channel.takes_files)
    for position, export in enumerate(settings.exports):
        for name in export.to.channels if export.format != "digest" else ():
            channel = settings.channels.get(name)
            if channel is not None and not channel.takes_files:
                message = f"{name} is of type {channel.type}, through which no files are sent; name an e-mail channel"
                yield Mistake(("exports", position, "to", "channel"), message, takers)


def _kpi_mistakes(given: Mapping[str, KpiSettings], kpis: Mapping[str, Kpi]) -> Iterator[Mistake]:
    for name, kpi in given.items():
        if name not in kpis:
            yield Mistake(("kpis", name), f"there is no KPI called {name}", tuple(sorted(kpis)), name)
            continue
        for number, target in enumerate(kpi.target):
            key = ("kpis", name, "target") if len(kpi.target) == 1 else ("kpis", name, "target", number, "target")
            message = unit_mistake(target.target, kpis[name])
            if message is not None:
                yield Mistake(key, message, (), target.target.written)
    for parameter in sorted({parameter.name for kpi in kpis.values() for parameter in kpi.parameters}):
        owners = sorted(kpi.name for kpi in kpis.values() if parameter in {own.name for own in kpi.parameters})
        yield from _parameter_mistakes(given, parameter, tuple(owners))


def _parameter_mistakes(given: Mapping[str, KpiSettings], parameter: str, owners: tuple[str, ...]) -> Iterator[Mistake]:
    """Returns the KPIs that do not have a parameter although they set it, or that set it to another value."""
    first: tuple[str, object] | None = None
    for name, kpi in given.items():
        value = getattr(kpi, parameter)
        if value is None:
            continue
        if name not in owners:
            message = f"{name} does not depend on {parameter}; write it under a KPI that does"
            yield Mistake(("kpis", name, parameter), message, owners, name)
        elif first is None:
            first = (name, value)
        elif first[1] != value:
            said = ", ".join(map(str, first[1])) if isinstance(first[1], tuple) else first[1]
            message = f"{parameter} is one value for all KPIs and {first[0]} already says {said}"
            yield Mistake(("kpis", name, parameter), message)


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
