"""What is loaded again, what is not, what waits, and what is left when something goes wrong."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import NOW, Shop, utc

from pipelines.entities import ENTITIES
from pipelines.raw import ORIGIN_COLUMNS
from pipelines.sources import ExtractContext, Rejection, open_source
from pipelines.sources.files.settings import FilesSource

LEADS = "lead_id,created_at,channel\n"
Aged = Callable[[Path, timedelta], None]


def active(shop: Shop, *tables: dict[str, Any], entity: str = "lead") -> list[str]:
    """The lead ids of the active loads."""
    source = shop.source(*({"entity": entity, **table} for table in tables))
    loads = open_source(source).active_loads(entity, shop.loads(entity))
    files = [str(file.path) for file in shop.store.files("shop", entity, loads)[0]]
    if not files:
        return []
    return [
        row[0]
        for row in duckdb.sql(f"SELECT {entity}_id FROM read_parquet({files}) ORDER BY _load_sequence, _row").fetchall()
    ]


def test_a_file_is_loaded_once_and_a_changed_one_again(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    assert [load.sequence for load in shop.load(path="leads.csv").new_loads] == [1]
    again = shop.load(path="leads.csv")
    assert (again.new_loads, again.unchanged) == ([], 1)
    shop.write("leads.csv", LEADS + "b,2024-01-31,web\n")
    assert [load.sequence for load in shop.load(path="leads.csv").new_loads] == [2]
    assert shop.rows("lead", "lead_id", "_load_sequence") == [("a", 1), ("b", 2)]


def test_content_counts_and_neither_name_nor_time(shop: Shop) -> None:
    path = shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    shop.load(path="*.csv")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    shop.write("copy.csv", path.read_bytes())
    report = shop.load(path="*.csv")
    assert (report.new_loads, report.unchanged) == ([], 2)


def test_a_change_that_keeps_size_and_time_is_seen(shop: Shop) -> None:
    path = shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    before = path.stat()
    shop.load(path="leads.csv")
    path.write_text(LEADS + "b,2024-01-31,web\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert shop.load(path="leads.csv").rows == 1


def test_a_file_that_returns_to_an_earlier_content_is_loaded_again(shop: Shop) -> None:
    """Else the rows of the content in between would count as the latest."""
    for channel in ("web", "mail", "web"):
        shop.write("leads.csv", LEADS + f"a,2024-01-31,{channel}\n")
        assert len(shop.load(path="leads.csv").new_loads) == 1
    assert shop.load(path="leads.csv").unchanged == 1
    assert [load.sequence for load in shop.loads()] == [1, 2, 3]
    assert active(shop, {"path": "leads.csv"}) == ["a", "a"]


def test_files_are_loaded_in_natural_order(shop: Shop) -> None:
    for number in (10, 2, 1):
        shop.write(f"leads-{number}.csv", LEADS + f"{number},2024-01-31,web\n")
    report = shop.load(path="leads-*.csv")
    assert [load.files[0].path for load in report.new_loads] == ["leads-1.csv", "leads-2.csv", "leads-10.csv"]
    assert shop.rows("lead", "lead_id") == ["1", "2", "10"]


def test_many_new_files_enter_in_order_and_one_content_once(shop: Shop) -> None:
    rows = {
        number: "".join(f"{number}-{row},2024-01-31,web\n" for row in range(3_000 // number)) for number in range(1, 13)
    }
    # The third is a copy of the first, the sixth has no lead_id, and each other is there once.
    rows[3] = rows[1]
    for number, lines in rows.items():
        shop.write(f"leads-{number}.csv", lines if number == 6 else LEADS + lines)
    report = shop.load(path="leads-*.csv")
    names = [load.files[0].path for load in report.new_loads]
    assert names == [f"leads-{number}.csv" for number in (1, 2, 4, 5, 7, 8, 9, 10, 11, 12)]
    sequences = [load.sequence for load in report.new_loads]
    assert sequences == sorted(set(sequences))
    assert (report.unchanged, report.rows) == (1, sum(3_000 // n for n in range(1, 13) if n not in (3, 6)))
    assert len(report.failures) == 1
    assert "leads-6.csv" in report.failures[0]
    assert shop.load(path="leads-*.csv").new_loads == []


@pytest.mark.parametrize("size", [1, 300_000])
def test_new_snapshots_at_once_count_in_their_order(shop: Shop, size: int) -> None:
    """The first is in store before the third is read if they are small, and after it if they are large."""
    table = {"path": "leads-*.csv", "mode": "snapshot"}
    for number, keys in enumerate((["a"] * size, ["b"], ["a"] * size)):
        shop.write(f"leads-{number}.csv", LEADS + "".join(f"{key},2024-01-31,web\n" for key in keys))
    report = shop.load("lead", table)
    assert (len(report.new_loads), report.failures) == (3, [])
    assert set(active(shop, table)) == {"a"}


def test_the_newest_snapshot_that_can_be_used_counts(shop: Shop) -> None:
    table = {"path": "leads-*.csv", "mode": "snapshot"}
    for number, key in enumerate("aba"):
        shop.write(f"leads-{number}.csv", LEADS + f"{key},2024-01-31,web\n")
    shop.write("leads-3.csv", "no such columns\n1\n")
    for _ in range(2):
        assert len(shop.load("lead", table).failures) == 1
        assert active(shop, table) == ["a"]
    shop.write("leads-3.csv", LEADS + "c,2024-01-31,web\n")
    shop.load("lead", table)
    assert active(shop, table) == ["c"]


def test_refusals_are_told_by_column_with_the_first_of_each(shop: Shop) -> None:
    shop.write("leads-1.csv", LEADS + "a,2024-01-31,web\n,2024-01-31,web\nb,soon,web\nc,later,web\n")
    shop.write("leads-2.csv", LEADS + "d,2024-01-31,web,too,many\n")
    report = shop.load(path="leads-*.csv")
    by_column = report.rejections
    assert {column: rejection.rows for column, rejection in by_column.items()} == {
        "created_at": 2,
        "lead_id": 1,
        None: 1,
    }
    assert by_column["lead_id"] == Rejection("lead_id", 1, "leads-1.csv", 3, "lead_id is empty")
    assert (by_column["created_at"].row, by_column[None].file) == (4, "leads-2.csv")
    assert shop.load(path="leads-*.csv").rejections == {}


def test_what_is_left_out_counts_each_file_as_it_was_loaded_last(shop: Shop) -> None:
    def left_out(*tables: dict[str, Any]) -> int:
        shop.load("lead", *tables)
        source = open_source(shop.source(*({"entity": "lead", **table} for table in tables)))
        missing = source.quarantine_in_force("lead", source.active_loads("lead", shop.loads()))
        return sum(load.quarantined for load in missing)

    plain, slashed = {"path": "leads-*.csv"}, {"path": "leads-*.csv", "datetime_format": ["%Y-%m-%d", "%d/%m/%Y"]}
    shop.write("leads-1.csv", LEADS + "a,2024-01-31,web\n,2024-01-31,web\nb,31/01/2024,web\n")
    shop.write("leads-2.csv", LEADS + "c,soon,web\n")
    assert left_out(plain) == left_out(plain) == 3
    shop.write("leads-2.csv", LEADS + "c,2024-02-01,web\n")
    assert left_out(plain) == 2
    # Two tables may read one file.
    assert left_out(slashed, {"path": "leads-1.csv"}) == 3
    # Settings and file mended at once: what the older ones left out no longer counts.
    shop.write("leads-1.csv", LEADS + "a,2024-01-31,web\nb,31/01/2024,web\nd,,web\n")
    assert left_out(slashed) == 1


def test_patterns_reach_into_folders(shop: Shop) -> None:
    shop.write("2023/q1/leads.csv", LEADS + "a,2023-01-31,web\n")
    shop.write("2024/leads.csv", LEADS + "b,2024-01-31,web\n")
    shop.write("2024/.leads.csv.tmp", "half")
    assert shop.load(path="**/*.csv").rows == 2
    assert shop.load(path=str(shop.base / "2024" / "*.csv")).rows == 0
    assert shop.rows("lead", "_file") == ["2023/q1/leads.csv", "2024/leads.csv"]


def test_a_pattern_without_files_is_a_problem_of_its_table(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    report = shop.load("lead", {"path": "extracts/leads-*.csv"}, {"path": "leads.csv"})
    assert report.failures == [f"no file matches extracts/leads-*.csv (looked in {shop.base / 'extracts'})"]
    assert report.rows == 1


def test_load_ids_are_the_same_everywhere(shop: Shop, tmp_path: Path) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n?,?,?\n")
    other = tmp_path / "other"
    other.mkdir()
    elsewhere = Shop(other)
    elsewhere.write("leads.csv", LEADS + "a,2024-01-31,web\n?,?,?\n")
    first = shop.load(path="leads.csv").new_loads[0]
    second = elsewhere.load(path="leads.csv").new_loads[0]
    assert first.load_id == second.load_id
    assert shop.rows() == elsewhere.rows()
    assert shop.quarantine() == elsewhere.quarantine()


def test_changed_settings_load_anew_and_the_old_load_gives_way(shop: Shop) -> None:
    shop.write("1.csv", LEADS + "a,2024-01-31,web\n")
    shop.write("2.csv", LEADS + "b,2024-01-31,web\n")
    old, new = {"path": "*.csv"}, {"path": "*.csv", "null_values": ["", "web"]}
    shop.load("lead", old)
    (shop.base / "1.csv").unlink()
    assert shop.load("lead", new).rows == 1
    assert len(shop.loads()) == 3
    assert active(shop, new) == ["a", "b"]
    assert active(shop, old) == ["a", "b"]


def test_another_company_time_zone_loads_anew(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    shop.load(path="leads.csv")
    shop.timezone = "America/New_York"
    shop.load(path="leads.csv")
    assert shop.rows("lead", "created_at") == [utc("2024-01-30T23:00"), utc("2024-01-31T05:00")]
    assert active(shop, {"path": "leads.csv"}) == ["a"]
    assert shop.load(path="leads.csv").unchanged == 1


def test_of_snapshots_the_newest_counts(shop: Shop) -> None:
    table = {"path": "leads-*.csv", "mode": "snapshot"}
    shop.write("leads-2024-01.csv", LEADS + "a,2024-01-31,web\nb,2024-01-31,web\n")
    shop.load("lead", table)
    shop.write("leads-2024-02.csv", LEADS + "b,2024-01-31,mail\n")
    shop.load("lead", table)
    assert active(shop, table) == ["b"]
    assert shop.load("lead", table).unchanged == 2
    shop.write("leads-2024-03.csv", (shop.base / "leads-2024-02.csv").read_bytes())
    assert shop.load("lead", table).unchanged == 3
    # A state that was there before is there again.
    for month, keys in (("04", ["a", "b"]), ("05", ["b"]), ("06", ["a", "b"])):
        earlier = "leads-2024-01.csv" if len(keys) == 2 else "leads-2024-02.csv"
        shop.write(f"leads-2024-{month}.csv", (shop.base / earlier).read_bytes())
        assert shop.load("lead", table).rows == len(keys)
        assert active(shop, table) == keys
        assert shop.load("lead", table).new_loads == []


def test_snapshots_of_two_tables_stand_side_by_side(shop: Shop) -> None:
    tables = [{"path": f"{country}-*.csv", "mode": "snapshot"} for country in ("fr", "de")]
    for name in ("fr-1", "de-1", "fr-2"):
        shop.write(f"{name}.csv", LEADS + f"{name},2024-01-31,web\n")
        shop.load("lead", *tables[: 1 + (name != "fr-1")])
    assert sorted(active(shop, *tables)) == ["de-1", "fr-2"]
    for name in ("fr-3", "de-3"):
        shop.write(f"{name}.csv", LEADS)
    shop.load("lead", *tables)
    assert active(shop, *tables) == []


def test_the_version_is_a_time_if_all_values_are(shop: Shop) -> None:
    shop.write(
        "leads.csv",
        "lead_id,created_at,changed\na,2024-01-31,31/01/2024 10:00\na,2024-01-31,\nb,2024-01-31,01/02/2024 10:00\n",
    )
    shop.load(path="leads.csv", keep_latest_by="Changed", datetime_format=["%d/%m/%Y %H:%M", "%Y-%m-%d"])
    assert shop.rows("lead", "_version_at", "_version_number", "_version_text") == [
        (utc("2024-01-31T09:00"), None, None),
        (None, None, None),
        (utc("2024-02-01T09:00"), None, None),
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["9", "10.5"], [(None, 9.0, None), (None, 10.5, None)]),
        (["9", "2024-01-31"], [(None, None, "9"), (None, None, "2024-01-31")]),
        (["v1", " v2 "], [(None, None, "v1"), (None, None, "v2")]),
        (["", ""], [(None, None, None), (None, None, None)]),
    ],
)
def test_the_version_is_a_number_or_a_text_otherwise(shop: Shop, values: list[str], expected: list[Any]) -> None:
    body = "".join(f"a,2024-01-31,{value}\n" for value in values)
    shop.write("leads.csv", "lead_id,created_at,changed\n" + body + "b,?,not counted\n")
    shop.load(path="leads.csv", keep_latest_by="changed")
    assert shop.rows("lead", "_version_at", "_version_number", "_version_text") == expected


def test_the_version_is_the_entitys_own_column_by_default(shop: Shop) -> None:
    shop.write("customers.csv", "customer_id,updated_at\na,2024-01-31T10:00:00Z\nb,\n")
    shop.load("customer", path="customers.csv")
    assert shop.rows("customer", "_version_at") == [utc("2024-01-31T10:00"), None]


def test_the_version_may_be_named_as_the_entity_calls_it(shop: Shop) -> None:
    shop.write("leads.csv", "id,when\na,2024-01-31T10:00:00Z\n")
    columns = {"lead_id": "id", "created_at": "when"}
    shop.load(path="leads.csv", columns=columns, keep_latest_by="created_at")
    assert shop.rows("lead", "_version_at") == [utc("2024-01-31T10:00")]
    (problem,) = shop.load(path="leads.csv", columns=columns, keep_latest_by="wen").failures
    assert problem == 'leads.csv has no column "wen"; nearest: "when"'


SURVEY: dict[str, Any] = {
    "paths": {"reviews": "reviews-*.csv", "orders": "orders.jsonl"},
    "sql": "SELECT review_id AS response_id, 'csat' AS kind, day AS answered_at, score, 1 AS scale_min, 5 AS scale_max,"
    " customer AS customer_id, day AS extra FROM reviews JOIN orders USING (order_id) ORDER BY review_id;",
    "keep_latest_by": "extra",
    "null_values": ["", "?"],
    "datetime_format": "%d/%m/%Y",
}


def survey(shop: Shop) -> None:
    shop.write("reviews-1.csv", "review_id,order_id,score,day\nr1,1,5,31/01/2024\nr2,2,x,31/01/2024\nr3,too few\n")
    shop.write("reviews-2.csv", "review_id;order_id;score;day;more\nr4;2;4;01/02/2024;m\nr5;2;?;01/02/2024;m\n")
    shop.write("orders.jsonl", '{"order_id": "1", "customer": "c1"}\n{"order_id": "2", "customer": "c2"}\n[]\n')


def test_a_query_over_several_files(shop: Shop) -> None:
    survey(shop)
    report = shop.load("survey_response", SURVEY)
    assert report.failures == []
    (load,) = report.new_loads
    names = "reviews-1.csv, reviews-2.csv, orders.jsonl"
    assert shop.rows("survey_response", "response_id", "score", "customer_id", "_file", "_row", "_version_at") == [
        ("r1", 5.0, "c1", names, 1, utc("2024-01-30T23:00")),
        ("r4", 4.0, "c2", names, 3, utc("2024-01-31T23:00")),
    ]
    assert sorted(
        (record["file"], record["row"], record["reason"]) for record in shop.quarantine("survey_response")
    ) == [
        ("orders.jsonl", 3, "the record is not a JSON object: []"),
        ("reviews-1.csv", 4, "the record has 2 fields where the header has 4"),
        (names, 2, '"x" is not a number'),
        (names, 4, "score is empty"),
    ]
    assert [file.path for file in load.files] == ["reviews-1.csv", "reviews-2.csv", "orders.jsonl"]


def test_a_query_runs_again_when_one_of_its_files_changes(shop: Shop) -> None:
    survey(shop)
    shop.load("survey_response", SURVEY)
    assert shop.load("survey_response", SURVEY).unchanged == 3
    shop.write("orders.jsonl", '{"order_id": "1", "customer": "c9"}\n')
    assert shop.load("survey_response", SURVEY).rows == 1


def test_a_query_that_does_not_fit(shop: Shop) -> None:
    survey(shop)
    (problem,) = shop.load("survey_response", {**SURVEY, "sql": "SELECT scor FROM reviews"}).failures
    assert problem.startswith("the sql of survey_response does not fit reviews-1.csv, reviews-2.csv, orders.jsonl: ")
    assert "scor" in problem
    (problem,) = shop.load(
        "survey_response", {**SURVEY, "sql": "SELECT review_id AS response_id FROM reviews"}
    ).failures
    assert 'has no column "kind"' in problem
    (problem,) = shop.load("survey_response", {**SURVEY, "paths": {**SURVEY["paths"], "none": "no-*.csv"}}).failures
    assert problem.startswith("no file matches no-*.csv")


def test_a_file_that_somebody_is_writing_waits(shop: Shop) -> None:
    shop.write("done.csv", LEADS + "a,2024-01-31,web\n")
    path = shop.base / "leads.csv"
    writer = subprocess.Popen(
        [sys.executable, "-c", "import sys; f = open(sys.argv[1], 'w'); f.write(sys.argv[2]); f.flush(); print(flush=True); input()", path, LEADS + "b,2024-01-31,web\n"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert writer.stdout is not None
    writer.stdout.readline()
    try:
        report = shop.load(path="*.csv")
        assert report.deferred == ["leads.csv is still being written; it will be loaded by the next pass"]
        assert (report.failures, report.rows) == ([], 1)
    finally:
        writer.communicate(b"\n")
    assert shop.load(path="*.csv").rows == 1


def test_a_file_that_somebody_only_reads_does_not_wait(shop: Shop) -> None:
    path = shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    with path.open():
        assert shop.load(path="leads.csv").rows == 1


@pytest.mark.parametrize(
    ("name", "content", "when_old"),
    [
        ("a.csv", LEADS + "a,2024-01-31,web\nb,2024-", "1 rows, 1 quarantined"),
        ("a.csv", LEADS + 'a,2024-01-31,"we', "0 rows, 1 quarantined"),
        ("a.csv", LEADS + 'a,2024-01-31,"line\n', "0 rows, 1 quarantined"),
        ("a.csv", LEADS + 'a,2024-01-31,"line\nb"\nb,20', "1 rows, 1 quarantined"),
        ("a.csv", "", "problem"),
        ("a.jsonl", '{"lead_id": "a", "created_at": "2024-01-31"}\n{"lead_', "1 rows, 1 quarantined"),
        ("a.jsonl", "", "0 rows, 0 quarantined"),
        ("a.json", '[{"lead_id": "a", "created_at": "2024-01-31"}, {', "problem"),
        ("a.csv.gz", gzip.compress(LEADS.encode() * 10, mtime=0)[:-9], "problem"),
        ("a.parquet", b"PAR1\x15\x04", "problem"),
        ("a.xlsx", b"PK\x03\x04\x14\x00", "problem"),
    ],
)
def test_a_file_that_ends_too_early_waits_while_it_is_fresh(
    shop: Shop, aged: Aged, name: str, content: str | bytes, when_old: str
) -> None:
    path = shop.write(name, content)
    aged(path, timedelta(minutes=9))
    fresh = shop.load(path=name)
    assert (len(fresh.deferred), fresh.failures, fresh.new_loads) == (1, [], [])
    aged(path, timedelta(minutes=11))
    old = shop.load(path=name)
    assert old.deferred == []
    outcome = "problem" if old.failures else f"{old.rows} rows, {old.quarantined} quarantined"
    assert outcome == when_old


def test_a_fresh_file_that_is_whole_does_not_wait(shop: Shop, aged: Aged) -> None:
    for content in (LEADS + "a,2024-01-31,web", LEADS + "a,2024-01-31,web\nb,too few\n", LEADS + "a,?,web\n"):
        path = shop.write("leads.csv", content)
        aged(path, timedelta(seconds=1))
        report = shop.load(path="leads.csv")
        assert (report.deferred, len(report.new_loads)) == ([], 1)


def test_leftovers_of_the_dead_are_removed_and_those_of_the_living_kept(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    with shop.store.working_folder() as mine:
        incoming = mine.parent
        host = mine.name.split("-")[1]
        dead = subprocess.run(
            [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
        )
        names = {
            "dead": f"load-{host}-{int(dead.stdout)}-{'0' * 16}",
            "elsewhere": f"load-otherhost-{int(dead.stdout)}-{'0' * 16}",
            "elsewhere long ago": f"load-otherhost-1-{'1' * 16}",
            "foreign": "something-else",
        }
        for name in names.values():
            (incoming / name / "0").mkdir(parents=True)
            (incoming / name / "0" / "rows.parquet").write_bytes(b"half")
        os.utime(incoming / names["elsewhere long ago"], (1, 1))
        assert shop.load(path="leads.csv").rows == 1
        left = {path.name for path in incoming.iterdir()}
    assert left == {mine.name, names["elsewhere"], names["foreign"]}


def test_nothing_half_made_is_left_behind(shop: Shop) -> None:
    shop.write("good.csv", LEADS + "a,2024-01-31,web\nb,?,web\n")
    shop.write("bad.csv", "x\n")
    shop.load(path="*.csv")
    assert list((shop.home / ".incoming").iterdir()) == []
    (load,) = shop.loads()
    folder = shop.home / "raw" / "shop" / "lead"
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) == [load.load_id]
    assert sorted(path.name for path in (folder / load.load_id).iterdir()) == ["load.json", "rows.parquet"]


def test_a_pass_that_died_before_the_last_step_is_made_good(shop: Shop) -> None:
    """The quarantine goes first: without the load it counts for nothing, and the next pass writes it again."""
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\nb,?,web\n")
    (load,) = shop.load(path="leads.csv").new_loads
    folder = shop.store.stream_folder("shop", load.stream) / load.load_id
    folder.rename(shop.home / ".incoming" / "died")
    assert shop.loads() == []
    assert shop.load(path="leads.csv").new_loads == [load]
    assert len(shop.quarantine()) == 1


def test_the_log_entry_tells_everything(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n,,\nb,?,web\n")
    (load,) = shop.load(path="leads.csv").new_loads
    entry = json.loads((shop.store.stream_folder("shop", "lead") / load.load_id / "load.json").read_text())
    assert {key: entry[key] for key in ("source", "stream", "mode", "sequence", "rows", "quarantined", "blank", "columns")} == {
        "source": "shop", "stream": "lead", "mode": "append", "sequence": 1, "rows": 1, "quarantined": 1, "blank": 1,
        "columns": ["lead_id", "created_at", "channel"],
    }  # fmt: skip
    assert entry["loaded_at"] == entry["loaded_until"] == NOW.isoformat()
    assert [file["path"] for file in entry["files"]] == ["leads.csv"]
    assert shop.loads() == [load]


def test_rows_have_the_declared_types(shop: Shop) -> None:
    shop.write("orders.csv", "order_id,customer_id,ordered_at,amount\n1,2,2024-01-31,3\n")
    (load,) = shop.load("order", path="orders.csv").new_loads
    described = duckdb.sql(
        f"DESCRIBE FROM '{shop.store.stream_folder('shop', 'order') / load.load_id / 'rows.parquet'}'"
    ).fetchall()
    canonical = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
    assert [(row[0], row[1]) for row in described] == [
        (name, canonical.get(kind, kind))
        for name, kind in (*((each.name, each.duckdb_type) for each in ENTITIES["order"].columns), *ORIGIN_COLUMNS)
    ]


def test_coverage_grows_with_loads_and_with_looks(shop: Shop) -> None:
    def coverage(*, by_check: bool) -> object:
        return shop.store.loaded_until("shop", "lead", accepts_checks=by_check)

    assert coverage(by_check=True) is None
    shop.write("leads.csv", LEADS + "a,2030-05-31,web\n")
    shop.load(path="leads.csv")
    later = NOW + timedelta(days=1)
    shop.load(path="leads.csv", now=later)
    assert (coverage(by_check=False), coverage(by_check=True)) == (NOW, later)
    shop.write("broken.csv", "x\n")
    shop.load(path="*.csv", now=later + timedelta(days=1))
    assert coverage(by_check=True) == later


def test_an_archive_is_covered_by_looking_at_it(shop: Shop) -> None:
    """In June 2030: what ends in 2024 is an archive, what ends in May is a source that has fallen silent."""
    later = NOW + timedelta(days=60)
    for name, day, covered in (("archive", "2024-01-31", later), ("silent", "2030-05-20", NOW)):
        shop.write(f"{name}/leads.csv", LEADS + f"a,2023-01-31,web\nb,{day},web\nc,2031-01-01,web\n")
        source = FilesSource.model_validate(
            {"name": name, "type": "files", "tables": [{"entity": "lead", "path": f"{name}/leads.csv"}]}
        )
        for now in (NOW, later):
            context = ExtractContext(shop.store, shop.base, "UTC", now, now)
            [report] = open_source(source).extract(["lead"], context)
            assert report.failures == []
        [load] = shop.store.loads(name, "lead")
        assert load.newest_at == datetime.fromisoformat(f"{day}T00:00+00:00")
        assert shop.store.loaded_until(name, "lead", accepts_checks=False) == covered


def test_a_file_that_may_not_be_read(shop: Shop) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    shop.write("1.csv", LEADS).chmod(0)
    shop.write("2.csv", LEADS + "a,2024-01-31,web\n")
    report = shop.load(path="*.csv")
    assert report.failures == ["1.csv cannot be read: Permission denied"]
    assert report.rows == 1


def test_a_home_that_cannot_be_written(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    shop.home.write_text("a file in the place of the folder")
    (problem,) = shop.load(path="leads.csv").failures
    assert problem.startswith(f"{shop.home}")
    assert "cannot be created (Not a directory)" in problem


FULL_DISK = """
import json, resource, sys
from datetime import datetime, UTC
from pathlib import Path
from pipelines.raw import RawStore
from pipelines.sources import ExtractContext, open_source
from pipelines.sources.files.settings import FilesSource

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
source = FilesSource(name="shop", type="files", tables=[{"entity": "lead", "path": "*.csv"}])
now = datetime(2030, 1, 1, tzinfo=UTC)
context = ExtractContext(RawStore(Path(sys.argv[1])), Path(sys.argv[2]), "UTC", now, now)
[report] = open_source(source).extract(["lead"], context)
print(json.dumps([report.failures, report.rows]))
"""


def test_a_disk_that_fills_up_leaves_nothing_half_committed(shop: Shop) -> None:
    """A limit on the size of files stands for the full disk."""
    body = "".join(f"{number},2024-01-31,{number * 7919}\n" for number in range(200_000))
    shop.write("leads.csv", LEADS + body)
    arguments = [sys.executable, "-c", FULL_DISK, str(shop.home), str(shop.base), "100000"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    problems, rows = json.loads(done.stdout)
    assert (len(problems), rows) == (1, 0)
    assert str(shop.home) in problems[0]
    assert shop.loads() == []
    assert shop.load(path="leads.csv").rows == 200_000


def test_two_passes_at_once_load_once(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "".join(f"{number},2024-01-31,web\n" for number in range(50_000)))
    arguments = [sys.executable, "-c", FULL_DISK, str(shop.home), str(shop.base), "100000000"]
    both = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outcomes = sorted(json.loads(process.communicate()[0]) for process in both)
    assert outcomes == [[[], 0], [[], 50_000]]
    assert len(shop.loads()) == 1


def test_tables_of_one_entity_are_loaded_one_after_the_other(shop: Shop) -> None:
    shop.write("web.csv", LEADS + "a,2024-01-31,web\n")
    shop.write("fair.csv", "Number;Day\nb;31.01.2024\n")
    fair = {"path": "fair.csv", "columns": {"lead_id": "Number", "created_at": "Day"}, "datetime_format": "%d.%m.%Y"}
    report = shop.load("lead", {"path": "web.csv"}, fair)
    assert [load.sequence for load in report.new_loads] == [1, 2]
    assert active(shop, {"path": "web.csv"}, fair) == ["a", "b"]


def test_probing_finds_what_a_pass_would(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    shop.write("empty.csv", "")
    good = {"entity": "lead", "path": "leads.csv"}
    assert shop.probe(good) == []
    expected = [
        f"lead: no file matches nothing-*.csv (looked in {shop.base})",
        'lead: leads.csv has no column "lead_idd"; nearest: "lead_id"',
        'lead: leads.csv: the expression in columns.lead_id does not fit: Referenced column "lead_idd" not found',
        "lead: empty.csv is empty: it has not even a header",
        'lead: leads.csv has no column "created_at"; it has "lead_id"',
    ]
    problems = shop.probe(
        good,
        {"entity": "lead", "path": "nothing-*.csv"},
        {"entity": "lead", "path": "leads.csv", "columns": {"lead_id": "lead_idd", "created_at": "created_at"}},
        {
            "entity": "lead",
            "path": "leads.csv",
            "columns": {"lead_id": "expr: lead_idd + 1", "created_at": "created_at"},
        },
        {"entity": "lead", "path": "empty.csv"},
        {"entity": "lead", "paths": {"leads": "leads.csv"}, "sql": "SELECT lead_id FROM leads"},
    )
    assert [problem[: len(start)] for problem, start in zip(problems, expected, strict=True)] == expected
    assert not shop.home.exists()


def test_the_listing_changes_with_the_files(shop: Shop, aged: Aged) -> None:
    source = open_source(shop.source({"entity": "lead", "path": "*.csv"}))
    assert list(source.list_changes(shop.base, datetime.now(UTC))) == [f"no file matches *.csv (looked in {shop.base})"]
    path = shop.write("leads.csv", LEADS)
    first = list(source.list_changes(shop.base, datetime.now(UTC)))
    assert list(source.list_changes(shop.base, datetime.now(UTC))) == first
    aged(path, timedelta(minutes=1))
    assert list(source.list_changes(shop.base, datetime.now(UTC))) != first
