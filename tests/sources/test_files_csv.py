"""CSV files: delimiters, encodings, compression, headers and quotes."""

import gzip
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sources.shop import NOW, Shop, utc

LEADS = "lead_id,created_at,channel\n"


def test_every_row_has_its_origin(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\nb,2024-07-31T10:00,\n")
    report = shop.load(path="leads.csv")
    (load,) = report.new_loads
    assert (load.rows, load.quarantined, load.blank, load.columns) == (2, 0, 0, ("lead_id", "created_at", "channel"))
    assert shop.rows() == [
        ("a", utc("2024-01-30T23:00"), None, "web", None, None, None, None, None, None,
         "shop", load.load_id, 1, "leads.csv", 2, None, None, None),
        ("b", utc("2024-07-31T08:00"), None, None, None, None, None, None, None, None,
         "shop", load.load_id, 1, "leads.csv", 3, None, None, None),
    ]  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_the_header(shop: Shop, delimiter: str) -> None:
    header = delimiter.join(["lead_id", "created_at", "a,b" if delimiter != "," else "a;b", "channel"])
    shop.write("leads.csv", f"{header}\n{delimiter.join(['x', '2024-01-31', 'n', 'web'])}\n")
    assert shop.load(path="leads.csv").failures == []
    assert shop.rows("lead", "lead_id", "channel") == [("x", "web")]


def test_columns_in_the_settings_decide_the_delimiter_before_the_number_of_fields(shop: Shop) -> None:
    shop.write("leads.csv", "id;When, or so, or not, or never;c\nx;2024-01-31;web\n")
    shop.load(path="leads.csv", columns={"lead_id": "id", "created_at": "When, or so, or not, or never"})
    assert shop.rows("lead", "lead_id") == ["x"]


def test_the_line_sep_of_excel_names_the_delimiter(shop: Shop) -> None:
    shop.write("leads.csv", "sep=|\nlead_id|created_at\nx|2024-01-31\n")
    assert shop.load(path="leads.csv").failures == []
    assert shop.rows("lead", "lead_id", "_row") == [("x", 3)]


@pytest.mark.parametrize(
    ("encoding", "setting"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", None),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("latin-1", "latin-1"),
        ("cp1252", "cp1252"),
        ("utf-8-sig", "latin-1"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_and_byte_order_marks(shop: Shop, encoding: str, setting: str | None, end: str) -> None:
    text = f"Numéro;Créé;Canal{end}été-1;2024-01-31;téléphone{end}"
    shop.write("leads.csv", text, encoding=encoding)
    settings: dict[str, Any] = {} if setting is None else {"encoding": setting}
    columns = {"lead_id": "Numéro", "created_at": "Créé", "channel": "Canal"}
    assert shop.load(path="leads.csv", columns=columns, **settings).failures == []
    assert shop.rows("lead", "lead_id", "channel", "_row") == [("été-1", "téléphone", 2)]


def test_a_long_utf16_file_is_read_whole(shop: Shop) -> None:
    lines = [f"lead-{number};2024-01-31;é{number}" for number in range(60_000)]
    shop.write("leads.csv", "\n".join(["lead_id;created_at;channel", *lines]), encoding="utf-16")
    assert shop.load(path="leads.csv").rows == 60_000
    assert shop.rows("lead", "channel")[59_999] == "é59999"


def test_a_wrong_encoding_names_line_and_byte(shop: Shop) -> None:
    shop.write("bad.csv", LEADS + "a,2024-01-31,web\nb,2024-01-31,t\xe9l\n", encoding="latin-1")
    shop.write("good.csv", LEADS + "c,2024-01-31,web\n")
    report = shop.load(path="*.csv")
    (problem,) = report.failures
    assert problem.startswith("bad.csv is not utf-8 in line 3 (byte 0xE9")
    assert problem.endswith("; set `encoding: cp1252` (Windows; it has the letters of latin-1)")
    assert shop.rows("lead", "lead_id") == ["c"]


def test_a_wrong_encoding_late_in_the_file_is_found(shop: Shop) -> None:
    body = b"".join(b"lead-%d,2024-01-31,web\n" % number for number in range(50_000))
    shop.write("leads.csv", LEADS.encode() + body + b"x,2024-01-31,\xe9\n")
    (problem,) = shop.load(path="leads.csv").failures
    assert "in line 50002 (byte 0xE9" in problem


@pytest.mark.parametrize("name", ["leads.csv", "leads.csv.gz"])
def test_a_nul_byte_rejects_its_record_alone(shop: Shop, name: str) -> None:
    body = LEADS + 'a,2024-01-31,web\nb,2024-01-31,we\0b\nc,2024-01-31,"x\ny"\nd\0,2024-01-31,web\ne,2024-01-31,web\n'
    shop.write(name, gzip.compress(body.encode()) if name.endswith("gz") else body)
    report = shop.load(path=name)
    assert report.failures == []
    assert shop.rows("lead", "lead_id", "_row") == [("a", 2), ("c", 4), ("e", 6)]
    reason = "the record has a NUL byte, which no text has; export the file again"
    assert [(each["row"], each["reason"]) for each in shop.quarantine()] == [(3, reason), (5, reason)]
    assert [each["raw"]["channel"] for each in shop.quarantine()] == ["we\ufffdb", "web"]


def test_a_file_that_a_crash_filled_up_with_nul_bytes_loses_its_end_alone(shop: Shop) -> None:
    body = b"".join(b"lead-%d,2024-01-31,web\n" % number for number in range(50_000))
    shop.write("leads.csv", LEADS.encode() + body + b"lead-x,2024" + b"\0" * 5_000)
    shop.load(path="leads.csv")
    assert len(shop.rows("lead", "lead_id")) == 50_000
    assert len(shop.quarantine()) == 1


def test_a_nul_byte_in_the_header_is_refused(shop: Shop) -> None:
    shop.write("leads.csv", LEADS.replace("channel", "chan\0nel") + "a,2024-01-31,web\n")
    (problem,) = shop.load(path="leads.csv").failures
    assert problem.startswith("leads.csv has a NUL byte in line 1")


def test_gzip(shop: Shop) -> None:
    shop.write("leads.csv.gz", gzip.compress((LEADS + 'a,2024-01-31,"x\ny"\n').encode()))
    shop.write("plain.csv.gz", LEADS + "b,2024-01-31,web\n")
    assert shop.load(path="*.gz").failures == []
    assert shop.rows("lead", "lead_id", "channel") == [("a", "x\ny"), ("b", "web")]


def test_damaged_gzip_files_fail_alone(shop: Shop) -> None:
    whole = gzip.compress("".join([LEADS, *(f"{n},2024-01-31,{n * 7919}\n" for n in range(5_000))]).encode())
    shop.write("1-truncated.csv.gz", whole[:-2_000])
    shop.write("2-damaged.csv.gz", whole[:500] + b"\xff" * 500 + whole[1_000:])
    shop.write("3-good.csv.gz", whole)
    report = shop.load(path="*.gz")
    assert [problem.split(" ")[0] for problem in report.failures] == ["1-truncated.csv.gz", "2-damaged.csv.gz"]
    assert "ends in the middle of its compressed data" in report.failures[0]
    assert "cannot be decompressed" in report.failures[1]
    assert report.rows == 5_000


def test_one_column(shop: Shop) -> None:
    shop.write("leads.csv", "lead_id\na\n\nb\n")
    columns = {"lead_id": "lead_id", "created_at": "expr: DATE '2024-01-31'"}
    report = shop.load(path="leads.csv", columns=columns)
    assert shop.rows("lead", "lead_id", "_row") == [("a", 2), ("b", 4)]
    assert report.new_loads[0].blank == 1


def test_an_empty_file_and_a_file_without_rows(shop: Shop) -> None:
    shop.write("1.csv", "")
    shop.write("2.csv", "\n\n")
    shop.write("3.csv", LEADS)
    shop.write("4.csv", LEADS.rstrip())
    report = shop.load(path="*.csv")
    assert report.failures == [
        "1.csv is empty: it has not even a header",
        "2.csv is empty: it has not even a header",
    ]
    assert [(load.files[0].path, load.rows) for load in report.new_loads] == [("3.csv", 0), ("4.csv", 0)]


def test_a_wrong_delimiter_is_named(shop: Shop) -> None:
    shop.write("leads.csv", "lead_id;created_at;channel\na;2024-01-31;web\n")
    (problem,) = shop.load(path="leads.csv", delimiter=",").failures
    assert problem == (
        'leads.csv has no column "lead_id", only one called "lead_id;created_at;channel";'
        " if that is a whole header, set `delimiter`"
    )


def test_rows_above_the_header(shop: Shop) -> None:
    shop.write("report.csv", 'Campaign Report\n"Title:","Spring, again"\n\nlead_id,created_at\na,2024-01-31\nb,?\n')
    shop.load(path="report.csv", skip_rows=2)
    assert shop.rows("lead", "lead_id", "_row") == [("a", 5)]
    assert [record["row"] for record in shop.quarantine()] == [6]


def test_a_file_without_header(shop: Shop) -> None:
    shop.write("leads.txt", "# by machine\na|20240131\nb|20240230\n")
    columns = {"lead_id": "column1", "created_at": "column2"}
    shop.load(path="leads.txt", header=False, skip_rows=1, delimiter="|", columns=columns, datetime_format="%Y%m%d")
    assert shop.rows("lead", "lead_id", "_row") == [("a", 2)]
    assert [record["row"] for record in shop.quarantine()] == [3]


def test_other_quotes(shop: Shop) -> None:
    shop.write("leads.csv", "lead_id,created_at,channel\na,2024-01-31,'x, ''y'''\nb,2024-01-31,\"\n")
    shop.load(path="leads.csv", quote="'")
    assert shop.rows("lead", "channel") == ["x, 'y'", '"']


@pytest.mark.parametrize(
    "name",
    ["o'brien.csv", 'say "hi".csv', "a[1]*?.csv", "with space; drop table x.csv", "été & co.csv", "$(rm -rf).csv"],
)
def test_file_names_are_never_patterns_or_sql(shop: Shop, name: str) -> None:
    shop.write(name, LEADS + "a,2024-01-31,web\n")
    report = shop.load(path=name)
    assert report.failures == []
    assert shop.rows("lead", "_file") == [name]
    shop.write(name, LEADS + "a,?,web\n")
    shop.load(path=name)
    assert shop.quarantine()[0]["file"] == name


def test_a_file_with_half_a_header_is_deferred(shop: Shop, aged: Callable[[Path, timedelta], None]) -> None:
    path = shop.write("leads.csv", "lead_id,crea")
    aged(path, timedelta(minutes=1))
    report = shop.load(path="leads.csv")
    assert (report.failures, report.deferred) == (
        [],
        ["leads.csv is still being written; it will be loaded by the next pass"],
    )
    (problem,) = shop.load(path="leads.csv", now=NOW + timedelta(hours=1)).failures
    assert problem.startswith('leads.csv has no column "created_at"; it has "lead_id", "crea"')
