"""The copy in PostgreSQL: the same rows, replaced in one transaction, in a schema that is Vigie's alone."""

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from publish_samples import script

from pipelines.export.errors import PublishError
from pipelines.export.publish import Description, PublishedView, PublishSource, probe_postgres, publish_postgres
from tests.servers.postgres import PostgresServer

VIEW = PublishedView(
    "kpi_total",
    "select kpi, sum(value) as value from fct_kpi group by kpi",
    Description("Totals.", {"kpi": "The KPI."}),
)
ROWS = [("csat", date(2025, 1, 6), 0.5), ("csat", date(2025, 2, 3), 0.25), ("nps", None, 30.0)]


@pytest.fixture
def url(postgres_server: PostgresServer) -> str:
    return postgres_server.create_database()


@pytest.fixture
def admin(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


Fill = Callable[..., PublishSource]


@pytest.fixture
def fill(warehouse: Path) -> Fill:
    def fill(rows: list[tuple[Any, ...]] = ROWS, columns: str = "kpi varchar, day date, value double") -> PublishSource:
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute(f"create or replace table fct_kpi ({columns})")
            if rows:
                connection.executemany(f"insert into fct_kpi values ({', '.join('?' for _ in rows[0])})", rows)
            connection.execute("create or replace table dim_kpi as select 'csat' as kpi, 'Satisfaction' as label")
        described = Description("Values.", {"kpi": "The KPI.", "value": "It's the value."})
        return PublishSource(
            warehouse, ["fct_kpi", "dim_kpi"], views=[VIEW], descriptions={"fct_kpi": described}
        )  # fmt: skip

    return fill


Publish = Callable[..., dict[str, int] | None]


@pytest.fixture
def publish(url: str, tmp_path: Path) -> Publish:
    def publish(source: PublishSource, content: str, **changed: Any) -> dict[str, int] | None:
        arguments: dict[str, Any] = {"url": url, "schema": "vigie", "company": "Lumen"} | changed
        return publish_postgres(
            source, arguments["url"], arguments["schema"],
            company=arguments["company"], content=content, work=tmp_path / "published" / "postgres",
        )  # fmt: skip

    return publish


def rows_of(connection: psycopg.Connection[Any], table: str = "vigie.fct_kpi") -> list[tuple[Any, ...]]:
    return connection.execute(f"select * from {table} order by 1, 2").fetchall()


def role_of(url: str, admin: psycopg.Connection[Any], name: str) -> str:
    """Creates a role that may log in, and returns the URL of the database for it."""
    admin.execute(f"DROP ROLE IF EXISTS {name}")
    admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'hunter2-{name}'")
    parts = conninfo_to_dict(url)
    return f"postgresql://{name}:hunter2-{name}@{parts['host']}:{parts['port']}/{parts['dbname']}"


def test_tables_views_and_comments_are_published(publish: Publish, fill: Fill, admin: psycopg.Connection[Any]) -> None:
    assert publish(fill(), "1") == {"fct_kpi": 3, "dim_kpi": 1}
    assert rows_of(admin) == ROWS
    assert rows_of(admin, "vigie.kpi_total") == [("csat", 0.75), ("nps", 30.0)]
    comments = admin.execute(
        "select obj_description('vigie.fct_kpi'::regclass), col_description('vigie.fct_kpi'::regclass, 3),"
        " obj_description('vigie.kpi_total'::regclass), col_description('vigie.kpi_total'::regclass, 1)"
    ).fetchone()
    assert comments == ("Values.", "It's the value.", "Totals.", "The KPI.")


def test_what_is_current_is_not_copied(publish: Publish, fill: Fill, admin: psycopg.Connection[Any]) -> None:
    publish(fill(), "1")
    before = admin.execute("select xmin, ctid, kpi from vigie.fct_kpi order by kpi, day").fetchall()
    assert publish(fill(), "1") is None
    assert publish(fill(), "2") == {}
    assert admin.execute("select xmin, ctid, kpi from vigie.fct_kpi order by kpi, day").fetchall() == before


def test_only_the_months_that_changed_are_copied(publish: Publish, fill: Fill, admin: psycopg.Connection[Any]) -> None:
    publish(fill(), "1")
    kept = admin.execute("select xmin from vigie.fct_kpi where day < '2025-02-01'").fetchall()
    changed = [ROWS[0], ("csat", date(2025, 2, 3), 0.75), ("csat", date(2025, 2, 10), 0.5)]
    assert publish(fill(changed), "2") == {"fct_kpi": 2}
    assert rows_of(admin) == changed
    assert admin.execute("select xmin from vigie.fct_kpi where day < '2025-02-01'").fetchall() == kept


def test_dates_of_every_kind_are_replaced_not_repeated(
    publish: Publish, fill: Fill, admin: psycopg.Connection[Any]
) -> None:
    days = [
        "0001-01-01",
        "0099-12-31",
        "1900-01-01",
        "9999-12-31",
        "10000-01-01",
        "infinity",
        "-infinity",
        "0044-03-15 (BC)",
        None,
    ]
    for value in (1.0, 2.0):
        publish(fill([("csat", day, value) for day in days]), str(value))
        found = admin.execute(
            "select count(*), count(distinct day), min(value), max(value) from vigie.fct_kpi"
        ).fetchall()
        assert found == [(9, 8, value, value)]


def test_values_of_every_type_arrive_unchanged(
    publish: Publish, warehouse: Path, admin: psycopg.Connection[Any]
) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            """
            create table kinds as select
                12345678901234.123456::decimal(20, 6) as money, 170141183460469231731687303715884105727::hugeint as huge,
                200::utinyint as tiny, 18446744073709551615::ubigint as ubig,
                'nan'::double as nan, 'infinity'::double as high, '-infinity'::float as low, 0.1 + 0.2::double as sum,
                timestamptz '2025-03-30 02:30:00.123456+02' as moment, timestamp '1900-01-01 00:00:00' as plain,
                time '23:59:59' as clock, interval '1 month 2 days 3 seconds' as span, true as yes,
                ['a"b', null, 'ü'] as list, 'high'::enum ('low', 'high') as level,
                '\\x00\\xFF'::blob as bytes, '12345678-1234-5678-1234-567812345678'::uuid as uuid,
                '' as empty, null::varchar as missing, '\\N' as backslash_n, '\\.' as dot,
                'a' || chr(0) || 'b' as nul, 'line
            break, "quoted"; \\ tab	 é 🙂' as text
            """
        )
    publish(PublishSource(warehouse, ["kinds"]), "1")
    [row] = admin.execute(
        "select money::text, huge::text, tiny, ubig::text, nan::text, high::text, low::text, sum,"
        " moment at time zone 'UTC', plain::text, clock::text, span::text, yes, list, level, encode(bytes, 'hex'),"
        " uuid::text, empty, missing, backslash_n, dot, nul, text from vigie.kinds"
    ).fetchall()
    assert [*row[:8]] == ["12345678901234.123456", "170141183460469231731687303715884105727", 200,
                          "18446744073709551615", "NaN", "Infinity", "-Infinity", 0.1 + 0.2]  # fmt: skip
    assert str(row[8]) == "2025-03-30 00:30:00.123456"
    assert row[9:13] == ("1900-01-01 00:00:00", "23:59:59", "1 mon 2 days 00:00:03", True)
    assert (row[13], row[14], row[15]) == (['a"b', None, "ü"], "high", "00ff")
    assert row[17:22] == ("", None, "\\N", "\\.", "ab")
    assert row[22] == 'line\n            break, "quoted"; \\ tab\t é 🙂'


