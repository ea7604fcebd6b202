"""The settings as models: what an operator may write, with its defaults."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional, TypeAlias

from babel.numbers import list_currencies
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, create_model, field_validator

from pipelines.calendars import Calendar
from pipelines.config import SettingsModel, TimeZone
from pipelines.customer_segments import Segments
from pipelines.export.settings import Export, Publish, five_field_cron
from pipelines.kpis import GRAINS, Grain, Kpi, Parameter, ParameterType, ParameterValue
from pipelines.notify.channels import AnyChannel
from pipelines.notify.channels.base import Channel
from pipelines.notify.channels.file import FileChannel
from pipelines.notify.network import encrypted_address
from pipelines.sources import SourceSettings, settings_union
from pipelines.watch.amount import Amount, Duration, read_duration
from pipelines.watch.rule import Rule

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


class Delivery(SettingsModel):
    """How what happens in one pass becomes messages."""

    group: bool = Field(
        default=True,
        description="Whether what a rule raises for a channel in one pass is one message; otherwise one an alert.",
    )
    storm_after: Annotated[int, Field(ge=1)] = Field(
        default=20, description="More incidents than this in one pass are one summary for all rules."
    )


class Retention(SettingsModel):
    """How long what is no longer needed is kept in the home folder."""

    runs: Duration = Field(default=timedelta(days=14), description="Finished runs in Dagster, with their events: 14d.")
    replaced_loads: Duration = Field(
        default=timedelta(days=30), description="Raw loads that a later load replaced, since they were loaded: 30d."
    )


def _ping_address(url: SecretStr) -> SecretStr:
    # Empty where the environment has none: `${PING_URL:-}`.
    if url.get_secret_value():
        encrypted_address(url.get_secret_value())
    return url


class Heartbeat(SettingsModel):
    """How a pass says that it has come to its end, so that something outside notices when none does."""

    file: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="The file that each pass replaces; by default heartbeat.json in the home folder."
    )
    ping_url: Annotated[SecretStr, AfterValidator(_ping_address)] = Field(
        default=SecretStr(""),
        description="The address that each pass calls (GET), a secret: take it from the environment.",
    )
    ping_failures: bool = Field(
        default=False, description="Calls ping_url with /fail at its end after a pass in which something failed."
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
    delivery: Delivery = Delivery()
    exports: tuple[Export, ...] = Field(default=(), description="Files that are written on a schedule.")
    schedules: Schedules = Schedules()
    publish: Publish = Publish()
    retention: Retention = Retention()
    heartbeat: Heartbeat = Heartbeat()

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


def channels_of(settings: Settings, home: Path) -> Mapping[str, Channel]:
    """Returns the channels by name; without any in the settings, messages go to a file in the home folder."""
    return settings.channels or {"log": FileChannel(type="file", path=home.absolute() / "messages.jsonl")}


def fallback_of(name: str, channels: Mapping[str, Channel]) -> str | None:
    """Returns the channel that gets what the channel `name` rejects for good, None if there is none.

    By default it is the one of the operators. What that one falls back to has nothing behind it.
    """
    given = channels.get(name)
    if given is not None and given.fallback is not None:
        return given.fallback
    behind, last = {OPERATORS}, channels.get(OPERATORS)
    while last is not None and last.fallback is not None and last.fallback not in behind:
        behind.add(last.fallback)
        last = channels.get(last.fallback)
    return OPERATORS if OPERATORS in channels and name not in behind else None


def watched_kpi(rule: Rule, settings: Settings, kpis: Mapping[str, Kpi]) -> Kpi:
    """Returns what a rule compares with its limits: its KPI, with the benchmarks of the company's sector."""
    return rule.condition.subject(kpis[rule.kpi].in_sector(settings.company.sector))
