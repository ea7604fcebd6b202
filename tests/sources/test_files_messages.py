"""What the reader says about a file that does not fit its settings: what is wrong, where, and what to set."""

import io
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from rich.console import Console

from pipelines.cli.render.report import Snapshot, report_parts
from pipelines.orchestration.run import PassReport, StepReport
from pipelines.settings import Company, Settings
from pipelines.storage.home import Home
from tests.sources.shop import LEADS, NOW, Shop

COLUMNS = {"lead_id": "Lead ID", "created_at": "Date", "channel": "Session source / medium"}


def failure(shop: Shop, **table: Any) -> str:
    """Returns the failure of a load; a probe must say the same, and both whatever the table."""
    (found,) = shop.load(**table).failures
    assert shop.probe({"entity": "lead", **table}) == [f"lead: {found}"]
    return found


# ----------------------------------------------------------------------------------------------------- missing columns


def test_a_missing_column_lists_the_first_dozen_of_the_file(shop: Shop) -> None:
    names = [f"Field {number}" for number in range(1, 16)]
    shop.write("leads.csv", ",".join([*names, "lead_id"]) + "\n")
    listed = ", ".join(f'"{name}"' for name in names[:12])
    assert failure(shop, path="leads.csv") == f'leads.csv has no column "created_at"; it has {listed} and 4 more'
    columns = {"lead_id": "lead_id", "created_at": "Field_16"}
    problem = failure(shop, path="leads.csv", columns=columns)
    assert problem.startswith('leads.csv has no column "Field_16"; nearest: "Field 1"; it has "Field 1", "Field 2", ')
    assert problem.endswith(" and 4 more")
    problem = failure(shop, path="leads.csv", columns={**columns, "created_at": "Field 1"}, keep_latest_by="upd")
    assert problem == f'leads.csv has no column "upd"; it has {listed} and 4 more'


def test_a_column_missing_in_a_typed_file(shop: Shop) -> None:
    shop.write("leads.jsonl", '{"id": 1, "at": "2024-01-31"}\n')
    columns = {"lead_id": {"from": "Id", "map": {"a": "b"}}, "created_at": {"from": "when"}}
    assert failure(shop, path="leads.jsonl", columns=columns) == 'leads.jsonl has no column "when"; it has "id", "at"'


def test_a_column_that_a_query_misses_lists_those_of_its_tables(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    query = "SELECT lead_idd AS lead_id, created_at FROM leads"
    (problem,) = shop.load(paths={"leads": "leads.csv"}, sql=query).failures
    assert problem == (
        'the sql of lead does not fit leads.csv: it names a column "lead_idd", which no table has; nearest: "lead_id";'
        ' leads has "lead_id", "created_at", "channel"'
    )
    [probed] = shop.probe({"entity": "lead", "paths": {"leads": "leads.csv"}, "sql": query})
    assert probed == f"lead: {problem}"


# ------------------------------------------------------------------------------------------------------- skipped rows


GA4 = "\n".join([
    "# ----------------------------------------", "# Traffic acquisition: Session source / medium", "# Account: O'Neil, x",
    "# 20240101-20240131", "# ----------------------------------------", "",
    "Lead ID,Date,Session source / medium", "1,2024-01-31,google / cpc", "",
])  # fmt: skip


@pytest.mark.parametrize(
    ("text", "skip_rows"),
    [
        (GA4, 6),
        ("Weekly report\n\nLead ID;Date;Session source / medium\n1;2024-01-31;web\n", 2),
        ("\n\n\nTitle\nLead ID\tDate\tSession source / medium\n1\t2024-01-31\tweb\n", 4),
        ('"Two\nlines",x,y\nLead ID,Date,Session source / medium\n1,2024-01-31,web\n', 1),
        ("sep=;\nReport\nLEAD ID ;date;session source / medium\n1;2024-01-31;web\n", 2),
    ],
)
def test_remarks_above_the_header_are_answered_with_the_rows_to_skip(shop: Shop, text: str, skip_rows: int) -> None:
    shop.write("leads.csv", text)
    assert failure(shop, path="leads.csv", columns=COLUMNS) == (
        'leads.csv has no column "Lead ID" in the row that was taken for the header, but in row'
        f" {skip_rows + 1}: set `skip_rows: {skip_rows}`"
    )
    report = shop.load(path="leads.csv", columns=COLUMNS, skip_rows=skip_rows)
    assert (report.failures, report.rows) == ([], 1)


@pytest.mark.parametrize("above", [1, 3, 28])
def test_remarks_above_the_header_of_a_workbook(shop: Shop, above: int) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "Weekly report")
        sheet.write_row(above, 1, list(COLUMNS.values()))
        sheet.write_row(above + 1, 1, ["1", "2024-01-31", "web"])
    shop.write("leads.xlsx", content.getvalue())
    assert failure(shop, path="leads.xlsx", columns=COLUMNS).endswith(f"in row {above + 1}: set `skip_rows: {above}`")
    report = shop.load(path="leads.xlsx", columns=COLUMNS, skip_rows=above)
    assert (report.failures, report.rows) == ([], 1)


