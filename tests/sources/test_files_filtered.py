"""Rows of a file that are no part of its table: by `where`, by `skip_footer`, and repeated headers."""

import gzip
import io
from collections.abc import Sequence
from typing import Any

import pytest
import xlsxwriter

from pipelines.sources import StreamReport
from tests.sources.shop import LEADS, Shop

COLUMNS = {"lead_id": "ID", "created_at": "Created On", "channel": "Lead Source"}


def counts(report: StreamReport) -> tuple[int, int, int, int]:
    """Returns the numbers of rows that were accepted, filtered, quarantined and blank."""
    assert report.failures == []
    (load,) = report.new_loads
    return load.rows, load.filtered, load.quarantined, load.blank


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return content.getvalue()


# --------------------------------------------------------------------------------------------------------------- where


def test_rows_that_do_not_fulfil_the_condition_are_filtered_whatever_they_hold(shop: Shop) -> None:
    rows = "a,2024-01-31,web\nb,2024-01-31,Test\nc,soon,Test\nd,later,web\n,,\ne,2024-01-31,\n"
    shop.write("leads.csv", "ID,Created On,Lead Source\n" + rows)
    report = shop.load(path="leads.csv", columns=COLUMNS, where="\"Lead Source\" <> 'Test'")
    # An empty cell gives NULL, which does not fulfil it either; an empty row is blank, not filtered.
    assert counts(report) == (1, 3, 1, 1)
    assert shop.rows("lead", "lead_id", "_row") == [("a", 2)]
    assert [(each["row"], each["column"]) for each in shop.quarantine()] == [(5, "created_at")]


def test_texts_become_numbers_in_a_condition_where_it_needs_numbers(shop: Shop) -> None:
    rows = "a;2024-01-31;web;1.234,50\nb;2024-01-31;web;99,5\nc;2024-01-31;web;ten\nd;2024-01-31;web;\n"
    shop.write("leads.csv", "ID;Created On;Lead Source;Net value\n" + rows)
    condition = '"Net value" > 100'
    report = shop.load(path="leads.csv", columns=COLUMNS, where=condition, decimal=",", thousands=".")
    assert counts(report) == (1, 2, 1, 0)
    assert shop.rows("lead", "lead_id") == ["a"]
    (record,) = shop.quarantine()
    assert (record["row"], record["column"]) == (4, None)
    assert record["reason"] == 'Net value "ten": the condition in `where` cannot be evaluated'
    assert [(each.problem, each.rows) for each in report.rejections.values()] == [
        ("the condition in `where` cannot be evaluated", 1)
    ]


def test_a_condition_sees_columns_that_no_column_of_the_entity_uses_after_null_values(shop: Shop) -> None:
    shop.write("leads.jsonl", '{"lead_id": 1, "created_at": "2024-01-31", "age": 3, "kind": "?"}\n'
               '{"lead_id": 2, "created_at": "2024-01-31", "age": 30, "kind": "?"}\nno json\n')  # fmt: skip
    report = shop.load(path="leads.jsonl", where="age > 10 AND kind IS NULL", null_values=["", "?"])
    assert counts(report) == (1, 1, 1, 0)
    assert shop.rows("lead", "lead_id") == ["2"]


def test_a_record_that_is_too_wide_is_filtered_if_its_cells_do_not_fulfil_the_condition(shop: Shop) -> None:
    rows = ",,,12,Grand total\na,2024-01-31,web,1\nb,2024-01-31,web,2,extra\nc,2024-01-31\n"
    shop.write("leads.csv", "ID,Created On,Lead Source,Sessions\n" + rows)
    report = shop.load(path="leads.csv", columns=COLUMNS, where='"ID" is not null')
    # What the condition keeps, and what is too narrow, is damaged.
    assert counts(report) == (1, 1, 2, 0)
    assert [each["row"] for each in shop.quarantine()] == [4, 5]
    assert shop.rows("lead", "lead_id", "_row") == [("a", 3)]


def test_without_a_condition_a_record_that_is_too_wide_is_quarantined(shop: Shop) -> None:
    shop.write("leads.csv", "ID,Created On,Lead Source\n,,,Grand total\na,2024-01-31,web\n")
    assert counts(shop.load(path="leads.csv", columns=COLUMNS)) == (1, 0, 1, 0)


def test_records_that_are_too_wide_are_filtered_in_files_with_any_line_ends(shop: Shop) -> None:
    text = 'ID,Created On,Lead Source\n,,12,Grand total\na,2024-01-31,"we\nb"\r\nb,2024-01-31,web\r'
    shop.write("leads.csv", text)
    assert counts(shop.load(path="leads.csv", columns=COLUMNS, where="ID is not null"))[:3] == (2, 1, 0)


def test_a_condition_with_a_subquery_keeps_rows_in_order(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "".join(f"{number},2024-01-31,{number % 3}\n" for number in range(200_000)))
    report = shop.load(path="leads.csv", where="channel IN (SELECT word FROM (VALUES ('0'), ('1')) AS words(word))")
    assert counts(report) == (133_334, 66_666, 0, 0)
    assert all(int(lead) + 2 == row for lead, row in shop.rows("lead", "lead_id", "_row"))


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("nosuch = 'a'", 'leads.csv has no column "nosuch"; it has "lead_id", "created_at", "channel"; the condition in'
         " `where` refers to it"),
        ("channel", "leads.csv: `where` is neither true nor false but VARCHAR; write a condition"),
        ("nosuch(channel)", "leads.csv: the condition in `where` does not fit: "),
    ],
)  # fmt: skip
def test_a_condition_that_does_not_fit_the_file_is_a_failure(shop: Shop, where: str, words: str) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    (failure,) = shop.load(path="leads.csv", where=where).failures
    assert failure.startswith(words)
    assert shop.probe({"entity": "lead", "path": "leads.csv", "where": where}) == [f"lead: {failure}"]


