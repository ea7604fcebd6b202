"""The published copy: whole, readable by old clients, replaced under readers without a lock."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from export_samples import fill

from pipelines.export.errors import PublishError
from pipelines.export.publish import ExtraColumn, ExtraTable, publish_duckdb, publish_parquet

ALERTS = (
    ExtraColumn("alert_id", "VARCHAR", nullable=False),
    ExtraColumn("status", "VARCHAR", nullable=False),
    ExtraColumn("opened_at", "TIMESTAMP WITH TIME ZONE", nullable=False),
    ExtraColumn("resolved_at", "TIMESTAMP WITH TIME ZONE"),
    ExtraColumn("period_start", "DATE"),
    ExtraColumn("value", "DOUBLE"),
    ExtraColumn("messages_sent", "BIGINT"),
)
ALERT = ("a1", "firing", datetime(2026, 3, 30, 7, 0, tzinfo=UTC), None, date(2026, 3, 23), 0.64, 2)
ROOT = Path(__file__).parents[2]


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str, bool]]:
    return connection.execute(
        "select column_name, data_type, is_nullable from duckdb_columns() "
        "where table_name = ? and database_name = current_database() order by column_index",
        [table],
    ).fetchall()


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def script(text: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(text), *map(str, arguments)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        fill(connection)
        connection.execute("comment on table fct_kpi is 'One row a KPI''s value'")
        connection.execute("comment on column fct_kpi.value is 'numerator ÷ denominator'")
        connection.execute("create index by_kpi on fct_kpi (kpi)")
        connection.execute("create view latest_kpi as select kpi, max(period_start) as week from fct_kpi group by kpi")
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "published" / "kpi.duckdb"


def test_tables_and_views_are_published_with_their_types_constraints_and_comments(source: Path, target: Path) -> None:
    extra = {"fct_alert": ExtraTable(ALERTS, [ALERT])}
    counts = publish_duckdb(source, ["fct_kpi", "dim_kpi", "latest_kpi"], target, extra=extra)
    assert counts == {"fct_kpi": 408, "dim_kpi": 6, "latest_kpi": 6, "fct_alert": 1}
    with reading(target) as copy, reading(source) as origin:
        for table in ("fct_kpi", "dim_kpi", "latest_kpi"):
            assert columns_of(copy, table) == columns_of(origin, table)
            rows = f"select * replace (computed_at::varchar as computed_at) from {table} order by all"
            if table != "fct_kpi":
                rows = f"from {table} order by all"
            assert copy.execute(rows).fetchall() == origin.execute(rows).fetchall()
        assert columns_of(copy, "fct_alert") == [(c.name, c.type.upper(), c.nullable) for c in ALERTS]
        alert = copy.execute(
            "select * replace (epoch(opened_at) as opened_at, resolved_at is null as resolved_at) from fct_alert"
        ).fetchone()
        assert alert == ("a1", "firing", ALERT[2].timestamp(), True, date(2026, 3, 23), 0.64, 2)
        comments = "select comment from duckdb_tables() where table_name = 'fct_kpi'"
        assert copy.execute(comments).fetchone() == ("One row a KPI's value",)
        assert ("numerator ÷ denominator",) in copy.execute("select comment from duckdb_columns()").fetchall()
        assert copy.execute("select count(*) from duckdb_indexes()").fetchone() == (0,)
    assert sorted(path.name for path in target.parent.iterdir()) == [".publish.lock", "kpi.duckdb"]


def test_an_empty_table_by_value_keeps_its_types(source: Path, target: Path) -> None:
    extra = {"fct_alert": ExtraTable(ALERTS, [])}
    assert publish_duckdb(source, [], target, extra=extra) == {"fct_alert": 0}
    assert publish_parquet(source, [], target.parent / "parquet", extra=extra) == {"fct_alert": 0}
    with reading(target) as copy:
        assert [column[1] for column in columns_of(copy, "fct_alert")] == [column.type for column in ALERTS]
        types = copy.execute(
            f"select column_type from (describe from '{target.parent}/parquet/fct_alert/fct_alert.parquet')"
        ).fetchall()
    assert types == [(column.type,) for column in ALERTS]


@pytest.mark.parametrize("read_only", [True, False])
def test_an_open_connection_is_a_source_and_is_left_as_it_was(source: Path, target: Path, read_only: bool) -> None:
    with duckdb.connect(str(source), read_only=read_only) as connection:
        extra = {"fct_alert": ExtraTable(ALERTS, [ALERT])}
        assert publish_duckdb(connection, ["fct_kpi"], target, extra=extra)["fct_kpi"] == 408
        assert publish_parquet(connection, ["fct_kpi"], target.parent / "parquet", extra=extra)["fct_kpi"] == 408
        assert connection.execute("select count(*) from duckdb_databases() where not internal").fetchone() == (1,)
        assert connection.execute("select count(*) from duckdb_tables() where temporary").fetchone() == (0,)
        if not read_only:
            connection.execute("drop table dim_kpi")


def test_all_tables_are_from_one_moment_though_a_writer_goes_on(tmp_path: Path, target: Path) -> None:
    folder = target.parent / "parquet"
    with duckdb.connect(str(tmp_path / "busy.duckdb")) as connection:
        for table in ("one", "two"):
            connection.execute(f"create table {table} as select 0 as mark from range(50000)")
        over = threading.Event()

        def write() -> None:
            writer = connection.cursor()
            while not over.is_set():
                writer.execute("begin; update one set mark = mark + 1; update two set mark = mark + 1; commit")

        thread = threading.Thread(target=write)
        thread.start()
        try:
            marks = set()
            for _ in range(8):
                publish_duckdb(connection, ["one", "two"], target)
                with reading(target) as copy:
                    in_one = copy.execute("select min(mark), max(mark) from one").fetchone()
                    assert copy.execute("select min(mark), max(mark) from two").fetchone() == in_one
                publish_parquet(connection, ["one", "two"], folder)
                with duckdb.connect(":memory:") as parquet:
                    found = parquet.execute(
                        f"select min(mark), max(mark), count(*) from '{folder}/*/*.parquet'"
                    ).fetchone()
                assert in_one is not None
                assert found is not None
                assert found[0] == found[1]
                assert found[2] == 100_000
                marks |= {in_one[0], found[0]}
        finally:
            over.set()
            thread.join()
    assert len(marks) > 1


OLD = os.environ.get("VIGIE_OLD_DUCKDB")


@pytest.mark.skipif(not OLD, reason="VIGIE_OLD_DUCKDB names no folder with an old duckdb (1.1.3) to read with")
def test_duckdb_1_1_3_reads_the_copy(source: Path, target: Path) -> None:
    types = (
        "true as a, 1::utinyint as b, 2::hugeint as c, 1.5::float as d, 1.25::decimal(18,3) as e, 'x'::blob as f, "
        "time '12:30' as g, timestamp '2026-03-30 07:00' as h, interval 3 days as i, uuid() as j, "
        "'warn'::enum('good', 'warn', 'it''s') as k, ['a', null] as l, timestamp_ns '2026-03-30 07:00' as m"
    )
    with duckdb.connect(str(source)) as connection:
        connection.execute(f"create table kinds as select {types}")
        # Enough and varied enough for every compression that today's DuckDB would choose by itself.
        connection.execute(
            "create table many as select i, i % 7 as few, 'segment ' || (i % 5000) as name, md5(i::varchar) as hash, "
            "random() as x, i / 8.0 as exact, timestamptz '2026-01-01 00:00:00+00' + to_seconds(i) as at, "
            "case when i % 3 = 0 then null else repeat('long text ', 1 + i % 40) end as text, "
            "list_value(i % 5 = 0, null) as flags from range(130000) as t(i)"
        )
    tables = ["fct_kpi", "dim_kpi", "latest_kpi", "kinds", "many"]
    counts = publish_duckdb(source, tables, target, extra={"fct_alert": ExtraTable(ALERTS, [ALERT])})
    reader = script(
        """
        import sys
        sys.path.insert(0, sys.argv[1])
        import duckdb
        print(duckdb.__version__)
        connection = duckdb.connect(sys.argv[2], read_only=True)
        connection.execute("set enable_progress_bar = false")
        for table in sys.argv[3:]:
            columns = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
            texts = ", ".join('coalesce("' + column + '"::varchar, chr(0))' for column in columns)
            lines = f"select concat_ws(chr(9), {texts}) as line from {table}"
            found = connection.execute(f"select count(*), md5(string_agg(line, chr(10) order by line)) from ({lines})")
            print(table, *found.fetchone())
        """,
    )
    clock = os.environ | {"TZ": "UTC"}
    told = subprocess.run(
        [*reader, str(OLD), str(target), *counts], capture_output=True, text=True, check=False, env=clock
    )
    assert told.stderr == ""
    version, *lines = told.stdout.splitlines()
    assert version == "1.1.3"
    today = subprocess.run(
        [*reader, os.devnull, str(target), *counts], capture_output=True, text=True, check=True, env=clock
    ).stdout.splitlines()
    assert today[0] == duckdb.__version__
    assert lines == today[1:]
    assert [int(line.split()[1]) for line in lines] == list(counts.values())


@pytest.mark.parametrize("type_", ["time_ns", "struct(a integer)", "map(integer, varchar)", "json", "bignum"])
def test_a_type_that_old_readers_do_not_know_is_refused(source: Path, target: Path, type_: str) -> None:
    publish_duckdb(source, ["fct_kpi"], target)
    before = target.read_bytes()
    with duckdb.connect(str(source)) as connection:
        connection.execute(f"create table odd (id integer, what {type_})")
    with pytest.raises(PublishError, match=r"column what of table 'odd' is of type .*; cast it to a plain type"):
        publish_duckdb(source, ["fct_kpi", "odd"], target)
    assert target.read_bytes() == before


READER = """
    import sys, duckdb
    connection = duckdb.connect(sys.argv[1], read_only=True)
    count = lambda c: c.execute("select count(*) from fct_kpi").fetchone()[0]
    print(count(connection), flush=True)
    sys.stdin.readline()
    print(count(connection), connection.execute("select sum(value) from fct_kpi").fetchone()[0], flush=True)
    connection.close()
    print(count(duckdb.connect(sys.argv[1], read_only=True)), flush=True)
