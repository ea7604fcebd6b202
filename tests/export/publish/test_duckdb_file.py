"""The published database: complete, readable by old clients, replaced under readers without a lock."""

import os
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from publish_samples import ALERT, ALERT_COLUMNS, ALERTS, columns_of, count_in, names_in, script

from pipelines.export.errors import PublishError
from pipelines.export.publish import ExtraTable, PublishSource, publish_duckdb

MakeSource = Callable[..., PublishSource]


def test_tables_and_views_keep_their_rows_types_constraints_and_comments(make_source: MakeSource, target: Path) -> None:
    source = make_source("fct_kpi", "dim_kpi", "latest_kpi", extra=ALERTS)
    assert publish_duckdb(source, target) == {"fct_kpi": 408, "dim_kpi": 6, "latest_kpi": 6, "fct_alert": 1}
    with (
        duckdb.connect(str(target), read_only=True) as copy,
        duckdb.connect(str(source.warehouse), read_only=True) as warehouse,
    ):
        for table in ("fct_kpi", "dim_kpi", "latest_kpi"):
            assert columns_of(copy, table) == columns_of(warehouse, table)
            rows = f"select * replace (computed_at::varchar as computed_at) from {table} order by all"
            if table != "fct_kpi":
                rows = f"from {table} order by all"
            assert copy.execute(rows).fetchall() == warehouse.execute(rows).fetchall()
        assert columns_of(copy, "fct_alert") == [(c.name, c.type.upper(), c.nullable) for c in ALERT_COLUMNS]
        alert = copy.execute(
            "select * replace (epoch(opened_at) as opened_at, resolved_at is null as resolved_at) from fct_alert"
        ).fetchone()
        assert alert == ("a1", "firing", ALERT[2].timestamp(), True, date(2026, 3, 23), 0.64, 2)
        comments = "select comment from duckdb_tables() where table_name = 'fct_kpi'"
        assert copy.execute(comments).fetchone() == ("One row for each KPI's value {in braces}",)
        assert ("numerator ÷ denominator",) in copy.execute("select comment from duckdb_columns()").fetchall()
        assert copy.execute("select count(*) from duckdb_indexes()").fetchone() == (0,)
    assert names_in(target.parent) == [".publish.lock", "kpi.duckdb"]


def test_tables_of_other_databases_are_published(make_source: MakeSource, target: Path, tmp_path: Path) -> None:
    history = tmp_path / "history.duckdb"
    with duckdb.connect(str(history)) as connection:
        connection.execute("create table fct_kpi_revision as select 'csat' as kpi from range(3)")
    source = make_source("dim_kpi", elsewhere={"fct_kpi_revision": history})
    assert publish_duckdb(source, target) == {"dim_kpi": 6, "fct_kpi_revision": 3}


def test_an_empty_table_given_by_value_keeps_its_types(make_source: MakeSource, target: Path) -> None:
    assert publish_duckdb(make_source(extra={"fct_alert": ExtraTable(ALERT_COLUMNS, [])}), target) == {"fct_alert": 0}
    with duckdb.connect(str(target), read_only=True) as copy:
        assert [column[1] for column in columns_of(copy, "fct_alert")] == [column.type for column in ALERT_COLUMNS]


OLD = os.environ.get("VIGIE_OLD_DUCKDB")


