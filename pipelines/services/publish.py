"""Publish: replaces the copy of the tables that BI tools read."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.export.publish import ExtraColumn, ExtraTable, PublishSource, publish_duckdb, publish_parquet
from pipelines.ledger import Ledger
from pipelines.services.installation import Installation
from pipelines.storage.files import make_private_folder, write_atomically
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
    """Publishes the tables that the settings ask for; no file is touched if nothing has changed.

    Raises:
        PublishError: the copy cannot be written; the one published before is unchanged.
        WarehouseError: the warehouse or the history cannot be opened.
    """
    with installation.ledger() as ledger:
        alerts = alert_table(ledger)
    home, wanted = installation.home, installation.settings().publish
    database, parquet, note = home.published / "kpi.duckdb", home.published / "parquet", home.published / ".published"
    with home.lock():
        build = read_build_record(home.warehouse)
        content = {
            "build": None if build is None else [build.build_id, str(build.passed_at)],
            "wanted": [wanted.duckdb, wanted.parquet],
            "alerts": hashlib.sha256(repr(alerts).encode()).hexdigest(),
        }
        known = _read(note)
        if known is not None and known["content"] == content and known["files"] == _files(home):
            return PublishReport(known["rows"], is_new=False)
        record_revisions(
            home.warehouse,
            home.history,
            wall_clock=installation.wall_clock(),
            is_as_of_fixed=installation.as_of is not None,
        )
        source = PublishSource(
            warehouse=home.warehouse,
            tables=public_tables(home.warehouse),
            elsewhere={"fct_kpi_revision": home.history},
            extra={"fct_alert": alerts},
        )
        counts: dict[str, int] = {}
        if wanted.duckdb:
            counts = publish_duckdb(source, database)
        if wanted.parquet:
            counts = publish_parquet(source, parquet)
        make_private_folder(home.published)
        write_atomically(note, json.dumps({"content": content, "files": _files(home), "rows": counts}).encode())
        return PublishReport(counts, is_new=True)


def alert_table(ledger: Ledger) -> ExtraTable:
    """Returns `fct_alert`, from the ledger."""
    names = [column.name for column in _ALERT_COLUMNS]
    return ExtraTable(_ALERT_COLUMNS, [[row[name] for name in names] for row in ledger.alerts()])


def _files(home: Home) -> dict[str, list[int]]:
    """Returns what identifies the published files: somebody may have deleted, replaced or changed one.

    The write-ahead log beside the database is one of them: a reader that writes to the database leaves one.
    """
    files = [*home.published.glob("kpi.duckdb*"), *home.published.glob("parquet/*/*.parquet")]
    found = {str(file.relative_to(home.published)): file.stat() for file in sorted(files)}
    return {name: [facts.st_size, facts.st_mtime_ns, facts.st_ino] for name, facts in found.items()}


def _read(note: Path) -> dict[str, Any] | None:
    try:
        read: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return read if {"content", "files", "rows"} <= read.keys() else None