"""


def test_a_reader_keeps_its_snapshot_until_it_opens_the_file_again(source: Path, target: Path) -> None:
    publish_duckdb(source, ["fct_kpi"], target)
    with subprocess.Popen(script(READER, target), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stdout.readline() == "408\n"
        with duckdb.connect(str(source)) as connection:
            total = connection.execute("select sum(value) from fct_kpi").fetchone()
            connection.execute("delete from fct_kpi where kpi = 'csat'")
        publish_duckdb(source, ["fct_kpi"], target)
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert total is not None
        old_count, old_total = reader.stdout.readline().split()
        assert old_count == "408"
        assert float(old_total) == pytest.approx(total[0])
        assert reader.stdout.readline() == "340\n"


PUBLISHER = """
    import sys
    from pathlib import Path
    import duckdb
    from pipelines.export.publish import publish_duckdb, publish_parquet
    mark, target = int(sys.argv[1]), Path(sys.argv[2])
    with duckdb.connect(":memory:") as connection:
        for table in ("one", "two"):
            connection.execute(f"create table {table} as select {mark} as mark from range(2000)")
        for _ in range(int(sys.argv[3])):
            publish_duckdb(connection, ["one", "two"], target)
            publish_parquet(connection, ["one", "two"], target.parent / "parquet")
