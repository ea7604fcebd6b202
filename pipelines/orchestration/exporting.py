"""What leaves the house as tables: the published copy for BI tools, and the scheduled exports."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines import catalogue, warehouse
from pipelines.config import redact, secrets_of
from pipelines.export.due import due, latest_tick
from pipelines.export.errors import ExportError, PublishError
from pipelines.export.publish import ExtraColumn, ExtraTable, publish_duckdb, publish_parquet
from pipelines.export.rows import export_rows
from pipelines.export.settings import Export
from pipelines.export.write import ExportResult, write_export
from pipelines.home import Home, state_of
from pipelines.ledger import Ledger
from pipelines.orchestration.resources import Vigie
from pipelines.orchestration.transform import FCT_KPI
from pipelines.orchestration.watching import ALERTS, MESSAGES
from pipelines.settings import Settings
from pipelines.warehouse import WarehouseError

GROUP = "published"
EXPORTS = "exports"
PUBLISHED = dg.AssetKey([GROUP, "kpi"])

_ALERT_COLUMNS = (
    ExtraColumn("alert_id", "VARCHAR", nullable=False),
    ExtraColumn("rule", "VARCHAR", nullable=False),
    ExtraColumn("kpi", "VARCHAR", nullable=False),
    ExtraColumn("grain", "VARCHAR", nullable=False),
    ExtraColumn("segment_type", "VARCHAR", nullable=False),
    ExtraColumn("segment", "VARCHAR", nullable=False),
    ExtraColumn("severity", "VARCHAR", nullable=False),
    ExtraColumn("status", "VARCHAR", nullable=False),
    ExtraColumn("opened_at", "TIMESTAMP WITH TIME ZONE"),
    ExtraColumn("fired_at", "TIMESTAMP WITH TIME ZONE"),
    ExtraColumn("acknowledged_at", "TIMESTAMP WITH TIME ZONE"),
    ExtraColumn("resolved_at", "TIMESTAMP WITH TIME ZONE"),
    ExtraColumn("period_start", "DATE"),
    ExtraColumn("value", "DOUBLE"),
    ExtraColumn("threshold", "DOUBLE"),
    ExtraColumn("peak_value", "DOUBLE"),
    ExtraColumn("messages_sent", "BIGINT"),
)


def alert_table(ledger: Ledger) -> ExtraTable:
    """`fct_alert`, from the ledger."""
    names = [column.name for column in _ALERT_COLUMNS]
    return ExtraTable(_ALERT_COLUMNS, [[row[name] for name in names] for row in ledger.alerts()])


@dg.asset(
    key=PUBLISHED,
    deps=[FCT_KPI, ALERTS, MESSAGES],
    group_name=GROUP,
    kinds={"duckdb", "parquet"},
    owners=["team:data"],
    description="The copy BI tools read: published/kpi.duckdb, replaced by rename, and published/parquet.",
)
def published(vigie: Vigie) -> dg.MaterializeResult[None]:
    """Publishes the tables."""
    settings = vigie.settings()
    home = vigie.home
    with vigie.ledger() as ledger:
        extra = {"fct_alert": alert_table(ledger)}
    try:
        with home.lock():
            counts, is_new = _publish(settings, home, extra)
    except (PublishError, WarehouseError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
    return dg.MaterializeResult(
        metadata={"dagster/row_count": sum(counts.values()), "tables": counts, "is_new": is_new}
    )


def _publish(settings: Settings, home: Home, extra: Mapping[str, ExtraTable]) -> tuple[dict[str, int], bool]:
    """Publishes what the settings ask for; returns rows a table, and whether there was anything new to publish.

    If neither the tables nor the alerts are new, and nobody touched what was published, only the file's time is: that
    tells of a pass that went well.
    """
    database, parquet, note = home.published / "kpi.duckdb", home.published / "parquet", home.published / ".published"
    alerts = hashlib.sha256(repr([table.rows for table in extra.values()]).encode()).hexdigest()
    wanted = [settings.publish.duckdb, settings.publish.parquet]

    def state() -> dict[str, object]:
        files = [home.warehouse, database, *sorted(parquet.glob("*/*.parquet"))]
        return {"wanted": wanted, "alerts": alerts, "files": [(file.name, state_of(file)) for file in files]}

    known = _read(note)
    is_new = known is None or known["state"] != json.loads(json.dumps(state()))
    if known is not None and not is_new:
        counts: dict[str, int] = known["rows"]
        if settings.publish.duckdb:
            database.touch()
    else:
        warehouse.record_revisions(home.warehouse, home.history)
        tables = warehouse.public_tables(home.warehouse)
        elsewhere = {"fct_kpi_revision": home.history}
        counts = {}
        if settings.publish.duckdb:
            counts = publish_duckdb(home.warehouse, tables, database, extra=extra, elsewhere=elsewhere)
        if settings.publish.parquet:
            counts = publish_parquet(home.warehouse, tables, parquet, extra=extra, elsewhere=elsewhere)
    home.published.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"state": state(), "rows": counts}), encoding="utf-8")
    return counts, is_new


def _read(note: Path) -> dict[str, Any] | None:
    try:
        read: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return read if {"state", "rows"} <= read.keys() else None


def export_key(name: str) -> dg.AssetKey:
    """The key of an export's asset."""
    return dg.AssetKey(["export", name.replace("-", "_")])


