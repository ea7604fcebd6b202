"""JSON, Parquet and Excel files."""

import datetime as dt
import gzip
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
import xlsxwriter
from conftest import Shop, utc


def lines(*records: object) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


LEADS = [
    {"lead_id": "a", "created_at": "2024-01-31T10:00:00Z", "channel": "wéb"},
    {"lead_id": 7, "created_at": "2024-01-31", "channel": None},
]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("leads.jsonl", lines(*LEADS).encode()),
        ("leads.ndjson", b"\n" + lines(*LEADS).encode() + b"\n\n"),
        ("leads.jsonl.gz", gzip.compress(lines(*LEADS).encode(), mtime=0)),
        ("leads.json", json.dumps(LEADS).encode()),
        ("leads.json", json.dumps(LEADS, indent=2).encode()),
        ("leads.json", ("\ufeff" + json.dumps(LEADS, indent=2)).encode()),
        ("leads.json", lines(*LEADS).encode()),
        ("leads.json", json.dumps(LEADS).encode("utf-16")),
        ("leads.json", b"".join(json.dumps(lead, indent=1).encode() for lead in LEADS)),
    ],
)
def test_json_in_its_shapes(shop: Shop, name: str, content: bytes) -> None:
    shop.write(name, content)
    assert shop.load(path=name).failures == []
    assert shop.rows("lead", "lead_id", "created_at", "channel", "_row") == [
        ("a", utc("2024-01-31T10:00"), "wéb", 1),
        ("7", utc("2024-01-30T23:00"), None, 2),
    ]


def test_json_values_keep_their_types(shop: Shop) -> None:
    records = [
        {"id": 1, "won": True, "at": "2024-01-31", "price": 10, "cost": 20, "tags": ["x", "y"], "who": {"name": "Ann"}},
        {"id": 123456789012345678, "won": None, "at": "2024-01-31", "price": 0.5, "cost": 1, "tags": [], "who": {}},
    ]
    shop.write("deals.jsonl", lines(*records))
    columns = {
        "deal_id": "id",
        "created_at": "at",
        "is_won": "won",
        "amount": "expr: price - cost",
        "customer_id": "expr: who.name",
        "campaign_id": "expr: tags[2]",
    }
    assert shop.load("deal", path="deals.jsonl", columns=columns).failures == []
    assert shop.rows("deal", "deal_id", "is_won", "amount", "customer_id", "campaign_id") == [
        ("1", True, Decimal(-10), "Ann", "y"),
        ("123456789012345678", None, Decimal("-0.5"), None, None),
    ]


def test_differences_of_counting_numbers_may_be_negative(shop: Shop) -> None:
    shop.write("deals.jsonl", lines({"id": 18446744073709551615, "price": 1, "cost": 2, "at": "2024-01-31"}))
    columns = {"deal_id": "id", "created_at": "at", "amount": "expr: price - cost"}
    shop.load("deal", path="deals.jsonl", columns=columns)
    assert shop.rows("deal", "deal_id", "amount") == [("18446744073709551615", Decimal(-1))]


def test_one_odd_value_does_not_change_the_others(shop: Shop) -> None:
    records = [
        {"order_id": 1, "customer_id": "c", "ordered_at": "2024-01-31", "amount": amount}
        for amount in (12.5, "n/a", "7", {"x": 1}, 1e999)
    ]
    shop.write("orders.jsonl", lines(*records).replace("Infinity", "1e999"))
    shop.load("order", path="orders.jsonl")
    assert shop.rows("order", "amount") == [Decimal("12.5"), Decimal(7)]
    assert [record["row"] for record in shop.quarantine("order")] == [2, 4, 5]
    assert shop.quarantine("order")[0]["raw"]["amount"] == "n/a"


