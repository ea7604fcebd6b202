"""`python -m pipelines.sources.<type>`: fetches from one account into the raw store, without a build or an alert."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pipelines import config
from pipelines.config import SettingsError, TimeZone
from pipelines.raw import RawStore, RawStoreError
from pipelines.sources.base import ExtractContext
from pipelines.sources.registry import open_source, settings_union
from pipelines.sources.rest.extraction import Progress, count_resource, extract_resource
from pipelines.sources.rest.resource import Resource
from pipelines.sources.rest.source import ApiSource
from pipelines.storage.files import StorageError, make_files_private

# Another one begins a new line where nobody watches; a terminal shows the count grow in one line.
_PROGRESS_EVERY = 10_000


class _Company(BaseModel):
    timezone: TimeZone


def main(source_type: str, arguments: Sequence[str] | None = None) -> int:
    """Fetches what is new in an account of this type, or counts it; returns the exit status.

    The status is 1 if a resource fails, 2 if the settings or the arguments have mistakes.
    """
    given = _parser(source_type).parse_args(arguments)
    make_files_private()
    try:
        timezone, sources, secrets = _sources(given.settings)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    of_type = [each for each in sources if isinstance(each, ApiSource) and each.settings.type == source_type]
    chosen = [each for each in of_type if given.source in {None, each.settings.name}]
    problem = _ambiguity(source_type, [each.settings.name for each in of_type], given.source, len(chosen))
    if problem is None:
        names = [each.name for each in chosen[0].chosen_resources()]
        unknown = [name for name in given.resource if name not in names]
        problem = f"no resource {', '.join(unknown)}; there are {', '.join(names)}" if unknown else None
    if problem is not None:
        sys.stderr.write(f"{problem}\n")
        return 2
    [source] = chosen
    resources = [each for each in source.chosen_resources() if not given.resource or each.name in given.resource]
    now = datetime.now(UTC)
    context = ExtractContext(RawStore(given.home), config.base_folder(given.settings), timezone, now, now)
    try:
        failures = list(_fetch(source, resources, context, is_dry=given.dry_run))
    except (RawStoreError, StorageError) as error:
        failures = [str(error)]
    for failure in failures:
        sys.stderr.write(f"{config.redact(failure, secrets)}\n")
    return 1 if failures else 0


def _parser(source_type: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m pipelines.sources.{source_type}",
        description="Fetches what is new into the raw store; `vigie run` does the same and goes on from here.",
    )
    parser.add_argument("--settings", type=Path, default=Path("settings"), help="a YAML file, or a folder of them")
    parser.add_argument("--home", type=Path, default=Path("var"), help="the folder for Vigie's own data")
    parser.add_argument("--source", metavar="NAME", help="the source, where the settings have several of this type")
    parser.add_argument(
        "--resource", action="append", default=[], metavar="NAME", help="only this resource; may be given several times"
    )
    parser.add_argument("--dry-run", action="store_true", help="counts what would be loaded, and changes nothing")
    return parser


def _sources(path: Path) -> tuple[str, list[Any], tuple[str, ...]]:
    """Returns the company's time zone, the sources and the secrets; nothing else of the settings is checked."""

    class Settings(BaseModel):
        company: _Company
        sources: tuple[settings_union(), ...]  # type: ignore[valid-type]

    settings = config.load(path, Settings, environ=os.environ)
    return (
        settings.company.timezone,
        [open_source(each) for each in settings.sources],
        config.secrets_of(settings),
    )


def _ambiguity(source_type: str, names: Sequence[str], wanted: str | None, chosen: int) -> str | None:
    """Returns why it is not clear which source is meant; None if it is."""
    if chosen == 1:
        return None
    if wanted is not None:
        return f"no source {wanted} of type {source_type}; there are {', '.join(names) or 'none'}"
    if not names:
        return f"the settings have no source of type {source_type}"
    return f"several sources are of type {source_type}: choose one with --source ({', '.join(names)})"


def _fetch(
    source: ApiSource[Any], resources: Sequence[Resource], context: ExtractContext, *, is_dry: bool
) -> Iterator[str]:
    """Shows how far each resource has come, and yields what failed."""
    client = source.open_client()
    settings = source.settings
    for resource in resources:
        run = count_resource if is_dry else extract_resource
        progress = _progress_of(resource.name)
        report = run(resource, client, settings.name, settings.start_date, context, progress)
        deleted = sum(load.deleted for load in report.new_loads)
        counts = f"{report.rows:,} rows, {deleted:,} deletions, {report.quarantined:,} rejected"
        _write(f"{resource.name}: {counts}{' would be loaded' if is_dry else ''}", ends=True)
        yield from (f"{resource.name}: {failure}" for failure in report.failures)


def _progress_of(resource: str) -> Progress:
    shown = 0

    def show(fetched: int) -> None:
        nonlocal shown
        if sys.stdout.isatty() or fetched - shown >= _PROGRESS_EVERY:
            shown = fetched
            _write(f"{resource}: {fetched:,} records", ends=not sys.stdout.isatty())

    return show


def _write(text: str, *, ends: bool) -> None:
    # A terminal writes over the line that showed the progress.
    start = "\r\x1b[K" if sys.stdout.isatty() else ""
    sys.stdout.write(f"{start}{text}" + ("\n" if ends else ""))
    sys.stdout.flush()