def test_readers_see_the_old_rows_until_the_new_ones_are_complete(
    publish: Publish, fill: Fill, url: str, admin: psycopg.Connection[Any]
) -> None:
    publish(fill(), "1")
    with psycopg.connect(url) as reader:
        reader.execute("set transaction isolation level repeatable read")
        assert len(rows_of(reader)) == 3
        # The reader's transaction is open: nothing waits for it, and it waits for nothing.
        publish(fill([("csat", date(2025, 3, 3), 1.0)]), "2")
        assert len(rows_of(reader)) == 3
        assert len(rows_of(admin)) == 1


def test_views_and_grants_of_others_stay(
    publish: Publish, fill: Fill, url: str, admin: psycopg.Connection[Any]
) -> None:
    publish(fill(), "1")
    role_of(url, admin, "reader")
    admin.execute("GRANT USAGE ON SCHEMA vigie TO reader")
    admin.execute("GRANT SELECT ON vigie.fct_kpi, vigie.kpi_total TO reader")
    admin.execute(
        "CREATE SCHEMA reporting; CREATE VIEW reporting.mine AS SELECT max(value) AS value FROM vigie.fct_kpi"
    )
    publish(fill([("csat", date(2025, 3, 3), 1.0)]), "2")
    assert rows_of_max(admin) == 1.0
    # A new column recreates the table, so a view of others prevents it, and nothing is lost.
    wider = "kpi varchar, day date, value double, extra bigint"
    with pytest.raises(PublishError, match=r"view reporting\.mine depends on"):
        publish(fill([("csat", None, 2.0, 1)], wider), "3")
    assert rows_of_max(admin) == 1.0
    admin.execute("DROP VIEW reporting.mine")
    publish(fill([("csat", None, 2.0, 1)], wider), "3")
    assert rows_of(admin) == [("csat", None, 2.0, 1)]
    granted = admin.execute(
        "select has_table_privilege('reader', 'vigie.fct_kpi', 'SELECT'), has_table_privilege('reader', 'vigie.kpi_total', 'SELECT'),"
        " has_table_privilege('reader', 'vigie.dim_kpi', 'SELECT')"
    ).fetchone()
    assert granted == (True, True, False)
    admin.execute("DROP OWNED BY reader; DROP ROLE reader")