def test_seconds_since_1970_need_an_expression(shop: Shop) -> None:
    shop.write("calls.json", json.dumps([{"id": 1, "started": 1706659200, "direction": "inbound"}]))
    shop.load("call", path="calls.json", columns={"call_id": "id", "started_at": "started", "direction": "direction"})
    assert (
        "is a number, not a date; if it counts seconds since 1970, write `expr: to_timestamp(…)`"
        in (shop.quarantine("call")[0]["reason"])
    )
    columns = {"call_id": "id", "started_at": "expr: to_timestamp(started)", "direction": "direction"}
    shop.load("call", path="calls.json", columns=columns)
    assert shop.rows("call", "started_at") == [utc("2024-01-31T00:00")]


def test_null_values_in_json_may_be_texts_or_numbers(shop: Shop) -> None:
    shop.write(
        "lines.jsonl",
        lines(
            {"order_id": "?", "line_number": 1}, {"order_id": "a", "line_number": 2, "quantity": -1, "category": "?"}
        ),
    )
    shop.load("order_line", path="lines.jsonl", null_values=["", "?", "-1"])
    assert shop.rows("order_line", "order_id", "quantity", "category") == [("a", None, None)]
    assert shop.quarantine("order_line")[0]["reason"] == "order_id is empty"


def test_lines_that_are_not_json_and_records_that_are_no_objects(shop: Shop) -> None:
    good = json.dumps(LEADS[0])
    shop.write("leads.jsonl", f'{good}\n{{"lead_id": \n\n[1, 2]\n5\nnull\n{good.replace("a", "b", 1)}\n')
    report = shop.load(path="leads.jsonl", columns={"lead_id": "lead_id", "created_at": "created_at"})
    assert shop.rows("lead", "_row") == [1]
    assert report.quarantined == 5
    assert [(record["row"], record["reason"]) for record in shop.quarantine()] == [
        (2, "the record is not JSON"),
        (3, "is not a JSON object: [1, 2]"),
        (4, "is not a JSON object: 5"),
        (5, "is not a JSON object: null"),
        (6, "lead_id is empty"),
    ]
    assert shop.quarantine()[0]["raw"] == {"line": '{"lead_id": '}


def test_records_without_anything(shop: Shop) -> None:
    shop.write("leads.jsonl", lines({"lead_id": "a", "created_at": "2024-01-31"}, {}, {"lead_id": None}))
    assert (shop.load(path="leads.jsonl").new_loads[0].blank, shop.rows("lead", "lead_id")) == (2, ["a"])


@pytest.mark.parametrize(("name", "content"), [("a.json", "[]"), ("a.jsonl", ""), ("a.jsonl", "\n")])
def test_json_without_records(shop: Shop, name: str, content: str) -> None:
    """There is no header to lack a column."""
    shop.write(name, content)
    report = shop.load(path=name)
    assert (report.failures, [load.rows for load in report.new_loads]) == ([], [0])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[{"lead_id": "a"}, {"lead_id"', "is not a whole json file"),
        ('{"a": 1} oops', "cannot be read as json: Malformed JSON"),
        ("<html>", "cannot be read as json: Malformed JSON"),
        ('[{"a": "\ud800"}]'.encode("utf-8", "surrogatepass"), "is not utf-8 in line 1"),
    ],
)
def test_damaged_json(shop: Shop, content: str | bytes, words: str) -> None:
    shop.write("1.json", content)
    shop.write("2.json", json.dumps(LEADS))
    report = shop.load(path="*.json")
    (problem,) = report.failures
    assert problem.startswith("1.json ")
    assert words in problem
    assert report.rows == 2


def test_json_without_a_mapped_column(shop: Shop) -> None:
    shop.write("leads.json", json.dumps([{"leadid": 1, "created_at": "2024-01-31"}]))
    assert shop.load(path="leads.json").failures == ['leads.json has no column "lead_id"; nearest: "leadid"']


