"""Publish: replaces the copy of the tables that BI tools read."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.export.publish import ExtraColumn, ExtraTable, publish_duckdb, publish_parquet
from pipelines.ledger import Ledger
from pipelines.services.installation import Installation
from pipelines.settings import Settings
from pipelines.storage.files import write_atomically
from pipelines.storage.home import Home
from pipelines.warehouse.build_record import read_build_record
from pipelines.warehouse.readings import public_tables
from pipelines.warehouse.revisions import record_revisions

_TIMESTAMP = "TIMESTAMP WITH TIME ZONE"
_ALERT_COLUMNS = (
    ExtraColumn("alert_id", "VARCHAR", nullable=False),
    ExtraColumn("rule", "VARCHAR", nullable=False),
    ExtraColumn("kpi", "VARCHAR", nullable=False),
    ExtraColumn("grain", "VARCHAR", nullable=False),
    ExtraColumn("segment_type", "VARCHAR", nullable=False),
    ExtraColumn("segment", "VARCHAR", nullable=False),
    ExtraColumn("severity", "VARCHAR", nullable=False),
    ExtraColumn("status", "VARCHAR", nullable=False),
    ExtraColumn("opened_at", _TIMESTAMP),
    ExtraColumn("fired_at", _TIMESTAMP),
    ExtraColumn("acknowledged_at", _TIMESTAMP),
    ExtraColumn("resolved_at", _TIMESTAMP),
    ExtraColumn("period_start", "DATE"),
    ExtraColumn("value", "DOUBLE"),
    ExtraColumn("threshold", "DOUBLE"),
    ExtraColumn("peak_value", "DOUBLE"),
    ExtraColumn("messages_sent", "BIGINT"),
)


@dataclass(frozen=True, slots=True)
class PublishReport:
    """The rows of each published table; `is_new` is False if what was published before was still current."""

    row_counts: Mapping[str, int]
    is_new: bool


def publish_tables(installation: Installation) -> PublishReport:
    """Publishes the tables that the settings ask for; nothing is touched if nothing is new.

    Raises:
        PublishError: the copy cannot be written; the one published before is still there.
        WarehouseError: the warehouse or the history cannot be opened.
    """
    with installation.ledger() as ledger:
        extra = {"fct_alert": alert_table(ledger)}
    with installation.home.lock():
        return _publish(installation.settings(), installation.home, extra)


def alert_table(ledger: Ledger) -> ExtraTable:
    """Returns `fct_alert`, from the ledger."""
    names = [column.name for column in _ALERT_COLUMNS]
    return ExtraTable(_ALERT_COLUMNS, [[row[name] for name in names] for row in ledger.alerts()])


def _publish(settings: Settings, home: Home, extra: Mapping[str, ExtraTable]) -> PublishReport:
    database, parquet, note = home.published / "kpi.duckdb", home.published / "parquet", home.published / ".published"
    build = read_build_record(home.warehouse)
    content = {
        "build": None if build is None else [build.build_id, str(build.passed_at)],
        "wanted": [settings.publish.duckdb, settings.publish.parquet],
        "alerts": hashlib.sha256(repr([table.rows for table in extra.values()]).encode()).hexdigest(),
    }
    known = _read(note)
    if known is not None and known["content"] == content and known["files"] == _files(database, parquet):
        return PublishReport(known["rows"], is_new=False)
    record_revisions(home.warehouse, home.history)
    tables = public_tables(home.warehouse)
    elsewhere = {"fct_kpi_revision": home.history}
    counts: dict[str, int] = {}
    if settings.publish.duckdb:
        counts = publish_duckdb(home.warehouse, tables, database, extra=extra, elsewhere=elsewhere)
    if settings.publish.parquet:
        counts = publish_parquet(home.warehouse, tables, parquet, extra=extra, elsewhere=elsewhere)
    home.published.mkdir(parents=True, exist_ok=True)
    record = {"content": content, "files": _files(database, parquet), "rows": counts}
    write_atomically(note, json.dumps(record).encode())
    return PublishReport(counts, is_new=True)


def _files(database: Path, parquet: Path) -> dict[str, int]:
    """Returns the sizes of the published files: somebody may have deleted or replaced one."""
    files = [database, *sorted(parquet.glob("*/*.parquet"))]
    return {file.name: file.stat().st_size for file in files if file.exists()}


def _read(note: Path) -> dict[str, Any] | None:
    try:
        read: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return read if {"content", "files", "rows"} <= read.keys() else None
