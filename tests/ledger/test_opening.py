import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from ledger_samples import NOW, RULE, SERIES, notice, run_pass

from pipelines.ledger import Ledger, LedgerError, LedgerFormatError
from tests.servers.postgres import PostgresServer
from tests.unwritable import not_writable


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database, whatever its name says" * 100)


def torn(path: Path) -> None:
    Ledger(path).close()
    content = bytearray(path.read_bytes())
    content[100:] = bytes([7]) * (len(content) - 100)
    path.write_bytes(content)


def unmarked(path: Path) -> None:
    Ledger(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM ledger_version")


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE runs (id INTEGER)")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (garbage, "the file is damaged. Restore it from a backup, or move it away"),
        (torn, "the file is damaged. Restore it from a backup, or move it away"),
        (unmarked, "does not say which format of ledger it has"),
        (foreign, "is not a ledger but holds other tables (runs)"),
        (Path.mkdir, "check the permissions of the file and its folder"),
    ],
)
def test_a_file_that_is_not_a_ledger_is_refused_and_not_changed(
    tmp_path: Path, spoil: Callable[[Path], None], message: str
) -> None:
    path = tmp_path / "ledger.db"
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(LedgerError) as caught:
        Ledger(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_an_empty_file_becomes_a_ledger(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with Ledger(f"sqlite:///{path}") as ledger:
        assert ledger.alerts() == []


def test_a_folder_that_cannot_be_created_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match=r"cannot create the ledger .*check the permissions"):
        Ledger(tmp_path / "file" / "home" / "ledger.db")


@pytest.mark.parametrize("name", ["50%", "a;b", "a=b", "a?b", "a#b", "[a]*", "été"])
def test_a_ledger_opens_below_a_folder_with_any_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / "ledger.db"
    with Ledger(path) as ledger:
        assert ledger.enqueue([notice("a")]) == 1
    with Ledger(path) as ledger:
        assert len(ledger.undelivered(NOW)) == 1
    assert path.is_file()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("mysql://vigie:hunter2@db/vigie", "cannot be stored in mysql (mysql://vigie:***@db/vigie)"),
        ("oracle9://vigie:hunter2@db/vigie", "use SQLite or PostgreSQL"),
        ("postgresql+://vigie:hunter2@db:port/vigie", "cannot read the ledger's database URL"),
        ("postgresql://vigie:hunter2@127.0.0.1:1/vigie", "check that the database can be reached"),
    ],
)
def test_a_wrong_url_is_refused_without_its_password(url: str, message: str) -> None:
    with pytest.raises(LedgerError) as caught:
        Ledger(url)
    assert message in str(caught.value)
    assert "hunter2" not in repr(caught.value)


def test_a_wrong_password_is_refused_without_showing_it(postgres_server: PostgresServer) -> None:
    url = postgres_server.url().replace(postgres_server.password, "hunter2")
    with pytest.raises(LedgerError, match="password authentication failed") as caught:
        Ledger(url)
    assert "hunter2" not in repr(caught.value)


def test_a_postgresql_database_may_hold_tables_of_other_programs(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE runs (id INTEGER)")
        # Dagster's own migrations keep their version in a table of this name.
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('7e2f3204cf8e')")
    with Ledger(postgres_url) as ledger:
        assert run_pass(ledger, [0.9, 0.7]) == 1
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("7e2f3204cf8e",)]


def test_a_postgresql_database_with_a_table_of_the_same_name_is_refused(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE alert (id INTEGER)")
    with pytest.raises(LedgerError, match=r"is not a ledger but holds other tables \(alert\)"):
        Ledger(postgres_url)


def test_an_sqlite_ledger_is_readable_while_another_process_writes(path: Path) -> None:
    with Ledger(path) as ledger, closing(sqlite3.connect(path, isolation_level=None)) as writer:
        run_pass(ledger, [0.9, 0.7])
        assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM outbox")
        assert len(ledger.undelivered(NOW)) == 1
        assert list(ledger.states(RULE.name)) == [SERIES]
        writer.execute("ROLLBACK")


def test_a_ledger_is_readable_while_another_one_writes_and_a_second_writer_gives_up(url: str, ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7])
    with Ledger(url, patience=timedelta(milliseconds=50)) as impatient:
        with ledger._database.writing():
            assert list(impatient.states(RULE.name)) == [SERIES]
            with pytest.raises(LedgerError, match="another process has been writing to it for too long"):
                impatient.enqueue([notice("a")])
        assert impatient.enqueue([notice("a")]) == 1


def test_a_migration_waits_for_its_turn_but_not_forever(path: Path) -> None:
    path.parent.mkdir()
    from pipelines.storage.locks import exclusive_lock

    with (
        exclusive_lock(path.with_name("ledger.db.lock")),
        pytest.raises(LedgerError, match=r"the ledger .* is locked: process \d+ still holds"),
    ):
        Ledger(path, patience=timedelta(milliseconds=50))
    Ledger(path).close()


def test_a_ledger_in_a_folder_that_cannot_be_written_can_be_read(path: Path) -> None:
    with Ledger(path) as ledger:
        run_pass(ledger, [0.5])
        known = ledger.open_alerts()
    assert len(known) == 1
    with not_writable(path.parent):
        with pytest.raises(LedgerError, match="check the permissions"), Ledger(path) as ledger:
            run_pass(ledger, [0.9])
        with Ledger(path, read_only=True) as ledger:
            assert ledger.open_alerts() == known
            with pytest.raises(LedgerError, match="check the permissions"):
                ledger.enqueue([notice("m1")])


def test_reading_sees_what_another_process_has_just_written_and_changes_nothing(path: Path) -> None:
    with Ledger(path) as writer:
        run_pass(writer, [0.5])
        with Ledger(path, read_only=True) as ledger:
            assert len(ledger.open_alerts()) == 1
            with pytest.raises(LedgerError, match="readonly"):
                ledger.enqueue([notice("m1")])


def test_reading_creates_and_upgrades_nothing(path: Path) -> None:
    with pytest.raises(LedgerError, match="unable to open"), Ledger(path, read_only=True):
        pass
    assert not path.parent.exists()
    path.parent.mkdir()
    path.touch()
    with pytest.raises(LedgerFormatError, match=r"has no tables, but .* `vigie run` upgrades"):
        Ledger(path, read_only=True)
    assert path.read_bytes() == b""


def test_a_ledger_in_postgresql_can_be_opened_for_reading(postgres_url: str) -> None:
    with pytest.raises(LedgerFormatError, match="has no tables"):
        Ledger(postgres_url, read_only=True)
    with Ledger(postgres_url) as ledger:
        run_pass(ledger, [0.5])
    with Ledger(postgres_url, read_only=True) as ledger:
        assert len(ledger.open_alerts()) == 1
        with pytest.raises(LedgerError, match="read-only"):
            ledger.enqueue([notice("m1")])