def test_hostile_json(shop: Shop) -> None:
    name = '"); DROP TABLE x; --'
    deep: Any = "x"
    for _ in range(50):
        deep = {"k": deep}
    records = [
        {"lead_id": "a", "created_at": "2024-01-31", name: "v", "LEAD_ID": "shadow", "": 1, "deep": deep, "e": {"": 2}},
        {"lead_id": "b", "created_at": "?", name: "w", "m": {f"key{number}": number for number in range(2_000)}},
    ]
    shop.write("leads.jsonl", lines(*records))
    columns = {"lead_id": "lead_id", "created_at": "created_at", "channel": name}
    assert shop.load(path="leads.jsonl", columns=columns).failures == []
    assert shop.rows("lead", "lead_id", "channel") == [("a", "v")]
    assert shop.quarantine()[0]["raw"][name] == "w"


def parquet(shop: Shop, name: str, query: str) -> Path:
    path = shop.base / name
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


def test_parquet_brings_its_own_types(shop: Shop) -> None:
    parquet(
        shop,
        "leads.parquet",
        """SELECT 1::BIGINT AS lead_id, TIMESTAMP '2024-01-31 10:00' AS created_at, TIMESTAMPTZ '2024-01-31 10:00:00+02' AS converted_at,
        DATE '2024-07-31' AS lost_at, 12.0::DOUBLE AS customer_id, 'x'::ENUM('x', 'y') AS channel, true AS owner_id
        UNION ALL SELECT 2, TIMESTAMP_NS '2024-01-31 10:00:00.123456789', NULL, NULL, 12.5, NULL, NULL
        UNION ALL SELECT 3, 'infinity', NULL, NULL, NULL, NULL, NULL
        UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL""",
    )
    report = shop.load(path="leads.parquet")
    assert report.failures == []
    assert shop.rows("lead", "lead_id", "created_at", "converted_at", "lost_at", "customer_id", "channel", "owner_id", "_row") == [
        ("1", utc("2024-01-31T09:00"), utc("2024-01-31T08:00"), utc("2024-07-30T22:00"), "12", "x", "true", 1),
        ("2", utc("2024-01-31T09:00:00.123456"), None, None, "12.5", None, None, 2),
    ]  # fmt: skip
    assert [(record["row"], record["column"]) for record in shop.quarantine()] == [(3, "created_at")]
    assert report.new_loads[0].blank == 1


def test_parquet_numbers(shop: Shop) -> None:
    parquet(
        shop,
        "lines.parquet",
        """SELECT * FROM (VALUES ('a', 1::DOUBLE, 2::INTEGER, 1.5::FLOAT, 10.25::DECIMAL(10, 2)),
        ('b', 1.5, 1, 1, 1), ('c', 2, 1, 'nan', 1), ('d', 3, 1, 1, NULL)) AS t(order_id, line_number, quantity, amount, margin)""",
    )
    shop.load("order_line", path="lines.parquet")
    assert shop.rows("order_line", "order_id", "line_number", "quantity", "amount", "margin") == [
        ("a", 1, 2.0, Decimal("1.5"), Decimal("10.25")),
        ("d", 3, 1.0, Decimal(1), None),
    ]
    assert [(record["column"], record["reason"]) for record in shop.quarantine("order_line")] == [
        ("line_number", '"1.5" is not a whole number'),
        ("amount", '"nan" is not a finite number'),
    ]


def test_nested_parquet_columns_are_reached_by_expressions(shop: Shop) -> None:
    parquet(shop, "leads.parquet", "SELECT {'id': 'a', 'at': '2024-01-31'} AS lead, [1, 2] AS numbers")
    columns = {"lead_id": "expr: lead.id", "created_at": "expr: lead.at"}
    assert shop.load(path="leads.parquet", columns={**columns, "channel": "numbers"}).failures == []
    assert shop.quarantine()[0]["reason"] == "is a nested value; select a part of it with `expr:`"
    shop.load(path="leads.parquet", columns=columns)
    assert shop.rows("lead", "lead_id") == ["a"]


