"""CSV files as they come: delimiters, encodings, line ends, quotes, broken records and hostile content."""

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW, Shop, utc

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


def test_the_columns_that_settings_name_outweigh_the_number_of_fields(shop: Shop) -> None:
    shop.write("leads.csv", "id;When, or so, or not, or never;c\nx;2024-01-31;web\n")
    shop.load(path="leads.csv", columns={"lead_id": "id", "created_at": "When, or so, or not, or never"})
    assert shop.rows("lead", "lead_id") == ["x"]


def test_excels_hint_names_the_delimiter(shop: Shop) -> None:
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
    assert "set `encoding`" in problem
    assert shop.rows("lead", "lead_id") == ["c"]


def test_a_wrong_encoding_far_into_the_file_is_found(shop: Shop) -> None:
    body = b"".join(b"lead-%d,2024-01-31,web\n" % number for number in range(50_000))
    shop.write("leads.csv", LEADS.encode() + body + b"x,2024-01-31,\xe9\n")
    (problem,) = shop.load(path="leads.csv").failures
    assert "in line 50002 (byte 0xE9" in problem


def test_nul_bytes_are_a_problem(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,we\0b\n")
    (problem,) = shop.load(path="leads.csv").failures
    assert problem.startswith("leads.csv has a NUL byte in line 2")


def test_gzip(shop: Shop) -> None:
    shop.write("leads.csv.gz", gzip.compress((LEADS + 'a,2024-01-31,"x\ny"\n').encode()))
    shop.write("plain.csv.gz", LEADS + "b,2024-01-31,web\n")
    assert shop.load(path="*.gz").failures == []
    assert shop.rows("lead", "lead_id", "channel") == [("a", "x\ny"), ("b", "web")]


def test_damaged_gzip_keeps_nobody_else_out(shop: Shop) -> None:
    whole = gzip.compress("".join([LEADS, *(f"{n},2024-01-31,{n * 7919}\n" for n in range(5_000))]).encode())
    shop.write("1-truncated.csv.gz", whole[:-2_000])
    shop.write("2-damaged.csv.gz", whole[:500] + b"\xff" * 500 + whole[1_000:])
    shop.write("3-good.csv.gz", whole)
    report = shop.load(path="*.gz")
    assert [problem.split(" ")[0] for problem in report.failures] == ["1-truncated.csv.gz", "2-damaged.csv.gz"]
    assert "ends in the middle of its compressed data" in report.failures[0]
    assert "cannot be decompressed" in report.failures[1]
    assert report.rows == 5_000


def test_line_breaks_within_quotes_do_not_move_row_numbers(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + 'a,2024-01-31,"one\ntwo\n\nfour"\nb,oops,web\nc,2024-01-31,"""q"""\n')
    shop.load(path="leads.csv")
    assert shop.rows("lead", "lead_id", "channel", "_row") == [("a", "one\ntwo\n\nfour", 2), ("c", '"q"', 4)]
    assert [record["row"] for record in shop.quarantine()] == [3]


@pytest.mark.parametrize("size", [3, 4_000])
def test_quoted_text_that_looks_like_rows_stays_text(shop: Shop, size: int) -> None:
    """DuckDB's parallel reader takes such text for rows once the file is large enough to be split."""
    forged = "\n".join(f"forged-{number},2024-01-31,web" for number in range(size))
    records = [
        f'{number},2024-01-31,"{forged}"' if number % 10 == 0 else f"{number},2024-01-31,web" for number in range(1_000)
    ]
    shop.write("leads.csv", LEADS + "\n".join(records) + "\n")
    assert shop.load(path="leads.csv").rows == 1_000
    assert shop.rows("lead", "lead_id") == [str(number) for number in range(1_000)]
    assert shop.rows("lead", "channel")[10] == forged


def test_a_quoted_break_after_a_long_plain_beginning_is_noticed(shop: Shop) -> None:
    plain = "".join(f"lead-{number:06},2024-01-31,web\n" for number in range(20_000))
    shop.write("leads.csv", f'{LEADS}{plain}x,2024-01-31,"forged,2024-01-31,web\nforged,2024-01-31,web"\ny,?,web\n')
    shop.load(path="leads.csv")
    assert shop.rows("lead", "lead_id", "_row")[-1] == ("x", 20_002)
    assert [record["row"] for record in shop.quarantine()] == [20_003]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_blank_lines_count_as_rows(shop: Shop, end: str) -> None:
    lines = [
        "",
        "lead_id,created_at,channel",
        "a,2024-01-31,web",
        "",
        ",,",
        "  ",
        "b,?,web",
        "c,2024-01-31,web",
        "",
        "",
    ]
    shop.write("leads.csv", end.join(lines))
    report = shop.load(path="leads.csv")
    assert shop.rows("lead", "lead_id", "_row") == [("a", 3), ("c", 8)]
    assert [record["row"] for record in shop.quarantine()] == [7]
    assert report.new_loads[0].blank >= 3


def test_blank_lines_at_the_end_only(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n\n\n")
    assert (shop.load(path="leads.csv").new_loads[0].blank, shop.rows("lead", "_row")) == (2, [2])


def test_mixed_line_ends(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\r\nb,2024-01-31,web\nc,2024-01-31,web\rd,?,x\n")
    shop.load(path="leads.csv")
    assert shop.rows("lead", "lead_id", "_row") == [("a", 2), ("b", 3), ("c", 4)]
    assert [record["row"] for record in shop.quarantine()] == [5]


def test_one_column(shop: Shop) -> None:
    shop.write("leads.csv", "lead_id\na\n\nb\n")
    columns = {"lead_id": "lead_id", "created_at": "expr: DATE '2024-01-31'"}
    report = shop.load(path="leads.csv", columns=columns)
    assert shop.rows("lead", "lead_id", "_row") == [("a", 2), ("b", 4)]
    assert report.new_loads[0].blank == 1


def test_records_with_too_few_or_too_many_fields(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31\nb,2024-01-31,web\nc,2024-01-31,web,more\nd,2024-01-31,web,\ne,?,x\n")
    report = shop.load(path="leads.csv")
    assert shop.rows("lead", "lead_id", "_row") == [("b", 3), ("d", 5)]
    assert report.quarantined == 3
    assert [(record["row"], record["column"], record["reason"]) for record in shop.quarantine()] == [
        (2, None, "the record has 2 fields where the header has 3"),
        (4, None, "the record has 4 fields where the header has 3"),
        (6, "created_at", '"?" is not an ISO 8601 date; set datetime_format'),
    ]
    assert shop.quarantine()[1]["raw"] == {
        "lead_id": "c",
        "created_at": "2024-01-31",
        "channel": "web",
        "column4": "more",
    }


def test_a_misplaced_quote_costs_its_line_only(shop: Shop) -> None:
    shop.write(
        "leads.csv",
        LEADS + 'a,2024-01-31,"web\nb,2024-01-31,web\nc,2024-01-31,"x, y"\n"d"d,2024-01-31,web\ne,2024-01-31,5" pipe\n',
    )
    shop.load(path="leads.csv")
    assert shop.rows("lead", "lead_id", "_row") == [("b", 3), ("c", 4), ("e", 6)]
    assert [(record["row"], "quote" in record["reason"]) for record in shop.quarantine()] == [(2, True), (5, True)]


def test_a_quote_that_is_never_closed_does_not_swallow_the_rest(shop: Shop) -> None:
    rest = "".join(f"lead-{number},2024-01-31,web\n" for number in range(5_000))
    shop.write("leads.csv", LEADS + 'a,2024-01-31,"web\n' + rest)
    assert shop.load(path="leads.csv").rows == 5_000
    assert [record["row"] for record in shop.quarantine()] == [2]


def test_row_numbers_hold_among_many_broken_records_of_a_large_file(shop: Shop) -> None:
    """Large enough that DuckDB reads it with several threads."""
    records = []
    for number in range(400_000):
        if number % 50_000 == 7:
            records.append("too,few")
        elif number % 70_000 == 9:
            records.append(f"{number},not a date,web")
        else:
            records.append(f"{number},2024-01-31,some text to fill the line")
    shop.write("leads.csv", LEADS + "\n".join(records) + "\n")
    shop.load(path="leads.csv")
    rows = shop.rows("lead", "lead_id", "_row")
    assert len(rows) == 400_000 - 8 - 6
    assert all(int(lead) + 2 == row for lead, row in rows)
    assert [record["row"] for record in shop.quarantine()] == sorted(
        [number + 2 for number in range(7, 400_000, 50_000)] + [number + 2 for number in range(9, 400_000, 70_000)]
    )


def test_more_broken_records_than_sql_can_number(shop: Shop) -> None:
    records = [f"{number},2024-01-31,web" if number % 2 else "too,few" for number in range(6_000)]
    shop.write("leads.csv", LEADS + "\n".join(records) + "\n")
    assert shop.load(path="leads.csv").quarantined == 3_000
    assert all(int(lead) + 2 == row for lead, row in shop.rows("lead", "lead_id", "_row"))


def test_a_huge_field(shop: Shop) -> None:
    shop.write(
        "leads.csv", LEADS + f"a,2024-01-31,{'x' * 1_500_000}\nb,2024-01-31,{'y' * 5_000_000}\nc,2024-01-31,web\n"
    )
    report = shop.load(path="leads.csv")
    assert report.failures == []
    assert [(lead, len(channel)) for lead, channel in shop.rows("lead", "lead_id", "channel")] == [
        ("a", 1_500_000),
        ("c", 3),
    ]
    (record,) = shop.quarantine()
    assert record["row"] == 3
    assert "longer than 2 million" in record["reason"]


def test_the_quarantine_keeps_the_whole_raw_row_and_every_error(shop: Shop) -> None:
    shop.write("orders.csv", 'order_id,customer_id,ordered_at,amount,note\n1,,31/12/2024,"1,5", é ""x"" \n')
    shop.load("order", path="orders.csv")
    (record,) = shop.quarantine("order")
    assert list(record) == ["source", "entity", "file", "row", "column", "value", "reason", "raw", "errors"]
    assert record["raw"] == {
        "order_id": "1", "customer_id": None, "ordered_at": "31/12/2024", "amount": "1,5", "note": ' é ""x"" ',
    }  # fmt: skip
    assert (record["source"], record["entity"], record["file"], record["row"]) == ("shop", "order", "orders.csv", 2)
    assert [(error["column"], error["value"]) for error in record["errors"]] == [
        ("customer_id", None),
        ("ordered_at", "31/12/2024"),
        ("amount", "1,5"),
    ]
    assert {key: record[key] for key in ("column", "value", "reason")} == record["errors"][0]


def test_a_missing_column_names_the_nearest(shop: Shop) -> None:
    shop.write("1.csv", "Lead ID,Created On,c\na,2024-01-31,x\n")
    shop.write("2.csv", "Lead ID,Created at,c\nb,2024-01-31,x\n")
    report = shop.load(path="*.csv", columns={"lead_id": "Lead ID", "created_at": "Created at"})
    assert report.failures == ['1.csv has no column "Created at"; nearest: "Created On"']
    assert shop.rows("lead", "lead_id") == ["b"]


def test_a_missing_required_column_without_a_mapping(shop: Shop) -> None:
    shop.write("leads.csv", "lead_id,channel\na,web\n")
    assert shop.load(path="leads.csv").failures == ['leads.csv has no column "created_at"; it has "lead_id", "channel"']


def test_names_match_exactly_or_else_without_case_and_blanks(shop: Shop) -> None:
    shop.write("leads.csv", "ID, id2 ,Created At,CHANNEL,channel\na,b,2024-01-31,upper,lower\n")
    columns = {"lead_id": "id", "created_at": "created at", "channel": "channel", "email": "ID2"}
    assert shop.load(path="leads.csv", columns=columns).failures == []
    assert shop.rows("lead", "lead_id", "channel", "email") == [("a", "lower", "b")]


def test_columns_is_the_whole_mapping(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    shop.load(path="leads.csv", columns={"lead_id": "lead_id", "created_at": "created_at"})
    assert shop.rows("lead", "channel") == [None]


def test_doubled_column_names_matter_only_if_they_are_meant(shop: Shop) -> None:
    shop.write("leads.csv", "lead_id,created_at,Note,Note,note_1\na,2024-01-31,one,two,three\n")
    named = {"lead_id": "lead_id", "created_at": "created_at"}
    assert shop.load(path="leads.csv", columns=named).failures == []
    (problem,) = shop.load(path="leads.csv", columns={**named, "channel": "Note"}).failures
    assert problem == 'leads.csv has 2 columns called "Note"; write "Note_2" or "Note_3", from the left'
    assert shop.load(path="leads.csv", columns={**named, "channel": "Note_3"}).failures == []
    assert shop.rows("lead", "channel")[-1] == "two"


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


def test_a_wrong_delimiter_is_told(shop: Shop) -> None:
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
def test_names_of_files_are_names(shop: Shop, name: str) -> None:
    shop.write(name, LEADS + "a,2024-01-31,web\n")
    report = shop.load(path=name)
    assert report.failures == []
    assert shop.rows("lead", "_file") == [name]
    shop.write(name, LEADS + "a,?,web\n")
    shop.load(path=name)
    assert shop.quarantine()[0]["file"] == name


HOSTILE = [
    "'; DROP TABLE _staged; --",
    '"); COPY (SELECT 1) TO \'/tmp/x\'; --',
    "../../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "${HOME}",
    "{{ 7*7 }}",
    "\\",
    "\\'",
    "NULL",
    "{'a': 1}",
    "\u202e\u0000".replace("\0", ""),
    "x" * 10_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_cells_and_headers_are_data(shop: Shop, text: str) -> None:
    quoted = '"' + text.replace('"', '""') + '"'
    shop.write(
        "leads.csv", f"lead_id,created_at,channel,{quoted}\n{quoted},2024-01-31,{quoted},{quoted}\nb,{quoted},x,y\n"
    )
    columns = {"lead_id": "lead_id", "created_at": "created_at", "channel": "channel", "email": text}
    report = shop.load(path="leads.csv", columns=columns)
    assert report.failures == []
    assert shop.rows("lead", "lead_id", "channel", "email") == [(text, text, text)]
    (record,) = shop.quarantine()
    assert record["raw"][text] == "y"
    assert record["errors"][0]["value"] == text


def test_expressions_see_the_columns_after_null_values(shop: Shop) -> None:
    shop.write("leads.csv", "id,when,First Name,price\n1,2024-01-31,Ann,10\n2,2024-01-31,?,20\n3,2024-01-31,Bob,x\n")
    columns = {
        "lead_id": "expr: 'L' || id",
        "created_at": "when",
        "channel": "expr: coalesce(\"First Name\", 'nobody') -- a comment",
        "owner_id": "expr: price::INTEGER + 1",
    }
    report = shop.load(path="leads.csv", columns=columns, null_values=["", "?"])
    assert report.failures == []
    assert shop.rows("lead", "lead_id", "channel", "owner_id") == [("L1", "Ann", "11"), ("L2", "nobody", "21")]
    (record,) = shop.quarantine()
    assert (record["row"], record["column"]) == (4, "owner_id")
    assert record["reason"] == "the expression for owner_id cannot be evaluated for this row"


def test_texts_are_numbers_where_an_expression_needs_numbers(shop: Shop) -> None:
    header = "id;client;when;price;Freight cost\n"
    body = "1;c;2024-01-31;1.234,50;0,5\n2;c;2024-01-31;abc;1\n3;c;2024-01-31;12.34,5;1\n4;c;2024-01-31; ;1\n"
    shop.write("orders.csv", header + body)
    columns = {
        "order_id": "id",
        "customer_id": "client",
        "ordered_at": "when",
        "amount": 'expr: price + "Freight cost" * 2',
        "margin": "expr: -price",
        "status": "expr: 'price ' || id",
    }
    report = shop.load("order", path="orders.csv", columns=columns, decimal=",", thousands=".")
    assert report.failures == []
    assert shop.rows("order", "amount", "margin", "status") == [(Decimal("1235.5"), Decimal("-1234.5"), "price 1")]
    assert [(record["row"], record["column"], len(record["errors"])) for record in shop.quarantine("order")] == [
        (3, "amount", 2),
        (4, "amount", 2),
        (5, "amount", 1),
    ]


def test_an_expression_may_be_null_without_being_wrong(shop: Shop) -> None:
    shop.write("leads.csv", "id,when\n1,2024-01-31\n")
    columns = {"lead_id": "id", "created_at": "when", "channel": "expr: nullif(id, '1')"}
    assert shop.load(path="leads.csv", columns=columns).quarantined == 0


def test_an_expression_that_does_not_fit_names_its_key(shop: Shop) -> None:
    shop.write("leads.csv", "id,when\n1,2024-01-31\n")
    for expression in ("prise + 1", "nosuch(id)"):
        columns = {"lead_id": "id", "created_at": "when", "channel": f"expr: {expression}"}
        (problem,) = shop.load(path="leads.csv", columns=columns).failures
        assert problem.startswith("leads.csv: the expression in columns.channel does not fit: ")
        assert "\n" not in problem


def test_subqueries_in_expressions_keep_rows_in_order(shop: Shop) -> None:
    body = "".join(f"{number},2024-01-31,{number % 3}\n" for number in range(300_000))
    shop.write("leads.csv", "id,when,kind\n" + body)
    words = "(SELECT word FROM (VALUES ('0', 'web'), ('1', 'mail')) AS words(key, word) WHERE key = kind)"
    shop.load(path="leads.csv", columns={"lead_id": "id", "created_at": "when", "channel": f"expr: {words}"})
    rows = shop.rows("lead", "lead_id", "channel", "_row")
    assert all(int(lead) + 2 == row for lead, _, row in rows)
    assert [channel for _, channel, _ in rows[:3]] == ["web", "mail", None]


def test_a_column_that_is_called_like_a_layer_is_no_hindrance(shop: Shop) -> None:
    shop.write("leads.csv", "_vtext0,_vgiven1,_bad,0,row,_number\na,2024-01-31,b,zero,r,n\n")
    columns = {"lead_id": "_vtext0", "created_at": "_vgiven1", "channel": 'expr: "0" || _bad || row || _number'}
    assert shop.load(path="leads.csv", columns=columns).failures == []
    assert shop.rows("lead", "lead_id", "channel") == [("a", "zerobrn")]


def test_a_half_written_header_waits(shop: Shop, aged: Callable[[Path, timedelta], None]) -> None:
    path = shop.write("leads.csv", "lead_id,crea")
    aged(path, timedelta(minutes=1))
    report = shop.load(path="leads.csv")
    assert (report.failures, report.deferred) == (
        [],
        ["leads.csv is still being written; it will be loaded by the next pass"],
    )
    (problem,) = shop.load(path="leads.csv", now=NOW + timedelta(hours=1)).failures
    assert problem.startswith('leads.csv has no column "created_at"; it has "lead_id", "crea"')


def test_the_quarantine_is_json_whatever_it_holds(shop: Shop) -> None:
    shop.write("leads.csv", 'a"b\\,created_at,lead_id\n"\\""\u2028\x07",?,1\n')
    shop.load(path="leads.csv")
    (record,) = shop.quarantine()
    assert record["raw"]['a"b\\'] == '\\"\u2028\x07'
    assert json.loads(json.dumps(record)) == record
