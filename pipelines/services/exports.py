"""Exports: writes the scheduled files and records which ticks are done."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from pipelines.config import redact, secrets_of
from pipelines.export.content import ExportContent
from pipelines.export.errors import ExportError
from pipelines.export.rows import read_rows
from pipelines.export.schedule import due_tick, latest_tick
from pipelines.export.settings import Export
from pipelines.export.write import ExportResult, write_export
from pipelines.ledger import Ledger
from pipelines.services.installation import Installation
from pipelines.storage.addresses import is_remote, local_path
from pipelines.warehouse import connect
from pipelines.warehouse.run_context import known_at


def write(installation: Installation, ledger: Ledger, export: Export, tick: datetime) -> ExportResult:
    """Writes one export for a tick of its schedule and records it.

    Raises:
        ExportError: the export cannot be written; the message holds no secret.
    """
    settings = installation.settings()
    now = installation.now()
    try:
        with (
            installation.home.lock(),
            connect(installation.home.warehouse, read_only=True, timezone=settings.company.timezone) as connection,
        ):
            rows = read_rows(connection, export, tick=tick, timezone=settings.company.timezone)
            content = ExportContent(
                export=export,
                rows=rows,
                catalogue=installation.kpis(),
                company=settings.company,
                tick=tick,
                known_at=known_at(connection),
                alerts=ledger.open_alerts(),
            )
        target = export.to.resolved(installation.base)
        result = write_export(content, target, is_private=_is_in_home(target, installation))
    except ExportError as error:
        raise ExportError(redact(str(error), secrets_of(settings))) from None
    ledger.record_export(export.name, tick, written_at=now, path=result.path, rows=result.rows, sha256=result.sha256)
    return result


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
