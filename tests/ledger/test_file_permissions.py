import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ledger_samples import run_pass
from previous_formats import create_previous

from pipelines.ledger import Ledger

FILES = ("ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db.lock")


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """Lets every user read what this process creates, unless the code forbids it."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {name: oct((folder / name).stat().st_mode & 0o777) for name in FILES}


def test_the_files_of_a_new_ledger_are_private(path: Path) -> None:
    with Ledger(path) as ledger, closing(sqlite3.connect(path)) as reader:
        run_pass(ledger, [0.9, 0.7])
        # The write-ahead log exists while a connection is open.
        assert reader.execute("SELECT count(*) FROM alert").fetchone() == (1,)
        assert modes(path.parent) == dict.fromkeys(FILES, "0o600")
    assert oct(path.parent.stat().st_mode & 0o777) == "0o700"


def test_the_files_of_a_previous_version_become_private(path: Path) -> None:
    create_previous(path, "2")
    path.with_name("ledger.db.lock").touch()
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("SELECT count(*) FROM alert").fetchone()
        assert "0o600" not in modes(path.parent).values()
        Ledger(path).close()
        assert modes(path.parent) == dict.fromkeys(FILES, "0o600")


def test_the_permissions_of_a_ledger_that_is_up_to_date_stay(path: Path) -> None:
    Ledger(path).close()
    path.chmod(0o640)
    with Ledger(path) as ledger:
        run_pass(ledger, [0.9, 0.7])
    assert oct(path.stat().st_mode & 0o777) == "0o640"
