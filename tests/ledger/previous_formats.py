"""Ledgers as earlier versions of Vigie wrote them, two of them before the migrations."""

import sqlite3
from contextlib import closing
from pathlib import Path

_DUMPS = Path(__file__).parent / "dumps"


def create_previous(path: Path, schema_version: str) -> None:
    """Creates an SQLite ledger of an earlier format, with contents: a dump of a ledger that such a version wrote."""
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript((_DUMPS / f"format_{schema_version}.sql").read_text(encoding="utf-8"))