@pytest.mark.skipif(not OLD, reason="VIGIE_OLD_DUCKDB names no folder with an old duckdb (1.1.3) to read with")
def test_duckdb_1_1_3_reads_the_copy(make_source: MakeSource, target: Path) -> None:
    types = (
        "true as a, 1::utinyint as b, 2::hugeint as c, 1.5::float as d, 1.25::decimal(18,3) as e, 'x'::blob as f, "
        "time '12:30' as g, timestamp '2026-03-30 07:00' as h, interval 3 days as i, uuid() as j, "
        "'warn'::enum('good', 'warn', 'it''s') as k, ['a', null] as l, timestamp_ns '2026-03-30 07:00' as m"
    )
    source = make_source("fct_kpi", "dim_kpi", "latest_kpi", "kinds", "many", extra=ALERTS)
    with duckdb.connect(str(source.warehouse)) as connection:
        connection.execute(f"create table kinds as select {types}")
        # Enough and varied enough for every compression that today's DuckDB would choose by itself.
        connection.execute(
            "create table many as select i, i % 7 as few, 'segment ' || (i % 5000) as name, md5(i::varchar) as hash, "
            "random() as x, i / 8.0 as exact, timestamptz '2026-01-01 00:00:00+00' + to_seconds(i) as at, "
            "case when i % 3 = 0 then null else repeat('long text ', 1 + i % 40) end as text, "
            "list_value(i % 5 = 0, null) as flags from range(130000) as t(i)"
        )
    counts = publish_duckdb(source, target)
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
    old = subprocess.run(
        [*reader, str(OLD), str(target), *counts], capture_output=True, text=True, check=False, env=clock
    )
    assert old.stderr == ""
    version, *lines = old.stdout.splitlines()
    assert version == "1.1.3"
    new = subprocess.run(
        [*reader, os.devnull, str(target), *counts], capture_output=True, text=True, check=True, env=clock
    ).stdout.splitlines()
    assert new[0] == duckdb.__version__
    assert lines == new[1:]
    assert [int(line.split()[1]) for line in lines] == list(counts.values())


@pytest.mark.parametrize("type_", ["time_ns", "struct(a integer)", "map(integer, varchar)", "json", "bignum"])
def test_a_type_that_old_readers_do_not_know_is_refused(make_source: MakeSource, target: Path, type_: str) -> None:
    publish_duckdb(make_source("fct_kpi"), target)
    before = target.read_bytes()
    source = make_source("fct_kpi", "odd")
    with duckdb.connect(str(source.warehouse)) as connection:
        connection.execute(f"create table odd (id integer, what {type_})")
    with pytest.raises(PublishError, match=r"column what of table 'odd' is of type .*; cast it to a plain type"):
        publish_duckdb(source, target)
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


def test_a_reader_keeps_its_snapshot_until_it_opens_the_file_again(make_source: MakeSource, target: Path) -> None:
    source = make_source("fct_kpi")
    publish_duckdb(source, target)
    with subprocess.Popen(script(READER, target), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stdout.readline() == "408\n"
        with duckdb.connect(str(source.warehouse)) as connection:
            total = connection.execute("select sum(value) from fct_kpi").fetchone()
            connection.execute("delete from fct_kpi where kpi = 'csat'")
        publish_duckdb(source, target)
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert total is not None
        old_count, old_total = reader.stdout.readline().split()
        assert old_count == "408"
        assert float(old_total) == pytest.approx(total[0])
        assert reader.stdout.readline() == "340\n"


def test_the_log_that_a_reader_wrote_to_the_old_file_does_not_reach_the_new_one(
    make_source: MakeSource, target: Path
) -> None:
    source = make_source("fct_kpi")
    publish_duckdb(source, target)
    writer = """
        import os, sys, duckdb
        connection = duckdb.connect(sys.argv[1])
        connection.execute("delete from fct_kpi")
        os._exit(0)
    """
    subprocess.run(script(writer, target), check=True)
    assert target.with_name("kpi.duckdb.wal").exists()
    publish_duckdb(source, target)
    assert count_in(target) == 408


@pytest.mark.parametrize(
    "name", ["50%", "a;b", "a=b", "[ab]", "a*b", "it's", 'a "b"', "{uuid}", "été", "a b", "#1", "a\\b"]
)
def test_any_folder_name_works(tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    home.mkdir()
    warehouse, history = home / "warehouse.duckdb", home / "history.duckdb"
    for path, table in ((warehouse, "fct_kpi"), (history, "fct_kpi_revision")):
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"create table {table} as select i from range(7) t(i)")
    source = PublishSource(warehouse, ["fct_kpi"], elsewhere={"fct_kpi_revision": history})
    target = home / "published" / "kpi.duckdb"
    assert publish_duckdb(source, target) == {"fct_kpi": 7, "fct_kpi_revision": 7}
    assert count_in(target, "fct_kpi_revision") == 7
    assert names_in(home) == ["history.duckdb", "published", "warehouse.duckdb"]