def test_too_many_skipped_rows_are_corrected_as_well(shop: Shop) -> None:
    shop.write("leads.csv", GA4)
    assert failure(shop, path="leads.csv", columns=COLUMNS, skip_rows=7).endswith("in row 7: set `skip_rows: 6`")


def test_a_cell_that_is_called_like_a_missing_column_is_no_header(shop: Shop) -> None:
    shop.write("leads.csv", "Lead ID,Date,kind\na,2024-01-31,Session source / medium\n")
    assert "skip_rows" not in failure(shop, path="leads.csv", columns=COLUMNS)


# -------------------------------------------------------------------------------------------------- names with blanks


@pytest.mark.parametrize(
    "expression", ["Net-Price + 1", "Close.Date", "lower(Net-Price)", "coalesce(Close.Date, 'Net-Price')"]
)
def test_a_name_that_needs_double_quotes_is_shown_with_them(shop: Shop, expression: str) -> None:
    shop.write("leads.csv", "lead_id,created_at,Close.Date,Net-Price\na,2024-01-31,2024-01-31,1\n")
    name = "Net-Price" if "Net" in expression.partition("'")[0] else "Close.Date"
    columns = {"lead_id": "lead_id", "created_at": "created_at", "channel": f"expr: {expression}"}
    problem = failure(shop, path="leads.csv", columns=columns)
    assert problem.startswith("leads.csv: the expression in columns.channel does not fit: ")
    assert problem.endswith(f'; write "{name}" in double quotes')
    assert failure(shop, path="leads.csv", where=f"{name} IS NULL").endswith(f'; write "{name}" in double quotes')
    assert shop.load(path="leads.csv", where=f'"{name}" IS NOT NULL').failures == []


# ------------------------------------------------------------------------------------------------------------ encodings


TEXT = "Numéro;Créé le;Canal\n1;2024-01-31;téléphone\n"
FRENCH = {"lead_id": "Numéro", "created_at": "Créé le", "channel": "Canal"}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_recognized(shop: Shop, encoding: str) -> None:
    shop.write("leads.csv", TEXT, encoding=encoding)
    assert failure(shop, path="leads.csv", columns=FRENCH) == (
        f"leads.csv is UTF-16 without a byte order mark, not utf-8; set `encoding: {encoding}`"
    )
    for setting in (encoding, "utf-16"):
        assert shop.load(path="leads.csv", columns=FRENCH, encoding=setting, null_values=["", setting]).failures == []
    assert shop.rows("lead", "lead_id", "channel") == [("1", "téléphone")] * 2


@pytest.mark.parametrize("mark", ["le", "be"])
@pytest.mark.parametrize("setting", ["utf-8", "latin-1", "utf-16"])
def test_utf16_with_a_mark_is_read_whatever_the_settings_say(shop: Shop, mark: str, setting: str) -> None:
    shop.write("leads.csv", "\ufeff" + TEXT, encoding=f"utf-16-{mark}")
    assert shop.load(path="leads.csv", columns=FRENCH, encoding=setting).failures == []
    assert shop.rows("lead", "lead_id", "channel") == [("1", "téléphone")]


@pytest.mark.parametrize("setting", ["cp1252", "latin-1"])
def test_utf8_that_is_read_as_something_else_is_recognized_by_its_header(shop: Shop, setting: str) -> None:
    shop.write("leads.csv", TEXT)
    assert failure(shop, path="leads.csv", columns=FRENCH, encoding=setting) == (
        'leads.csv has no column "Numéro", but "NumÃ©ro": that is UTF-8 read in another encoding; set `encoding: utf-8`'
    )