# -------------------------------------------------------------------------------------------------------- skip_footer


FOOTER = 'Total,,2\n\n# created by CRM, "x\n\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_the_footer_of_a_csv_file_is_read_by_nobody(shop: Shop, encoding: str, ends: str) -> None:
    text = LEADS + 'a,2024-01-31,"é\n2"\nb,2024-01-31,web\n' + FOOTER
    shop.write("leads.csv", text.replace("\n", ends), encoding=encoding)
    report = shop.load(path="leads.csv", skip_footer=2, encoding=encoding)
    assert counts(report) == (2, 0, 0, 0)
    assert shop.rows("lead", "lead_id", "_row") == [("a", 2), ("b", 3)]


def test_the_footer_of_a_compressed_file(shop: Shop) -> None:
    rows = "".join(f"{number},2024-01-31,web\n" for number in range(50_000))
    shop.write("leads.csv.gz", gzip.compress((LEADS + rows + "Total,50000").encode()))
    assert counts(shop.load(path="leads.csv.gz", skip_footer=1)) == (50_000, 0, 0, 0)


@pytest.mark.parametrize("skip_footer", [2, 3, 50])
def test_a_footer_is_never_the_header(shop: Shop, skip_footer: int) -> None:
    shop.write("leads.csv", "Report\n\n" + LEADS + "a,2024-01-31,web\nTotal,,1\n")
    assert counts(shop.load(path="leads.csv", skip_rows=1, skip_footer=skip_footer)) == (0, 0, 0, 0)
    rows: list[list[Any]] = [["Report"], ["lead_id", "created_at"], ["a", "2024-01-31"], ["Total", 1]]
    shop.write("leads.xlsx", workbook(rows))
    assert counts(shop.load(path="leads.xlsx", skip_rows=1, skip_footer=skip_footer)) == (0, 0, 0, 0)


def test_the_footer_of_a_workbook(shop: Shop) -> None:
    rows: list[list[Any]] = [
        ["lead_id", "created_at"],
        ["a", "2024-01-31"],
        ["b", "2024-01-31"],
        [],
        ["Total", 2],
        [],
        ["x"],
    ]
    shop.write("leads.xlsx", workbook(rows))
    assert counts(shop.load(path="leads.xlsx", skip_footer=2))[:3] == (2, 0, 0)
    assert shop.rows("lead", "lead_id", "_row") == [("a", 2), ("b", 3)]


# ---------------------------------------------------------------------------------------------------- repeated headers


TWICE = 'lead_id,created_at,,channel\na,2024-01-31,x,web\n lead_id ,"created_at",,channel\nb,2024-01-31,,web\n'


def test_a_repeated_header_in_a_csv_file_is_filtered(shop: Shop) -> None:
    shop.write("leads.csv", TWICE + "lead_id,created_at,,other\n")
    assert counts(shop.load(path="leads.csv")) == (2, 1, 1, 0)
    assert shop.rows("lead", "lead_id", "_row") == [("a", 2), ("b", 4)]


def test_a_repeated_header_is_filtered_where_records_have_line_breaks(shop: Shop) -> None:
    shop.write("leads.csv", TWICE + 'c,2024-01-31,"a\nb",web\r\n')
    assert counts(shop.load(path="leads.csv")) == (3, 1, 0, 0)


def test_a_repeated_header_in_a_workbook_is_filtered(shop: Shop) -> None:
    rows: list[list[Any]] = [
        ["lead_id", "created_at"],
        ["a", "2024-01-31"],
        ["lead_id", "created_at"],
        ["b", "2024-01-31"],
    ]
    shop.write("leads.xlsx", workbook(rows))
    assert counts(shop.load(path="leads.xlsx")) == (2, 1, 0, 0)
    assert shop.rows("lead", "lead_id", "_row") == [("a", 2), ("b", 4)]


def test_repeated_headers_and_footers_do_not_reach_a_query(shop: Shop) -> None:
    shop.write("leads.csv", TWICE + "Total\n")
    shop.write("more.jsonl", '{"lead_id": "c", "created_at": "2024-01-31"}\n')
    query = "SELECT lead_id, created_at FROM a UNION ALL SELECT lead_id, created_at FROM b"
    table = {"paths": {"a": "leads.csv", "b": "more.jsonl"}, "sql": query, "skip_footer": 1}
    assert counts(shop.load(**table)) == (3, 1, 0, 0)
    assert shop.probe({"entity": "lead", **table}) == []


def test_without_a_header_no_row_repeats_it(shop: Shop) -> None:
    shop.write("leads.csv", "column1,column2\n")
    report = shop.load(path="leads.csv", header=False, columns={"lead_id": "column1", "created_at": "column2"})
    assert counts(report) == (0, 0, 1, 0)
