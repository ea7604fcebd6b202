"""A company's folder of extracts, a home folder, and the passes that load one into the other."""

import json
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.raw import Load, RawStore
from pipelines.sources import ExtractContext, StreamReport, open_source
from pipelines.sources.files.settings import FilesSource

NOW = datetime(2030, 6, 1, 12, tzinfo=UTC)


class Shop:
    """Extracts and what became of them; every pass is later than the files are old, unless told otherwise."""

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
        """One pass over `tables`, or over the one table that the keywords describe."""
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

    def rows(self, entity: str = "lead", *columns: str) -> list[Any]:
        """What all loads hold, in the order of loads and rows: values if one column is asked for, else tuples."""
        files = [str(file.path) for file in self.store.files("shop", entity, self.loads(entity))[0]]
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
        """What all loads put aside, in the order of loads and rows."""
        found = []
        for load in self.loads(entity):
            path = self.store.quarantine_file("shop", entity, load.load_id)
            if path.exists():
                records = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
                found += sorted(records, key=lambda record: record["row"])
        return found


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def aged() -> Callable[[Path, timedelta], None]:
    """Sets when a file was last changed, so long before NOW."""

    def set_age(path: Path, age: timedelta) -> None:
        moment = (NOW - age).timestamp()
        os.utime(path, (moment, moment))

    return set_age


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
