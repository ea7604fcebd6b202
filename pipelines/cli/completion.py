"""Completion of names in shells: rules, KPIs, sources, tables, channels, exports and the ids of open alerts.

The settings are read as they are written, valid or not, and the ledger without a change. What cannot be read has no
names: a shell that completes never gets an error. Of the pipeline the ledger alone is imported, and only for ids of
alerts, so that the answer is quick.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import typer
import yaml

from pipelines.transform.project import project_folder

Completion = Callable[[typer.Context, str], list[tuple[str, str]]]

# Nobody who presses a key waits for another process.
_PATIENCE = timedelta(seconds=0.2)
_PLAIN = re.compile(r"[\w.-]+")


def _completion(names: Callable[[typer.Context], Iterable[tuple[str, str]]]) -> Completion:
    """Returns what Typer calls: the names that begin with the incomplete word, each with a word of help."""

    def complete(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
        found = []
        # Whatever it is, a shell that completes is the wrong place for an error.
        with suppress(Exception):
            for name, help_ in names(ctx):
                if name.startswith(incomplete) and _PLAIN.fullmatch(name):
                    found.append((name, help_))
        return found

    return complete


def _rules(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    yield from ((str(rule["name"]), str(rule.get("kpi", ""))) for rule in _entries(ctx, "rules"))


def _sources(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    yield from ((str(source["name"]), str(source.get("type", ""))) for source in _entries(ctx, "sources"))


def _sources_and_tables(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    yield from _sources(ctx)
    for source in _entries(ctx, "sources"):
        tables = source.get("tables") or []
        for entity in dict.fromkeys(str(table["entity"]) for table in tables if isinstance(table, dict)):
            yield f"{source['name']}.{entity}", "table"


def _exports(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    yield from ((str(export["name"]), str(export.get("format", ""))) for export in _entries(ctx, "exports"))


def _channels(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    for settings in _settings(ctx):
        for name, channel in (settings.get("channels") or {}).items():
            yield str(name), str(channel.get("type", "")) if isinstance(channel, dict) else ""


def _kpis(_: typer.Context) -> Iterator[tuple[str, str]]:
    for file in sorted((project_folder() / "models" / "metrics").glob("*.yml")):
        for metric in _yaml(file).get("metrics", []):
            if "family" in metric.get("config", {}).get("meta", {}):
                yield str(metric["name"]), str(metric.get("label", ""))


def _alerts(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    from pipelines.ledger import Ledger
    from pipelines.storage.home import Home

    path = Home(_path(ctx, "home", "VIGIE_HOME", "var")).ledger
    # Opened for reading: a ledger that does not exist is not created, one of an earlier version is not upgraded.
    with Ledger(path, patience=_PATIENCE, read_only=True) as ledger:
        for alert in ledger.open_alerts():
            rule, segment = str(alert["rule"]), str(alert["segment"])
            whole = alert["segment_type"] == "all" or _PLAIN.fullmatch(segment) is None
            yield str(alert["alert_id"]), rule if whole else f"{rule} {segment}"


def _rules_and_alerts(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    yield from _rules(ctx)
    yield from _alerts(ctx)


def _entries(ctx: typer.Context, key: str) -> Iterator[Mapping[str, Any]]:
    for settings in _settings(ctx):
        yield from (entry for entry in settings.get(key) or [] if isinstance(entry, dict) and "name" in entry)


def _settings(ctx: typer.Context) -> Iterator[Mapping[str, Any]]:
    path = _path(ctx, "settings", "VIGIE_SETTINGS", "settings")
    yield from (_yaml(file) for file in _files(path))


def _files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix in {".yaml", ".yml"} and not file.name.startswith("."))


def _yaml(file: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content = yaml.load(file.read_text(encoding="utf-8-sig"), Loader=loader)  # noqa: S506 - both loaders are safe
    return content if isinstance(content, dict) else {}


def _path(ctx: typer.Context, option: str, variable: str, default: str) -> Path:
    """Returns a path as typed, else as in the environment: a command line that is being typed has no defaults."""
    return Path(ctx.params.get(option) or os.environ.get(variable) or default)


complete_rules = _completion(_rules)
complete_sources = _completion(_sources)
complete_sources_and_tables = _completion(_sources_and_tables)
complete_exports = _completion(_exports)
complete_channels = _completion(_channels)
complete_kpis = _completion(_kpis)
complete_alerts = _completion(_alerts)
complete_rules_and_alerts = _completion(_rules_and_alerts)
