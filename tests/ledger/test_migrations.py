import logging
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from ledger_samples import LEASE, NOW, RULE, SERIES, at, deliver, run_pass
from previous_formats import create_previous
from sqlalchemy import text

from pipelines.ledger import Acknowledgement, Ledger, LedgerError, Outage, Silence
from pipelines.ledger.database import Database
from pipelines.ledger.migrations import HEAD
from pipelines.ledger.migrations.upgrade import alembic_config

PREVIOUS = ["1", "2", "3", "4"]


def check_tables(url: str) -> None:
    """Fails if Alembic finds a difference between the tables in a database and those of the code."""
    database = Database(url, patience=timedelta(seconds=30))
    with database.reading() as connection:
        command.check(alembic_config(connection))
    database.close()


def test_the_migrations_create_the_tables_of_the_code(url: str, ledger: Ledger) -> None:
    check_tables(url)


def test_a_difference_between_tables_and_code_is_found(url: str, ledger: Ledger) -> None:
    database = Database(url, patience=timedelta(seconds=30))
    with database.writing() as connection:
        connection.execute(text("ALTER TABLE outbox ADD COLUMN extra INTEGER"))
    database.close()
    with pytest.raises(Exception, match="extra"):
        check_tables(url)


def test_head_is_the_last_migration() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [HEAD]


@pytest.mark.parametrize("schema_version", PREVIOUS)
def test_the_tables_of_a_previous_version_become_those_of_the_code(path: Path, schema_version: str) -> None:
    create_previous(path, schema_version)
    Ledger(path).close()
    check_tables(str(path))


@pytest.mark.parametrize("schema_version", PREVIOUS)
def test_a_ledger_of_a_previous_version_keeps_its_contents(path: Path, schema_version: str) -> None:
    create_previous(path, schema_version)
    mail, phone = SERIES._replace(segment="mail"), SERIES._replace(segment="phone")
    with Ledger(path) as ledger:
        stored = ledger.states(RULE.name)
        assert {series: (state.status, state.last_period) for series, state in stored.items()} == {
            SERIES: ("firing", date(2024, 1, 8)),
            phone: ("ok", date(2024, 1, 15)),
            mail: ("ok", date(2024, 1, 1)),
        }
        assert [
            (alert["segment"], alert["status"], alert["peak_value"], alert["acknowledged_at"], alert["messages_sent"])
            for alert in ledger.alerts()
        ] == [("phone", "resolved", 0.5, None, 0), ("chat", "firing", 0.7, at(1), 1)]
        # Who acknowledged it was not asked.
        assert ledger.acknowledgements("433c2ccafc2e") == [Acknowledgement("acknowledged", at(1), None, None)]
        assert ledger.acknowledgements("1c7a21ad43b6") == []
        assert ledger.export_is_done("weekly", NOW)
        assert not ledger.record_export("weekly", NOW, written_at=NOW, path="again", rows=0, sha256="")
        assert [(waiting.item.alert_id, waiting.state, waiting.attempts) for waiting in ledger.undelivered(at(1))] == [
            ("1c7a21ad43b6", "sending", 2),
            ("1c7a21ad43b6", "pending", 0),
            (None, "failed", 1),
        ]
        assert ledger.undelivered(at(1))[2].item.record == {"kind": "pipeline", "title": "clé"}
        assert ledger.record_outcome("source", "crm", failed=False, now=at(2)) == Outage(
            f"source:crm:{NOW.isoformat()}", NOW, 2
        )


@pytest.mark.parametrize("schema_version", PREVIOUS)
def test_a_ledger_of_a_previous_version_continues(path: Path, schema_version: str) -> None:
    create_previous(path, schema_version)
    with Ledger(path) as ledger:
        # The lease from before the upgrade still counts; then the message is doubtful, and `resolved` follows it.
        assert ledger.claim(at(1), LEASE, 8) == []
        [fired] = ledger.claim(at(1) + LEASE, LEASE, 8)
        assert fired.doubtful
        ledger.mark_sent(fired.message_id, at(1) + LEASE)
        [resolved] = deliver(ledger, at(2))
        assert "/resolved/" in resolved
        # What was sent before the upgrade is not sent again.
        assert run_pass(ledger, [0.9, 0.7], at(3)) == 0
        assert run_pass(ledger, [0.9, 0.7, 0.9], at(3)) == 1


@pytest.mark.parametrize("schema_version", PREVIOUS[1:])
def test_the_silences_of_a_previous_version_still_mute(path: Path, schema_version: str) -> None:
    create_previous(path, schema_version)
    mail = SERIES._replace(segment="mail")
    with Ledger(path) as ledger:
        assert ledger.silences(at(1)) == [Silence("csat-floor", "mail", "a move of offices", NOW, at(96))]
        assert run_pass(ledger, [0.9, 0.7], at(2), mail) == 1
        deliver(ledger, at(3))
        assert [alert["messages_sent"] for alert in ledger.alerts() if alert["segment"] == "mail"] == [0]


def test_a_message_that_a_previous_version_holds_for_a_month_is_sent_at_once(path: Path) -> None:
    create_previous(path, "2")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE outbox SET lease_until = '2024-07-03 07:05:00.000000' WHERE state = 'sending'")
    with Ledger(path) as ledger:
        assert len(deliver(ledger, at(2))) == 2


def test_a_previous_version_refuses_an_upgraded_ledger(path: Path) -> None:
    create_previous(path, "2")
    Ledger(path).close()
    with closing(sqlite3.connect(path)) as connection:
        # It reads this row and refuses every value but its own.
        assert connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchall() == [("3",)]


def test_a_migration_that_fails_changes_nothing(path: Path) -> None:
    create_previous(path, "1")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE outage (name TEXT)")
        before = connection.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()
    with pytest.raises(LedgerError, match="already"):
        Ledger(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall() == before
        assert connection.execute("SELECT value FROM meta").fetchall() == [("1",)]


def test_a_ledger_of_a_newer_version_is_refused_and_not_changed(url: str, ledger: Ledger) -> None:
    database = Database(url, patience=timedelta(seconds=30))
    with database.writing() as connection:
        connection.execute(text("UPDATE ledger_version SET version_num = '0099'"))
    with pytest.raises(LedgerError, match=rf"has format 0099, but this version of Vigie knows {HEAD}: run the version"):
        Ledger(url)
    with database.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM ledger_version")).scalars().all() == ["0099"]
    database.close()


def test_an_unknown_format_from_before_the_migrations_is_refused(path: Path) -> None:
    create_previous(path, "2")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE meta SET value = '99'")
    with pytest.raises(LedgerError, match="has format 99, but this version of Vigie knows"):
        Ledger(path)


def test_opening_a_ledger_that_is_up_to_date_does_not_import_alembic(path: Path) -> None:
    Ledger(path).close()
    code = f"import sys; from pipelines.ledger import Ledger; Ledger({str(path)!r}).close(); print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_migration_leaves_the_loggers_of_the_process_alone(path: Path) -> None:
    root, vigie = logging.getLogger(), logging.getLogger("vigie.test")
    before = (root.level, list(root.handlers), vigie.disabled)
    Ledger(path).close()
    assert (root.level, list(root.handlers), vigie.disabled) == before
