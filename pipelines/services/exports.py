"""Exports: writes the scheduled files and records which ticks are done."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from math import isfinite

from pipelines.config import redact, secrets_of
from pipelines.export.content import Advice, Bound, ExportContent
from pipelines.export.errors import ExportError
from pipelines.export.rows import read_rows, read_segment_names
from pipelines.export.schedule import due_tick, latest_tick
from pipelines.export.settings import Export
from pipelines.export.write import ExportResult, write_export
from pipelines.ledger import Ledger
from pipelines.services.installation import Installation
from pipelines.storage.addresses import is_remote, local_path
from pipelines.warehouse import connect
from pipelines.warehouse.readings import Selection, readings
from pipelines.warehouse.run_context import known_at
from pipelines.watch.evaluation import evaluate_readings


def write(installation: Installation, ledger: Ledger, export: Export, tick: datetime) -> ExportResult:
    """Writes one export for a tick of its schedule and records it.

    Raises:
        ExportError: the export cannot be written; the message holds no secret.
    """
    settings = installation.settings()
    now = installation.now()
    try:
        content = content_of(installation, ledger, export, tick)
        target = export.to.resolved(installation.base)
        result = write_export(content, target, is_private=_is_in_home(target, installation))
    except ExportError as error:
        raise ExportError(redact(str(error), secrets_of(settings))) from None
    ledger.record_export(export.name, tick, written_at=now, path=result.path, rows=result.rows, sha256=result.sha256)
    return result


def content_of(installation: Installation, ledger: Ledger, export: Export, tick: datetime) -> ExportContent:
    """Returns what the file of an export for a tick holds, from one snapshot of the tables.

    Raises:
        ExportError: the tables cannot be read, or a value is not a number.
    """
    settings = installation.settings()
    timezone = settings.company.timezone
    with installation.home.lock():
        with connect(installation.home.warehouse, read_only=True, timezone=timezone) as connection:
            rows = read_rows(connection, export, tick=tick, timezone=timezone)
            people = () if settings.publish.personal else installation.public_models().person_segments
            names = read_segment_names(connection, export, hidden=people)
            moment = known_at(connection)
        bounds = _bounds(installation, export)
    every = ledger.every_alert()
    return ExportContent(
        export=export,
        rows=rows,
        catalogue=installation.kpis(),
        company=settings.company,
        tick=tick,
        known_at=moment,
        alerts=[alert for alert in every if alert["status"] != "resolved"],
        resolved=[alert for alert in every if alert["status"] == "resolved"],
        bounds=bounds,
        advice={rule.name: Advice(rule.owner, rule.action) for rule in settings.rules},
        segment_names=names,
    )


def _bounds(installation: Installation, export: Export) -> list[Bound]:
    """Returns the bounds of the rules that watch a KPI of an export as a whole at its grain."""
    rules = [
        rule
        for rule in installation.settings().rules
        if rule.kpi in export.kpis and rule.grain == export.grain and rule.by is None
    ]
    if not rules:
        return []
    frame = readings(installation.home.warehouse, [Selection(rule.kpi, rule.grain, "all") for rule in rules])
    bounds = []
    for rule in rules:
        evaluated = evaluate_readings(rule, installation.kpis()[rule.kpi], frame)
        days = [day.item() for day in evaluated.periods]
        for severity, limit in evaluated.limits:
            thresholds = ((day, limit.at(place).value) for place, day in enumerate(days))
            bounds.append(Bound(rule.kpi, severity, {day: value for day, value in thresholds if isfinite(value)}))
    return bounds


def due_exports(installation: Installation, ledger: Ledger) -> Iterator[tuple[Export, datetime]]:
    """Yields the exports whose latest tick has not been written yet, each with that tick."""
    settings = installation.settings()
    for export in settings.exports:
        is_delivered = partial(ledger.export_is_done, export.name)
        tick = due_tick(export.schedule, settings.company.timezone, installation.now(), is_delivered)
        if tick is not None:
            yield export, tick


def names_of_due_exports(installation: Installation) -> list[str]:
    """Returns the names of the exports that are due."""
    with installation.ledger() as ledger:
        return [export.name for export, _ in due_exports(installation, ledger)]


def current_tick(installation: Installation, export: Export) -> datetime:
    """Returns the tick that an export written now is for: the latest one, UTC."""
    return latest_tick(export.schedule, installation.settings().company.timezone, installation.now())


def _is_in_home(address: str, installation: Installation) -> bool:
    """Returns whether files at an address are in the home folder, where everything is private."""
    if is_remote(address):
        return False
    return local_path(address).resolve().is_relative_to(installation.home.path.resolve())