def test_folders_called_like_hive_partitions_add_nothing(shop: Shop) -> None:
    (shop.base / "channel=web").mkdir()
    parquet(shop, "channel=web/leads.parquet", "SELECT 'a' AS lead_id, DATE '2024-01-31' AS created_at")
    shop.load(path="channel=*/leads.parquet")
    assert shop.rows("lead", "channel") == [None]


def test_damaged_parquet(shop: Shop) -> None:
    path = parquet(shop, "1.parquet", "SELECT 'a' AS lead_id, DATE '2024-01-31' AS created_at FROM range(1000)")
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    shop.write("2.parquet", b"PAR1 not really PAR1")
    shop.write("3.parquet", whole)
    report = shop.load(path="*.parquet")
    assert [problem.split(" ")[0] for problem in report.failures] == ["1.parquet", "2.parquet"]
    assert "is not a whole parquet file" in report.failures[0]
    assert all("\n" not in problem and str(shop.base) not in problem for problem in report.failures)
    assert report.rows == 1_000


Rows = list[list[Any]]


def workbook(path: Path, rows: Rows, *, sheet: str = "Sheet1", first_row: int = 1, first_column: int = 1) -> None:
    book = openpyxl.Workbook()
    active = book.active
    assert active is not None
    active.title = sheet
    for row_number, row in enumerate(rows, start=first_row):
        for column_number, value in enumerate(row, start=first_column):
            active.cell(row_number, column_number, value)
    book.save(path)


def test_excel_cells_are_texts_and_its_dates_iso_8601(shop: Shop) -> None:
    rows: Rows = [
        ["Id", "When", "Day", "Won", "Price", "Note"],
        [1, dt.datetime(2024, 3, 31, 12, 30, 15), dt.date(2024, 5, 1), True, 12.5, " x "],
        ["A2", dt.datetime(2024, 1, 31), None, False, 1234567.891, None],
        [3, "31/12/2024 10:00", "2024-01-01", None, 0.1, "line\nbreak"],
        [4, "31/31/2024", None, None, None, None],
    ]
    workbook(shop.base / "deals.xlsx", rows)
    columns = {
        "deal_id": "Id",
        "created_at": "When",
        "closed_at": "Day",
        "is_won": "Won",
        "amount": "Price",
        "owner_id": 'expr: "When"',
    }
    assert shop.load("deal", path="deals.xlsx", columns=columns, datetime_format="%d/%m/%Y %H:%M").failures == []
    assert shop.rows("deal", "deal_id", "created_at", "closed_at", "is_won", "amount", "owner_id", "_row") == [
        ("1", utc("2024-03-31T10:30:15"), utc("2024-04-30T22:00"), True, Decimal("12.5"), "2024-03-31 12:30:15", 2),
        ("A2", utc("2024-01-30T23:00"), None, False, Decimal("1234567.891"), "2024-01-31 00:00:00", 3),
        ("3", utc("2024-12-31T09:00"), utc("2023-12-31T23:00"), None, Decimal("0.1"), "31/12/2024 10:00", 4),
    ]  # fmt: skip
    assert [(record["row"], record["value"]) for record in shop.quarantine("deal")] == [(5, "31/31/2024")]


def test_excel_dates_below_an_empty_first_cell(shop: Shop) -> None:
    """The reader takes a column's type from its first cell; the number of days is understood all the same."""
    rows: Rows = [
        ["lead_id", "created_at", "lost_at"],
        ["a", dt.date(2024, 1, 1), None],
        ["b", dt.date(2024, 1, 1), dt.datetime(2024, 5, 1, 6)],
    ]
    workbook(shop.base / "leads.xlsx", rows)
    shop.load(path="leads.xlsx", timezone="UTC")
    assert shop.rows("lead", "lost_at") == [None, utc("2024-05-01T06:00")]