def rows_of_max(admin: psycopg.Connection[Any]) -> float:
    [(value,)] = admin.execute("select value from reporting.mine").fetchall()
    return float(value)


def test_what_is_no_longer_published_is_dropped_and_nothing_else(
    publish: Publish, fill: Fill, admin: psycopg.Connection[Any]
) -> None:
    publish(fill(), "1")
    admin.execute("CREATE TABLE vigie.notes (text text)")
    publish(replace(fill(), tables=["dim_kpi"], views=[]), "2")
    left = admin.execute(
        "select relname from pg_class where relnamespace = 'vigie'::regnamespace and relkind in ('r', 'v')"
    )
    assert sorted(name for (name,) in left) == ["dim_kpi", "notes", "vigie_publication", "vigie_relation"]


def test_a_dropped_table_is_published_again(publish: Publish, fill: Fill, admin: psycopg.Connection[Any]) -> None:
    publish(fill(), "1")
    admin.execute("DROP TABLE vigie.fct_kpi CASCADE")
    assert publish(fill(), "1") == {"fct_kpi": 3}
    assert rows_of(admin, "vigie.kpi_total") == [("csat", 0.75), ("nps", 30.0)]


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        ("CREATE SCHEMA vigie; CREATE TABLE vigie.sales (a int)", "holds tables that are not Vigie's"),
        ("CREATE SCHEMA vigie; CREATE FUNCTION vigie.f() RETURNS int LANGUAGE sql AS 'select 1'", "not Vigie's"),
    ],
)
def test_a_schema_of_somebody_else_is_not_touched(
    publish: Publish, fill: Fill, url: str, admin: psycopg.Connection[Any], statements: str, message: str
) -> None:
    admin.execute(statements)
    assert message in (probe_postgres(url, "vigie", company="Lumen") or "")
    with pytest.raises(PublishError, match=message):
        publish(fill(), "1")
    assert admin.execute("select to_regclass('vigie.fct_kpi')").fetchone() == (None,)


def test_a_table_of_somebody_else_in_our_schema_is_not_replaced(
    publish: Publish, fill: Fill, admin: psycopg.Connection[Any]
) -> None:
    publish(replace(fill(), tables=["dim_kpi"], views=[]), "1")
    admin.execute("CREATE TABLE vigie.fct_kpi AS SELECT 42 AS answer")
    with pytest.raises(PublishError, match="exists and is not Vigie's"):
        publish(fill(), "2")
    assert rows_of_answer(admin) == 42


def rows_of_answer(admin: psycopg.Connection[Any]) -> int:
    [(value,)] = admin.execute("select answer from vigie.fct_kpi").fetchall()
    return int(value)


def test_tables_of_another_company_are_not_replaced(publish: Publish, fill: Fill, url: str) -> None:
    publish(fill(), "1")
    with pytest.raises(PublishError, match="holds the tables of Lumen"):
        publish(fill([]), "2", company="Other")
    assert publish(fill([]), "2", company="Other", schema="other") is not None


