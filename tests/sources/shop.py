"""A shop whose extracts a test writes and loads."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from pipelines.raw import Load, RawStore
from pipelines.sources import ExtractContext, StreamReport, open_source
from pipelines.sources.files.settings import FilesSource

NOW = datetime(2030, 6, 1, 12, tzinfo=UTC)
LEADS = "lead_id,created_at,channel\n"
# The fixture `aged`: it sets the last change of a file to so long before NOW.
Aged = Callable[[Path, timedelta], None]


def utc(text: str) -> datetime:
    """Returns a moment without a zone as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Shop:
    """A folder of extracts, the raw store that they are loaded into, and the passes that load them.

    By default a pass runs at NOW, long after the files were last changed.
    """

    def __init__(self, folder: Path) -> None:
        self.base = folder / "extracts"
        self.home = folder / "home"
        self.base.mkdir()
        self.timezone = "Europe/Paris"

    def write(self, name: str, content: str | bytes, *, encoding: str = "utf-8") -> Path:
        path = self.base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def source(self, *tables: Mapping[str, Any]) -> FilesSource:
        return FilesSource.model_validate({"name": "shop", "type": "files", "tables": list(tables)})

    def load(self, entity: str = "lead", *tables: Mapping[str, Any], now: datetime = NOW, **table: Any) -> StreamReport:
        """Runs one pass over `tables`, or over the one table that the keywords describe."""
        source = self.source(*({"entity": entity, **each} for each in tables or [table]))
        [report] = open_source(source).extract([entity], self.context(now))
        return report

    def context(self, now: datetime = NOW) -> ExtractContext:
        return ExtractContext(self.store, self.base, self.timezone, now, now)

    @property
    def store(self) -> RawStore:
        return RawStore(self.home)

    def probe(self, *tables: Mapping[str, Any]) -> list[str]:
        return open_source(self.source(*tables)).probe(self.context(datetime.now(UTC)))

    def loads(self, entity: str = "lead") -> list[Load]:
        return self.store.loads("shop", entity)

    def active_ids(self, *tables: Mapping[str, Any], entity: str = "lead") -> list[str]:
        """Returns the ids of the entity in the loads that are active for `tables`, in their order."""
        source = open_source(self.source(*({"entity": entity, **table} for table in tables)))
        active = source.active_loads(entity, self.loads(entity))
        return self._select(entity, active, f"{entity}_id")

    def rows(self, entity: str = "lead", *columns: str) -> list[Any]:
        """Returns the rows of all loads in their order: values if one column is given, else tuples."""
        return self._select(entity, self.loads(entity), *columns)

    def _select(self, entity: str, loads: list[Load], *columns: str) -> list[Any]:
        files = [str(file.path) for file in self.store.files("shop", entity, loads)[0]]
        if not files:
            return []
        chosen = ", ".join(f'"{column}"' for column in columns) or "*"
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            found = connection.execute(
                f"SELECT {chosen} FROM read_parquet({files}) ORDER BY _load_sequence, _row"
            ).fetchall()
        return [row[0] for row in found] if len(columns) == 1 else found

    def quarantine(self, entity: str = "lead") -> list[dict[str, Any]]:
        """Returns the rejected rows of all loads in their order."""
        found = []
        for load in self.loads(entity):
            path = self.store.quarantine_file("shop", entity, load.load_id)
            if path.exists():
                records = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
                found += sorted(records, key=lambda record: record["row"])
        return found
