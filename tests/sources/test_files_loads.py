"""What is loaded, in which order, and what is not loaded again."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from pipelines.entities import ENTITIES
from pipelines.raw import ORIGIN_COLUMNS
from pipelines.sources import Rejection, open_source
from tests.sources.shop import LEADS, NOW, Aged, Shop, utc


def test_a_file_is_loaded_once_and_a_changed_one_again(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    assert [load.sequence for load in shop.load(path="leads.csv").new_loads] == [1]
    again = shop.load(path="leads.csv")
    assert (again.new_loads, again.unchanged) == ([], 1)
    shop.write("leads.csv", LEADS + "b,2024-01-31,web\n")
    assert [load.sequence for load in shop.load(path="leads.csv").new_loads] == [2]
    assert shop.rows("lead", "lead_id", "_load_sequence") == [("a", 1), ("b", 2)]


def test_a_copy_or_a_new_time_is_no_change(shop: Shop) -> None:
    path = shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    shop.load(path="*.csv")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    shop.write("copy.csv", path.read_bytes())
    report = shop.load(path="*.csv")
    assert (report.new_loads, report.unchanged) == ([], 2)


def test_a_change_that_keeps_size_and_time_is_detected(shop: Shop) -> None:
    path = shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    before = path.stat()
    shop.load(path="leads.csv")
    path.write_text(LEADS + "b,2024-01-31,web\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert shop.load(path="leads.csv").rows == 1


def test_a_file_that_returns_to_an_earlier_content_is_loaded_again(shop: Shop) -> None:
    """Otherwise the rows of the content in between would count as the latest."""
    for channel in ("web", "mail", "web"):
        shop.write("leads.csv", LEADS + f"a,2024-01-31,{channel}\n")
        assert len(shop.load(path="leads.csv").new_loads) == 1
    assert shop.load(path="leads.csv").unchanged == 1
    assert [load.sequence for load in shop.loads()] == [1, 2, 3]
    assert shop.active_ids({"path": "leads.csv"}) == ["a", "a"]


def test_files_are_loaded_in_natural_order(shop: Shop) -> None:
    for number in (10, 2, 1):
        shop.write(f"leads-{number}.csv", LEADS + f"{number},2024-01-31,web\n")
    report = shop.load(path="leads-*.csv")
    assert [load.files[0].path for load in report.new_loads] == ["leads-1.csv", "leads-2.csv", "leads-10.csv"]
    assert shop.rows("lead", "lead_id") == ["1", "2", "10"]


def test_many_new_files_are_loaded_in_order_and_equal_content_once(shop: Shop) -> None:
    rows = {
        number: "".join(f"{number}-{row},2024-01-31,web\n" for row in range(3_000 // number)) for number in range(1, 13)
    }
    # The third file is a copy of the first, and the sixth has no header.
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


def test_tables_of_one_entity_are_loaded_one_after_the_other(shop: Shop) -> None:
    shop.write("web.csv", LEADS + "a,2024-01-31,web\n")
    shop.write("fair.csv", "Number;Day\nb;31.01.2024\n")
    fair = {"path": "fair.csv", "columns": {"lead_id": "Number", "created_at": "Day"}, "datetime_format": "%d.%m.%Y"}
    report = shop.load("lead", {"path": "web.csv"}, fair)
    assert [load.sequence for load in report.new_loads] == [1, 2]
    assert shop.active_ids({"path": "web.csv"}, fair) == ["a", "b"]


def test_patterns_match_files_in_folders(shop: Shop) -> None:
    shop.write("2023/q1/leads.csv", LEADS + "a,2023-01-31,web\n")
    shop.write("2024/leads.csv", LEADS + "b,2024-01-31,web\n")
    shop.write("2024/.leads.csv.tmp", "half")
    assert shop.load(path="**/*.csv").rows == 2
    assert shop.load(path=str(shop.base / "2024" / "*.csv")).rows == 0
    assert shop.rows("lead", "_file") == ["2023/q1/leads.csv", "2024/leads.csv"]


def test_a_pattern_without_files_fails_its_table_alone(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    report = shop.load("lead", {"path": "extracts/leads-*.csv"}, {"path": "leads.csv"})
    assert report.failures == [f"no file matches extracts/leads-*.csv (looked in {shop.base / 'extracts'})"]
    assert report.rows == 1


def test_equal_files_have_the_same_load_id_in_every_home(shop: Shop, tmp_path: Path) -> None:
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


def test_changed_settings_load_a_file_again_and_replace_its_old_load(shop: Shop) -> None:
    shop.write("1.csv", LEADS + "a,2024-01-31,web\n")
    shop.write("2.csv", LEADS + "b,2024-01-31,web\n")
    old, new = {"path": "*.csv"}, {"path": "*.csv", "null_values": ["", "web"]}
    shop.load("lead", old)
    (shop.base / "1.csv").unlink()
    assert shop.load("lead", new).rows == 1
    assert len(shop.loads()) == 3
    assert shop.active_ids(new) == ["a", "b"]
    assert shop.active_ids(old) == ["a", "b"]


def test_another_company_time_zone_loads_a_file_again(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    shop.load(path="leads.csv")
    shop.timezone = "America/New_York"
    shop.load(path="leads.csv")
    assert shop.rows("lead", "created_at") == [utc("2024-01-30T23:00"), utc("2024-01-31T05:00")]
    assert shop.active_ids({"path": "leads.csv"}) == ["a"]
    assert shop.load(path="leads.csv").unchanged == 1


def test_rejections_are_counted_by_problem_with_the_first_of_each(shop: Shop) -> None:
    shop.write("leads-1.csv", LEADS + "a,2024-01-31,web\n,2024-01-31,web\nb,soon,web\nc,,web\nd,later,web\n")
    shop.write("leads-2.csv", LEADS + "e,2024-01-31,web,too,many\nf,0012-01-31,web\ng,,web\n")
    found = shop.load(path="leads-*.csv").rejections
    no_date, early = "is not an ISO 8601 date; set datetime_format", "is before the year 1000; if it means nothing"
    counts = {(column, problem.partition(", add")[0]): each.rows for (column, problem), each in found.items()}
    fields = next(problem for column, problem in found if column is None)
    assert counts == {
        ("lead_id", "lead_id is empty"): 1,
        ("created_at", no_date): 2,
        ("created_at", "created_at is empty"): 2,
        ("created_at", early): 1,
        (None, fields): 1,
    }
    empty = "lead_id is empty"
    assert found["lead_id", empty] == Rejection("lead_id", empty, 1, "leads-1.csv", 3, empty)
    assert found["created_at", no_date].reason == f'"soon" {no_date}'
    assert (found["created_at", no_date].row, found[None, fields].file) == (4, "leads-2.csv")
    assert shop.load(path="leads-*.csv").rejections == {}


def test_quarantined_rows_are_those_of_the_last_load_of_each_file(shop: Shop) -> None:
    def quarantined(*tables: dict[str, Any]) -> int:
        shop.load("lead", *tables)
        source = open_source(shop.source(*({"entity": "lead", **table} for table in tables)))
        loads = source.quarantine_in_force("lead", source.active_loads("lead", shop.loads()))
        return sum(load.quarantined for load in loads)

    plain, slashed = {"path": "leads-*.csv"}, {"path": "leads-*.csv", "datetime_format": ["%Y-%m-%d", "%d/%m/%Y"]}
    shop.write("leads-1.csv", LEADS + "a,2024-01-31,web\n,2024-01-31,web\nb,31/01/2024,web\n")
    shop.write("leads-2.csv", LEADS + "c,soon,web\n")
    assert quarantined(plain) == quarantined(plain) == 3
    shop.write("leads-2.csv", LEADS + "c,2024-02-01,web\n")
    assert quarantined(plain) == 2
    # Two tables read the same file.
    assert quarantined(slashed, {"path": "leads-1.csv"}) == 3
    # Settings and file are fixed at once: rows that the older ones rejected no longer count.
    shop.write("leads-1.csv", LEADS + "a,2024-01-31,web\nb,31/01/2024,web\nd,,web\n")
    assert quarantined(slashed) == 1


def test_the_log_entry_describes_the_load(shop: Shop, aged: Aged) -> None:
    aged(shop.write("leads.csv", LEADS + "a,2024-01-31,web\n,,\nb,?,web\n"), timedelta(hours=1))
    (load,) = shop.load(path="leads.csv").new_loads
    entry = json.loads((shop.store.stream_folder("shop", "lead") / load.load_id / "load.json").read_text())
    assert {key: entry[key] for key in ("source", "stream", "mode", "sequence", "rows", "quarantined", "blank", "columns")} == {
        "source": "shop", "stream": "lead", "mode": "append", "sequence": 1, "rows": 1, "quarantined": 1, "blank": 1,
        "columns": ["lead_id", "created_at", "channel"],
    }  # fmt: skip
    assert entry["loaded_at"] == NOW.isoformat()
    assert entry["loaded_until"] == (NOW - timedelta(hours=1)).isoformat()
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