def test_a_user_without_rights_learns_what_to_grant(
    publish: Publish, fill: Fill, url: str, admin: psycopg.Connection[Any]
) -> None:
    theirs = role_of(url, admin, "writer")
    said = "CREATE SCHEMA vigie AUTHORIZATION"
    assert said in (probe_postgres(theirs, "vigie", company="Lumen") or "")
    with pytest.raises(PublishError, match=said) as refused:
        publish(fill(), "1", url=theirs)
    assert "hunter2" not in str(refused.value)
    admin.execute("CREATE SCHEMA vigie AUTHORIZATION writer")
    assert probe_postgres(theirs, "vigie", company="Lumen") is None
    assert publish(fill(), "1", url=theirs) == {"fct_kpi": 3, "dim_kpi": 1}
    # Somebody else's schema, although it is empty.
    admin.execute("CREATE SCHEMA others")
    with pytest.raises(PublishError, match="belongs to"):
        publish(fill(), "1", url=theirs, schema="others")
    admin.execute("DROP OWNED BY writer CASCADE; DROP ROLE writer")


def test_a_server_that_refuses_says_so_without_its_password(publish: Publish, fill: Fill, url: str) -> None:
    nobody = "postgresql://vigie:hunter2@127.0.0.1:1/reports"
    with pytest.raises(PublishError, match=r"database reports at 127.0.0.1: .*check publish.postgres") as refused:
        publish(fill(), "1", url=nobody)
    assert "hunter2" not in str(refused.value)
    wrong = url.replace(str(conninfo_to_dict(url)["password"]), "hunter2-wrong")
    said = probe_postgres(wrong, "vigie", company="Lumen") or ""
    assert "password authentication failed" in said
    assert "hunter2" not in said
    assert "hunter2" not in (probe_postgres("postgresql://u:hunter2@h:port/x", "vigie", company="Lumen") or "hunter2")


def test_a_name_that_postgres_would_cut_is_refused(publish: Publish, fill: Fill) -> None:
    column = "é" * 32
    with pytest.raises(PublishError, match="cuts names after 63 bytes"):
        publish(fill([("csat", None, 1.0)], f'kpi varchar, day date, "{column}" double'), "1")


def test_a_lock_of_a_reader_is_no_reason_to_wait_forever(
    publish: Publish, fill: Fill, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(fill(), "1")
    monkeypatch.setattr("pipelines.export.publish.postgres.server._LOCK_SECONDS", 1)
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE vigie.fct_kpi IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(PublishError, match="the next pass tries again"):
            publish(fill([]), "2")
    assert publish(fill([]), "2") is not None


def test_two_publications_at_once_leave_one_copy(
    publish: Publish, fill: Fill, admin: psycopg.Connection[Any], tmp_path: Path, url: str
) -> None:
    source = fill()
    problems: list[BaseException] = []

    def run(number: int) -> None:
        try:
            publish_postgres(
                source, url, "vigie", company="Lumen", content="1", work=tmp_path / str(number) / "postgres"
            )
        except BaseException as error:  # noqa: BLE001 - a thread has nobody to raise it to
            problems.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert rows_of(admin) == ROWS


def test_a_killed_publication_changes_nothing(
    publish: Publish, fill: Fill, url: str, admin: psycopg.Connection[Any], tmp_path: Path
) -> None:
    publish(fill(), "1")
    source = fill([("csat", date(2025, 3, 3), float(number)) for number in range(5)])
    program = script(
        """
        import os, signal, sys
        from pathlib import Path
        from pipelines.export import publish
        from pipelines.export.publish.postgres import schema
        # The process is killed when everything is copied and only the commit is missing.
        schema.Schema.note_publication = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        source = publish.PublishSource(Path(sys.argv[1]), ["fct_kpi", "dim_kpi"])
        publish.publish_postgres(source, sys.argv[2], "vigie", company="Lumen", content="2", work=Path(sys.argv[3]))
        """,
        source.warehouse,
        url,
        tmp_path / "published" / "postgres",
    )
    killed = subprocess.run(program, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert rows_of(admin) == ROWS
    assert rows_of(admin, "vigie.kpi_total") == [("csat", 0.75), ("nps", 30.0)]
    assert publish(source, "2") == {"fct_kpi": 5}
    assert [path.name for path in (tmp_path / "published").iterdir()] == [".publish.lock"]


def test_the_notes_say_what_is_published(publish: Publish, fill: Fill, admin: psycopg.Connection[Any]) -> None:
    publish(fill(), "1")
    parts = dict(admin.execute("select relation, parts from vigie.vigie_relation where not is_view").fetchall())
    assert sorted(json.loads(parts["fct_kpi"])) == ["", "2025-01", "2025-02"]
    assert admin.execute("select company, content from vigie.vigie_publication").fetchall() == [("Lumen", "1")]