def export_job_name(name: str) -> str:
    """The name of the job that writes an export."""
    return f"export_{name.replace('-', '_')}"


def write(settings: Settings, vigie: Vigie, ledger: Ledger, export: Export, tick: datetime) -> ExportResult:
    """Writes one export for a tick and notes it; ExportError says what went wrong, without secrets."""
    now = vigie.now()
    try:
        with (
            vigie.home.lock(),
            warehouse.connect(vigie.home.warehouse, read_only=True, timezone=settings.company.timezone) as connection,
        ):
            rows = export_rows(connection, export, tick=tick, timezone=settings.company.timezone)
            known_at = warehouse.known_at(connection)
        result = write_export(
            export,
            rows,
            kpis=catalogue.load(),
            company=settings.company,
            tick=tick,
            known_at=known_at,
            target=export.to.resolved(vigie.base),
        )
    except ExportError as error:
        raise ExportError(redact(str(error), secrets_of(settings))) from None
    ledger.record_export(export.name, tick, written_at=now, path=result.path, rows=result.rows, sha256=result.sha256)
    return result


def due_exports(settings: Settings, vigie: Vigie, ledger: Ledger) -> Iterator[tuple[Export, datetime]]:
    """The exports whose latest tick has not been written yet, with that tick."""
    for export in settings.exports:
        name = export.name
        tick = due(
            export,
            settings.company.timezone,
            vigie.now(),
            lambda moment, name=name: ledger.export_is_done(name, moment),  # type: ignore[misc]
        )
        if tick is not None:
            yield export, tick


def export_assets(settings: Settings) -> Iterator[dg.AssetsDefinition]:
    """One asset for each export of the settings."""
    for export in settings.exports:
        yield _export_asset(export)


def _export_asset(export: Export) -> dg.AssetsDefinition:
    @dg.asset(
        key=export_key(export.name),
        deps=[FCT_KPI],
        group_name=EXPORTS,
        kinds={export.format},
        owners=["team:data"],
        description=(
            f"The last {export.periods} complete {export.grain}s of {', '.join(export.kpis)} as {export.format}, "
            f"at '{export.schedule}' in the company's time zone. Written once a tick."
        ),
    )
    def export_file(context: dg.AssetExecutionContext, vigie: Vigie) -> dg.MaterializeResult[None]:
        settings = vigie.settings()
        try:
            with vigie.ledger() as ledger:
                ticks = {found.name: tick for found, tick in due_exports(settings, vigie, ledger)}
                tick = ticks.get(export.name)
                if tick is None:
                    return dg.MaterializeResult(metadata={"written": False})
                result = write(settings, vigie, ledger, export, tick)
        except ExportError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from None
        if result.warning:
            context.log.warning(result.warning)
        return dg.MaterializeResult(
            metadata={
                "written": True,
                "dagster/row_count": result.rows,
                "path": dg.MetadataValue.path(result.path),
                "sha256": result.sha256,
            }
        )

    return export_file


def tick_of(export: Export, settings: Settings, now: datetime) -> datetime:
    """The scheduled moment that an export made at `now` is for: the latest one."""
    return latest_tick(export.schedule, settings.company.timezone, now)
