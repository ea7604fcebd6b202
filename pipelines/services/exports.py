"""Exports: writes the scheduled files and records which ticks are done."""

from collections.abc import Iterator
from datetime import datetime

from pipelines.config import redact, secrets_of
from pipelines.export.errors import ExportError
from pipelines.export.rows import export_rows
from pipelines.export.schedule import due_tick, latest_tick
from pipelines.export.settings import Export
from pipelines.export.write import ExportResult, write_export
from pipelines.ledger import Ledger
from pipelines.services.installation import Installation
from pipelines.warehouse import connect
from pipelines.warehouse.readings import known_at


def write(installation: Installation, ledger: Ledger, export: Export, tick: datetime) -> ExportResult:
    """Writes one export for a tick of its schedule and records it.

    Raises:
        ExportError: what went wrong, without secrets.
    """
    settings = installation.settings()
    now = installation.now()
    try:
        with (
            installation.home.lock(),
            connect(installation.home.warehouse, read_only=True, timezone=settings.company.timezone) as connection,
        ):
            rows = export_rows(connection, export, tick=tick, timezone=settings.company.timezone)
            as_of = known_at(connection)
        result = write_export(
            export,
            rows,
            kpis=installation.kpis(),
            company=settings.company,
            tick=tick,
            known_at=as_of,
            target=export.to.resolved(installation.base),
        )
    except ExportError as error:
        raise ExportError(redact(str(error), secrets_of(settings))) from None
    ledger.record_export(export.name, tick, written_at=now, path=result.path, rows=result.rows, sha256=result.sha256)
    return result


def due_exports(installation: Installation, ledger: Ledger) -> Iterator[tuple[Export, datetime]]:
    """Returns the exports whose latest tick has not been written yet, with that tick."""
    settings = installation.settings()
    for export in settings.exports:
        name = export.name
        tick = due_tick(
            export.schedule,
            settings.company.timezone,
            installation.now(),
            lambda moment, name=name: ledger.export_is_done(name, moment),  # type: ignore[misc]
        )
        if tick is not None:
            yield export, tick


def names_of_due_exports(installation: Installation) -> list[str]:
    """Returns the names of the exports that are due."""
    with installation.ledger() as ledger:
        return [export.name for export, _ in due_exports(installation, ledger)]


def current_tick(installation: Installation, export: Export) -> datetime:
    """Returns the scheduled moment that an export made now is for: the latest one."""
    return latest_tick(export.schedule, installation.settings().company.timezone, installation.now())
