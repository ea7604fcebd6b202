"""Extracts of a HubSpot account into a home."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.raw import RawStore
from pipelines.sources import ExtractContext, StreamReport
from pipelines.sources.hubspot.settings import HubSpotSettings
from pipelines.sources.hubspot.source import HubSpotSource
from tests.vendors.hubspot.hubspot_server import TOKEN, HubSpotServer

NOW = datetime(2025, 11, 3, 7, tzinfo=UTC)


class Extract:
    """Extracts of an account into a home."""

    def __init__(self, server: HubSpotServer, home: Path) -> None:
        self.server = server
        self.store = RawStore(home)

    def source(self, **settings: Any) -> HubSpotSource:
        """Returns the source."""
        keys = {"token": TOKEN, **settings} if "client_id" not in settings else settings
        return HubSpotSource(HubSpotSettings(name="crm", type="hubspot", base_url=self.server.url, **keys))

    def run(self, *resources: str, **settings: Any) -> dict[str, StreamReport]:
        """Extracts some resources; returns the reports by stream."""
        source = self.source(resources=resources or None, **settings)
        context = ExtractContext(self.store, Path(), "Europe/Paris", NOW, NOW)
        return {report.stream: report for report in source.extract([each.name for each in source.streams()], context)}

    def rows(self, stream: str, columns: str) -> list[tuple[Any, ...]]:
        """The rows of raw in the order in which they were loaded."""
        return self._read(0, stream, columns)

    def deleted(self, stream: str, columns: str) -> list[tuple[Any, ...]]:
        """The tombstones of raw in the order in which they were loaded."""
        return self._read(1, stream, columns)

    def current(self, stream: str) -> set[str]:
        """The ids of the records that there are, by what was loaded."""
        rows = [(*row, False) for row in self.rows(stream, "_load_sequence, _version_at, id")]
        rows += [(*row, True) for row in self.deleted(stream, "_load_sequence, _version_at, id")]
        latest: dict[str, tuple[Any, ...]] = {}
        for row in sorted(rows):
            latest[row[2]] = row
        return {key for key, row in latest.items() if not row[3]}

    def _read(self, which: int, stream: str, columns: str) -> list[tuple[Any, ...]]:
        files = self.store.files("crm", stream, self.store.loads("crm", stream))[which]
        if not files:
            return []
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(
                f"SELECT {columns} FROM read_parquet($paths) ORDER BY _load_sequence, _row",
                {"paths": [str(file.path) for file in files]},
            ).fetchall()
