"""Publish: replaces the copies of the tables that BI tools read."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.config import redact, secrets_of
from pipelines.export.errors import PublishError
from pipelines.export.publish import ExtraTable, PublishSource, publish_duckdb, publish_parquet, publish_postgres
from pipelines.services.installation import Installation
from pipelines.services.published_tables import alert_table, publish_source, what_is_published
from pipelines.storage.files import make_private_folder, write_atomically
from pipelines.storage.home import Home
from pipelines.warehouse.build_record import read_build_record
from pipelines.warehouse.revisions import record_revisions


@dataclass(frozen=True, slots=True)
class PublishReport:
    """The rows of each published table; `is_new` is False if what was published before was still current.

    Of PostgreSQL the rows that were copied, which are those of the parts that had changed.
    """

    row_counts: Mapping[str, int]
    is_new: bool


def publish_tables(installation: Installation) -> PublishReport:
    """Publishes the files that the settings ask for; no file is touched if nothing has changed.

    Raises:
        PublishError: the copy cannot be written; the one published before is unchanged.
        WarehouseError: the warehouse or the history cannot be opened.
    """
    home, wanted = installation.home, installation.settings().publish
    database, parquet, note = home.published / "kpi.duckdb", home.published / "parquet", home.published / ".published"
    with home.lock():
        alerts = _alerts(installation)
        content = {"published": _content(installation, alerts), "wanted": [wanted.duckdb, wanted.parquet]}
        known = _read(note)
        if known is not None and known["content"] == content and known["files"] == _files(home):
            return PublishReport(known["rows"], is_new=False)
        source = _source(installation, alerts)
        counts: dict[str, int] = {}
        if wanted.duckdb:
            counts = publish_duckdb(source, database)
        if wanted.parquet:
            counts = {**counts, **publish_parquet(source, parquet)}
        make_private_folder(home.published)
        write_atomically(note, json.dumps({"content": content, "files": _files(home), "rows": counts}).encode())
        return PublishReport(counts, is_new=True)


def publish_to_postgres(installation: Installation) -> PublishReport:
    """Publishes the tables into the PostgreSQL database of the settings, unless it has them already.

    Raises:
        PublishError: they cannot be published, and those published before are unchanged; the message has no secret.
        WarehouseError: the warehouse or the history cannot be opened.
    """
    home, settings = installation.home, installation.settings()
    with home.lock():
        alerts = _alerts(installation)
        try:
            copied = publish_postgres(
                _source(installation, alerts),
                settings.publish.postgres.get_secret_value(),
                settings.publish.schema_,
                company=settings.company.name,
                content=_content(installation, alerts),
                work=home.published / "postgres",
            )
        except PublishError as error:
            raise PublishError(redact(str(error), secrets_of(settings))) from None
    return PublishReport(copied or {}, is_new=copied is not None)


def _alerts(installation: Installation) -> ExtraTable:
    with installation.ledger() as ledger:
        return alert_table(ledger)


def _source(installation: Installation, alerts: ExtraTable) -> PublishSource:
    """Returns what is published, the values of this build recorded in the history."""
    home = installation.home
    record_revisions(
        home.warehouse,
        home.history,
        wall_clock=installation.wall_clock(),
        is_as_of_fixed=installation.as_of is not None,
    )
    return publish_source(home, installation.settings(), installation.public_models(), alerts)


def _content(installation: Installation, alerts: ExtraTable) -> str:
    """Returns what identifies the content of the published tables: the build, and what is published of it and how."""
    home = installation.home
    build = read_build_record(home.warehouse)
    passed = None if build is None else (build.build_id, str(build.passed_at))
    published = what_is_published(home, installation.settings(), installation.public_models(), alerts)
    return hashlib.sha256(f"{passed} {published}".encode()).hexdigest()


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