"""


def test_publishers_at_once_leave_one_whole_copy_and_readers_never_meet_a_mixture(target: Path) -> None:
    subprocess.run(script(PUBLISHER, 0, target, 1), check=True, cwd=ROOT)
    publishers = [
        subprocess.Popen(script(PUBLISHER, mark, target, 5), cwd=ROOT, stderr=subprocess.PIPE) for mark in (1, 2)
    ]
    seen = set()
    while any(publisher.poll() is None for publisher in publishers):
        with reading(target) as connection:
            found = connection.execute(
                "select min(mark), max(mark), count(*) from (from one union all from two)"
            ).fetchone()
        assert found is not None
        assert found[0] == found[1]
        assert found[2] == 4_000
        seen.add(found[0])
    for publisher in publishers:
        assert publisher.communicate()[1] == b""
        assert publisher.returncode == 0
    assert {1, 2} & seen
    assert sorted(path.name for path in target.parent.iterdir()) == [".publish.lock", "kpi.duckdb", "parquet"]
    files = {str(path.relative_to(target.parent)) for path in target.parent.rglob("*.parquet")}
    assert files == {"parquet/one/one.parquet", "parquet/two/two.parquet"}


def test_what_a_killed_publish_left_is_removed_by_the_next(source: Path, target: Path) -> None:
    publish_duckdb(source, ["fct_kpi"], target)
    stopped = """
        import os, signal, sys
        from pathlib import Path
        from pipelines.export import publish
        def stop(path):
            print("half made", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        publish._sync_file = stop
        publish.publish_duckdb(Path(sys.argv[1]), ["fct_kpi"], Path(sys.argv[2]))
    """
    killed = subprocess.run(script(stopped, source, target), cwd=ROOT, capture_output=True, check=False)
    assert killed.stdout == b"half made\n"
    assert killed.returncode == -signal.SIGKILL
    left = [path for path in target.parent.iterdir() if path.name.startswith(".incoming-")]
    assert [path.name for path in left[0].iterdir()] == ["kpi.duckdb"]
    with reading(target) as connection:
        assert connection.execute("select count(*) from fct_kpi").fetchone() == (408,)
    publish_duckdb(source, ["fct_kpi"], target)
    assert sorted(path.name for path in target.parent.iterdir()) == [".publish.lock", "kpi.duckdb"]


@pytest.mark.parametrize("publish", ["publish_duckdb", "publish_parquet"])
def test_a_disk_that_takes_no_more_leaves_the_old_copy(source: Path, target: Path, publish: str) -> None:
    place = target if publish == "publish_duckdb" else target.parent / "parquet"
    with duckdb.connect(str(source)) as connection:
        connection.execute("create table big as select 1 as n, 'x' as text")
    {"publish_duckdb": publish_duckdb, "publish_parquet": publish_parquet}[publish](source, ["big"], place)
    file = target if publish == "publish_duckdb" else place / "big" / "big.parquet"
    before = file.read_bytes()
    with duckdb.connect(str(source)) as connection:
        connection.execute(
            "create or replace table big as select i as n, md5(i::varchar) as text from range(300000) t(i)"
        )
    limited = f"""
        import resource, sys
        from pathlib import Path
        from pipelines.export.errors import PublishError
        from pipelines.export.publish import {publish}
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        try:
            {publish}(Path(sys.argv[1]), ["big"], Path(sys.argv[2]))
        except PublishError as error:
            print(error)
    """
    told = subprocess.run(script(limited, source, place), cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith(f"cannot publish to {place}: ")
    assert "File too large" in told.stdout
    assert told.stdout.endswith("what was published before is unchanged\n")
    assert file.read_bytes() == before
    assert not list(target.parent.glob(".incoming-*"))


def test_mistakes_are_told_and_change_nothing(source: Path, target: Path, tmp_path: Path) -> None:
    publish_duckdb(source, ["fct_kpi"], target)
    before = target.read_bytes()
    alerts = ExtraTable(ALERTS, [ALERT])
    naive = ExtraTable(ALERTS, [(*ALERT[:2], datetime(2026, 3, 30, 7, 0), *ALERT[3:])])
    incomplete = ExtraTable(ALERTS, [(None, *ALERT[1:])])
    for tables, extra, said in (
        (["fct_kip"], {}, "there is no table 'fct_kip' in schema main"),
        (["fct_kpi", "fct_kpi"], {}, "'fct_kpi' is to be published twice"),
        (["fct_kpi"], {"fct_kpi": alerts}, "'fct_kpi' is to be published twice"),
        (["../fct_kpi"], {}, "cannot be the name of a published table"),
        (["fct_kpi"], {"fct_alert": naive}, "has a time without a zone: 2026-03-30 07:00:00"),
        (["fct_kpi"], {"fct_alert": incomplete}, "NOT NULL constraint failed"),
    ):
        with pytest.raises(PublishError, match=said.replace("..", r"\.\.")):
            publish_duckdb(source, tables, target, extra=extra)
    with pytest.raises(PublishError, match=r"cannot publish to .*kpi\.duckdb: .*nowhere\.duckdb.*unchanged"):
        publish_duckdb(tmp_path / "nowhere.duckdb", ["fct_kpi"], target)
    assert target.read_bytes() == before
    (tmp_path / "file").touch()
    with pytest.raises(PublishError, match=r"cannot publish to .*: (Not a directory|File exists); what was published"):
        publish_duckdb(source, ["fct_kpi"], tmp_path / "file" / "kpi.duckdb")


def test_a_log_that_a_reader_wrote_to_the_old_file_does_not_reach_the_new_one(source: Path, target: Path) -> None:
    publish_duckdb(source, ["fct_kpi"], target)
    writer = """
        import os, sys, duckdb
        connection = duckdb.connect(sys.argv[1])
        connection.execute("delete from fct_kpi")
        os._exit(0)
    """
    subprocess.run(script(writer, target), check=True)
    assert target.with_name("kpi.duckdb.wal").exists()
    publish_duckdb(source, ["fct_kpi"], target)
    with reading(target) as connection:
        assert connection.execute("select count(*) from fct_kpi").fetchone() == (408,)


def test_parquet_tables_are_replaced_and_vanished_ones_removed(source: Path, target: Path) -> None:
    folder = target.parent / "parquet"
    extra = {"fct_alert": ExtraTable(ALERTS, [ALERT])}
    assert publish_parquet(source, ["fct_kpi", "dim_kpi"], folder, extra=extra) == {
        "fct_kpi": 408,
        "dim_kpi": 6,
        "fct_alert": 1,
    }
    (folder / "notes").mkdir()
    (folder / "notes" / "read me.txt").touch()
    with (folder / "fct_kpi" / "fct_kpi.parquet").open("rb") as held, duckdb.connect(":memory:") as connection:
        assert publish_parquet(source, ["fct_kpi", "latest_kpi"], folder)["latest_kpi"] == 6
        assert held.read(4) == b"PAR1"
        assert sorted(path.name for path in folder.iterdir()) == ["fct_kpi", "latest_kpi", "notes"]
        connection.execute(f"attach '{source}' as origin (read_only)")
        both = f"(from '{folder}/fct_kpi/*.parquet') except all (from origin.fct_kpi)"
        assert connection.execute(f"select count(*) from ({both})").fetchone() == (0,)


def test_both_copies_can_be_made_of_one_snapshot(source: Path, target: Path) -> None:
    publish_duckdb(source, ["fct_kpi"], target)
    shutil.rmtree(source, ignore_errors=True)
    assert publish_parquet(target, ["fct_kpi"], target.parent / "parquet") == {"fct_kpi": 408}
