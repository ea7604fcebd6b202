"""Incomplete files are deferred to the next pass."""

import gzip
import subprocess
import sys
from datetime import timedelta

import pytest

from tests.sources.shop import LEADS, Aged, Shop


def test_a_file_that_a_process_is_writing_is_deferred(shop: Shop) -> None:
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


def test_a_file_that_a_process_only_reads_is_loaded(shop: Shop) -> None:
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
def test_a_truncated_file_is_deferred_for_ten_minutes(
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


def test_a_complete_file_is_loaded_at_once(shop: Shop, aged: Aged) -> None:
    for content in (LEADS + "a,2024-01-31,web", LEADS + "a,2024-01-31,web\nb,too few\n", LEADS + "a,?,web\n"):
        path = shop.write("leads.csv", content)
        aged(path, timedelta(seconds=1))
        report = shop.load(path="leads.csv")
        assert (report.deferred, len(report.new_loads)) == ([], 1)
