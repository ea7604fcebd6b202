"""The settings as a whole: each package's own models put together, and what must fit between them."""

import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from pipelines import config
from pipelines.kpis import Kpi
from pipelines.settings.checks import misnamed, mistakes, unpublishable
from pipelines.settings.models import (
    OPERATORS,
    Company,
    Heartbeat,
    KpiSettings,
    Retention,
    Settings,
    channels_of,
    fallback_of,
    settings_model,
    watched_kpi,
)
from pipelines.watch.rule import Rule

__all__ = [
    "OPERATORS",
    "Company",
    "Heartbeat",
    "KpiSettings",
    "Retention",
    "Settings",
    "channels_of",
    "fallback_of",
    "load",
    "load_rules",
    "settings_model",
    "watched_kpi",
]


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


class _Rules(config.SettingsModel):
    """A file of rules that are no part of the settings, to be compared with those that are."""

    rules: tuple[Rule, ...]


def load_rules(
    path: Path, settings: Settings, kpis: Mapping[str, Kpi], environ: Mapping[str, str] = os.environ
) -> tuple[Rule, ...]:
    """Returns the rules in a file, checked as if they were those of some settings.

    Raises:
        SettingsError: every mistake in them.
    """

    def check(found: _Rules) -> Iterator[config.Mistake]:
        of_all = mistakes(settings.model_copy(update={"rules": found.rules}), kpis)
        yield from (mistake for mistake in of_all if mistake.key[0] == "rules")

    def check_names(data: object) -> Iterator[config.Mistake]:
        with_channels = {**data, "channels": dict.fromkeys(settings.channels)} if isinstance(data, dict) else data
        yield from (mistake for mistake in misnamed(with_channels, kpis) if mistake.key[0] == "rules")

    return config.load(path, _Rules, environ=environ, check=check, check_names=check_names).rules


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
        check_names=lambda data: (*misnamed(data, kpis), *unpublishable(data, publishable)),
    )
