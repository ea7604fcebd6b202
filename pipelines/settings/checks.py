"""What does not fit between the parts of the settings, and between them and the KPI catalogue."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from pipelines import calendars
from pipelines.config import Mistake
from pipelines.entities import evaluated_columns
from pipelines.kpis import Kpi
from pipelines.notify.channels.base import Channel
from pipelines.settings.models import KpiSettings, Settings
from pipelines.watch import rule as watch_rule
from pipelines.watch.amount import unit_mistake
from pipelines.watch.rule import Rule
from pipelines.watch.versions import version_mistakes, versioned_names


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
        for found in watch_rule.language_mistakes(rule, settings.company.language):
            yield Mistake(("rules", position, *found.key), found.message)
        if "notify" in rule.model_fields_set and not rule.notify:
            message = "the list is empty: name a channel, or leave the key away to notify all of them"
            yield Mistake(("rules", position, "notify"), message, tuple(settings.channels))
        if rule.condition.key == "target" and rule.kpi in kpis and not _has_target(rule, settings):
            message = f"{rule.kpi} has no target at the grain {rule.grain}: give it one under kpis"
            yield Mistake(("rules", position, "target"), message)
        if rule.by == "rfm" and settings.segments.rfm is None:
            yield Mistake(
                ("rules", position, "by"), "there are no segments rfm without segments.rfm, which has their limits"
            )


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


def unpublishable(data: object, publishable: frozenset[str] | None) -> Iterator[Mistake]:
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
                if channel.type == "slack":
                    message = f"{name} is a webhook of Slack, which takes no files; use the token of a bot, or e-mail"
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
