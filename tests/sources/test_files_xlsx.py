"""Excel workbooks: texts, numbers, dates and row numbers as the sheet shows them."""

import datetime as dt
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from workbooks import SHEET, leads, with_part

from tests.sources.shop import Shop, utc

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


def test_cells_are_texts_and_its_dates_iso_8601(shop: Shop) -> None:
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


def test_dates_below_an_empty_first_cell(shop: Shop) -> None:
    """The reader finds a column's type from its first cell; the number of days is converted all the same."""
    rows: Rows = [
        ["lead_id", "created_at", "lost_at"],
        ["a", dt.date(2024, 1, 1), None],
        ["b", dt.date(2024, 1, 1), dt.datetime(2024, 5, 1, 6)],
    ]
    workbook(shop.base / "leads.xlsx", rows)
    shop.load(path="leads.xlsx", timezone="UTC")
    assert shop.rows("lead", "lost_at") == [None, utc("2024-05-01T06:00")]


def test_workbooks_that_count_from_1904(shop: Shop) -> None:
    with xlsxwriter.Workbook(shop.base / "leads.xlsx", {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["lead_id", "created_at"])
        sheet.write(1, 0, "a")
        sheet.write_datetime(1, 1, dt.datetime(2024, 1, 31, 10, 0), book.add_format({"num_format": "dd/mm/yyyy hh:mm"}))
    shop.load(path="leads.xlsx", timezone="UTC")
    assert shop.rows("lead", "created_at") == [utc("2024-01-31T10:00")]


def test_rows_are_numbered_as_the_sheet_shows_them(shop: Shop) -> None:
    rows: Rows = [["lead_id", "created_at"], ["a", "2024-01-31"], [None, None], ["b", "?"], ["c", "2024-01-31"]]
    workbook(shop.base / "leads.xlsx", rows, first_row=3, first_column=2)
    report = shop.load(path="leads.xlsx")
    assert shop.rows("lead", "lead_id", "_row") == [("a", 4), ("c", 7)]
    assert [record["row"] for record in shop.quarantine()] == [6]
    assert report.new_loads[0].blank == 1


def test_below_a_title(shop: Shop) -> None:
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


def test_sheets(shop: Shop) -> None:
    workbook(shop.base / "leads.xlsx", [["lead_id", "created_at"], ["a", "2024-01-31"]], sheet='It\'s "one"')
    assert shop.load(path="leads.xlsx", sheet='It\'s "one"').rows == 1
    (problem,) = shop.load(path="leads.xlsx", sheet="Two").failures
    assert problem.startswith('leads.xlsx cannot be read as xlsx: Sheet "Two" not found')


def test_without_header(shop: Shop) -> None:
    workbook(shop.base / "leads.xlsx", [["a", dt.date(2024, 1, 31)], ["b", dt.date(2024, 2, 1)]])
    columns = {"lead_id": "column1", "created_at": "column2"}
    shop.load(path="leads.xlsx", header=False, columns=columns)
    assert shop.rows("lead", "lead_id", "_row") == [("a", 1), ("b", 2)]


def test_with_a_header_only_and_without_anything(shop: Shop) -> None:
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


def test_numbers_keep_every_digit(shop: Shop) -> None:
    """A reader that returns numbers as floats gives 9007199254740992."""
    sheet = (
        b'<row r="2"><c r="A2"><v>9007199254740993</v></c><c r="B2" t="inlineStr"><is><t>2024-01-31</t></is></c></row>'
    )
    book = with_part(leads(1), SHEET, lambda content: re.sub(rb'<row r="2".*?</row>', sheet, content))
    shop.write("leads.xlsx", book)
    shop.load(path="leads.xlsx")
    assert shop.rows("lead", "lead_id") == ["9007199254740993"]


def test_numbers_that_are_stored_as_text_keep_their_zeros(shop: Shop) -> None:
    workbook(shop.base / "leads.xlsx", [["lead_id", "created_at"], ["007", "2024-01-31"], [7, "2024-01-31"]])
    shop.load(path="leads.xlsx")
    assert shop.rows("lead", "lead_id") == ["007", "7"]


@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#VALUE!"])
def test_errors_of_formulas_are_rejected_and_not_empty(shop: Shop, error: str) -> None:
    """A reader that returns errors as empty cells loses an amount unnoticed."""
    rows: Rows = [["deal_id", "created_at", "amount"], ["a", "2024-01-31", error], ["b", "2024-01-31", 1]]
    workbook(shop.base / "deals.xlsx", rows)
    shop.load("deal", path="deals.xlsx")
    assert shop.rows("deal", "deal_id") == ["b"]
    (record,) = shop.quarantine("deal")
    assert (record["column"], record["value"]) == ("amount", error)


def test_texts_of_every_kind(shop: Shop) -> None:
    """Shared and formatted texts, texts within the cell, results of formulas, and blanks."""
    cells = [
        ("shared", b'<c r="C{}" t="s"><v>5</v></c>', "channel 1"),
        ("inline", b'<c r="C{}" t="inlineStr"><is><t>in</t></is></c>', "in"),
        ("formatted", b'<c r="C{}" t="inlineStr"><is><r><t>bo</t></r><r><rPr><b/></rPr><t>ld</t></r></is></c>', "bold"),
        ("formula", b'<c r="C{}" t="str"><f>A1</f><v>010</v></c>', "010"),
        ("blank", b'<c r="C{}" t="inlineStr"><is><t xml:space="preserve">  </t></is></c>', None),
        ("boolean", b'<c r="C{}" t="b"><v>1</v></c>', "1"),
    ]
    text = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>{1}</t></is></c><c r="B{0}" t="inlineStr"><is><t>2024-01-31</t></is></c>{2}</row>'
    sheet = "".join(
        text.format(number, name, cell.decode().format(number)) for number, (name, cell, _) in enumerate(cells, start=2)
    )
    book = with_part(leads(1), SHEET, lambda content: re.sub(rb'<row r="2".*</row>', sheet.encode(), content))
    shop.write("leads.xlsx", book)
    assert shop.load(path="leads.xlsx").failures == []
    assert shop.rows("lead", "lead_id", "channel") == [(name, expected) for name, _, expected in cells]