def test_utf8_that_is_no_cp1252_is_recognized(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,Á\n")
    (problem,) = shop.load(path="leads.csv", encoding="cp1252").failures
    assert problem.startswith("leads.csv is not cp1252 in line ")
    assert problem.endswith("; it is UTF-8: set `encoding: utf-8`")


@pytest.mark.parametrize(("byte", "remedy"), [(b"\xe9", "set `encoding: cp1252` (Windows; it has the letters of latin-1)"),
                                              (b"\x80", "set `encoding: cp1252` (Windows; it has the letters of latin-1)"),
                                              (b"\x81\xe9", "set `encoding: latin-1`, or the one with which it was exported")])  # fmt: skip
def test_a_file_that_is_no_utf8_names_an_encoding_that_fits(shop: Shop, byte: bytes, remedy: str) -> None:
    shop.write("leads.csv", LEADS.encode() + b"a,2024-01-31," + byte + b"\n")
    (problem,) = shop.load(path="leads.csv").failures
    assert problem.startswith("leads.csv is not utf-8 in line 2 (byte 0x")
    assert problem.endswith(f"; {remedy}")
    setting = re.search(r"encoding: ([\w-]+)", problem)
    assert setting is not None
    assert shop.load(path="leads.csv", encoding=setting[1]).rows == 1


def test_one_broken_character_in_utf8_is_not_an_encoding(shop: Shop) -> None:
    shop.write("leads.csv", LEADS.encode() + "a,2024-01-31,é\n".encode() + b"b,2024-01-31,\xe9\n")
    (problem,) = shop.load(path="leads.csv").failures
    assert "in line 3 (byte 0xE9" in problem
    assert problem.endswith("; what is before it is UTF-8: export it again, or fix that character")


# --------------------------------------------------------------------------------------------------------------- quotes


def test_a_quote_that_never_closes_names_the_line_where_it_opens(shop: Shop) -> None:
    rows = 'a,2024-01-31,"two\nlines"\n"b,2024-01-31,web\nc,2024-01-31,web\nd,2024-01-31,"x"y\n'
    shop.write("leads.csv", LEADS + rows)
    report = shop.load(path="leads.csv")
    assert shop.rows("lead", "lead_id") == ["a", "c"]
    advice = "that is misplaced or never closed; write two quotes for each within a field, or set `quote`"
    # Records are counted as rows; the line is the one that an editor shows.
    assert [(each["row"], each["reason"]) for each in shop.quarantine()] == [
        (3, f"the record has a quote in line 4 {advice}"),
        (5, f"the record has a quote in line 6 {advice}"),
    ]
    # They are one problem.
    assert [(each.problem, each.rows) for each in report.rejections.values()] == [
        (f"the record has a quote {advice}", 2)
    ]


def test_a_misplaced_quote_in_a_file_of_plain_lines(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + 'a,2024-01-31,web\n"b"b,2024-01-31,web\nc,2024-01-31,web\n')
    shop.load(path="leads.csv")
    assert [each["reason"].partition(" that")[0] for each in shop.quarantine()] == ["the record has a quote in line 3"]


# --------------------------------------------------------------------------------------------------------- every reason


def test_the_report_has_every_reason_of_a_row_and_the_columns_of_the_file(shop: Shop, tmp_path: Path) -> None:
    shop.write("orders.csv", "Order,Client,When,Price\n1,c,soon,ten\n2,c,later,5\n")
    columns = {"order_id": "Order", "customer_id": "Client", "ordered_at": "When", "amount": "Price"}
    report = shop.load("order", path="orders.csv", columns=columns)
    assert report.quarantined == 2
    assert [(each.column, each.file_column, each.rows, each.reason) for each in report.rejections.values()] == [
        ("amount", "Price", 1, '"ten" is not a number'),
        ("ordered_at", "When", 2, '"soon" is not an ISO 8601 date; set datetime_format'),
    ]
    # What is JSON in the metadata of the run is what the report of a pass shows.
    refusals = [asdict(each) for each in report.rejections.values()]
    step = StepReport(
        "ingest", "r1", True, 1.0, metadata={"raw/shop/order": {"quarantined_rows": 2, "quarantined_because": refusals}}
    )
    parts = report_parts(
        PassReport(NOW, [step]),
        Snapshot([], [], []),
        Settings(company=Company(name="A")),
        {},
        home=Home(tmp_path),
        base=tmp_path,
        width=200,
    )
    console = Console(width=200)
    with console.capture() as capture:
        for part in parts:
            console.print(part, soft_wrap=True)
    for line in (
        '2 of shop order ordered_at (column "When"): "soon" is not an ISO 8601 date; set datetime_format (first in orders.csv, row 2)',
        '1 of shop order amount (column "Price"): "ten" is not a number (orders.csv, row 2)',
    ):
        assert line in capture.get()
    assert [error["file_column"] for error in shop.quarantine("order")[0]["errors"]] == ["When", "Price"]