def test_excel_workbooks_that_count_from_1904(shop: Shop) -> None:
    with xlsxwriter.Workbook(shop.base / "leads.xlsx", {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["lead_id", "created_at"])
        sheet.write(1, 0, "a")
        sheet.write_datetime(1, 1, dt.datetime(2024, 1, 31, 10, 0), book.add_format({"num_format": "dd/mm/yyyy hh:mm"}))
    shop.load(path="leads.xlsx", timezone="UTC")
    assert shop.rows("lead", "created_at") == [utc("2024-01-31T10:00")]


def test_excel_rows_are_numbered_as_the_sheet_shows_them(shop: Shop) -> None:
    rows: Rows = [["lead_id", "created_at"], ["a", "2024-01-31"], [None, None], ["b", "?"], ["c", "2024-01-31"]]
    workbook(shop.base / "leads.xlsx", rows, first_row=3, first_column=2)
    report = shop.load(path="leads.xlsx")
    assert shop.rows("lead", "lead_id", "_row") == [("a", 4), ("c", 7)]
    assert [record["row"] for record in shop.quarantine()] == [6]
    assert report.new_loads[0].blank == 1


def test_excel_below_a_title(shop: Shop) -> None:
    rows: Rows = [
        ["Report"],
        [],
        ["Made", "today", "by", "nobody"],
        ["lead_id", "created_at", "channel"],
        ["a", dt.date(2024, 1, 31), "web"],
        [],
        ["b", "?"],
    ]
    workbook(shop.base / "leads.xlsx", rows)
    assert shop.load(path="leads.xlsx", skip_rows=3).failures == []
    assert shop.rows("lead", "lead_id", "channel", "_row") == [("a", "web", 5)]
    assert [record["row"] for record in shop.quarantine()] == [7]


def test_excel_sheets(shop: Shop) -> None:
    workbook(shop.base / "leads.xlsx", [["lead_id", "created_at"], ["a", "2024-01-31"]], sheet='It\'s "one"')
    assert shop.load(path="leads.xlsx", sheet='It\'s "one"').rows == 1
    (problem,) = shop.load(path="leads.xlsx", sheet="Two").failures
    assert problem.startswith('leads.xlsx cannot be read as xlsx: Sheet "Two" not found')


def test_excel_without_header(shop: Shop) -> None:
    workbook(shop.base / "leads.xlsx", [["a", dt.date(2024, 1, 31)], ["b", dt.date(2024, 2, 1)]])
    columns = {"lead_id": "column1", "created_at": "column2"}
    shop.load(path="leads.xlsx", header=False, columns=columns)
    assert shop.rows("lead", "lead_id", "_row") == [("a", 1), ("b", 2)]


def test_excel_with_a_header_only_and_without_anything(shop: Shop) -> None:
    workbook(shop.base / "1.xlsx", [["lead_id", "created_at"]])
    workbook(shop.base / "2.xlsx", [])
    report = shop.load(path="*.xlsx")
    assert [(load.files[0].path, load.rows) for load in report.new_loads] == [("1.xlsx", 0)]
    assert report.failures == ["2.xlsx is empty: it has not even a header"]


def test_damaged_workbooks(shop: Shop) -> None:
    workbook(shop.base / "9.xlsx", [["lead_id", "created_at"], ["a", "2024-01-31"]])
    whole = (shop.base / "9.xlsx").read_bytes()
    shop.write("1.xlsx", whole[: len(whole) // 2])
    shop.write("2.xlsx", "lead_id,created_at\n")
    shop.write("3.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512)
    with zipfile.ZipFile(shop.base / "4.xlsx", "w") as archive:
        archive.writestr("readme.txt", "no sheets here")
    report = shop.load(path="*.xlsx")
    assert [problem.split(" ", 1)[1] for problem in report.failures][:3] == [
        "is not a whole Excel workbook; copy it again",
        "is not an Excel workbook (.xlsx)",
        "is an old or encrypted Excel workbook; save it as .xlsx without a password",
    ]
    assert report.failures[3].startswith("4.xlsx cannot be read as xlsx")
    assert report.rows == 1


def test_the_format_can_be_told(shop: Shop) -> None:
    shop.write("export.dat", json.dumps(LEADS))
    assert shop.load(path="export.dat", format="json").rows == 2
