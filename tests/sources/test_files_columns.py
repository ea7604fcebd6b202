"""Columns: by name, by mapping and by expression, whatever names and cells a file has."""

from decimal import Decimal

import pytest

from tests.sources.shop import Shop

LEADS = "lead_id,created_at,channel\n"


def test_a_missing_column_names_the_nearest(shop: Shop) -> None:
    shop.write("1.csv", "Lead ID,Created On,c\na,2024-01-31,x\n")
    shop.write("2.csv", "Lead ID,Created at,c\nb,2024-01-31,x\n")
    report = shop.load(path="*.csv", columns={"lead_id": "Lead ID", "created_at": "Created at"})
    assert report.failures == [
        '1.csv has no column "Created at"; nearest: "Created On"; it has "Lead ID", "Created On", "c"'
    ]
    assert shop.rows("lead", "lead_id") == ["b"]


def test_a_missing_required_column_without_a_mapping(shop: Shop) -> None:
    shop.write("leads.csv", "lead_id,channel\na,web\n")
    assert shop.load(path="leads.csv").failures == ['leads.csv has no column "created_at"; it has "lead_id", "channel"']


def test_names_match_exactly_or_else_without_case_and_blanks(shop: Shop) -> None:
    shop.write("leads.csv", "ID, id2 ,Created At,CHANNEL,channel\na,b,2024-01-31,upper,lower\n")
    columns = {"lead_id": "id", "created_at": "created at", "channel": "channel", "email": "ID2"}
    assert shop.load(path="leads.csv", columns=columns).failures == []
    assert shop.rows("lead", "lead_id", "channel", "email") == [("a", "lower", "b")]


def test_without_a_mapping_entry_a_column_stays_empty(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    shop.load(path="leads.csv", columns={"lead_id": "lead_id", "created_at": "created_at"})
    assert shop.rows("lead", "channel") == [None]


def test_repeated_column_names_are_refused_only_if_the_settings_use_them(shop: Shop) -> None:
    shop.write("leads.csv", "lead_id,created_at,Note,Note,note_1\na,2024-01-31,one,two,three\n")
    named = {"lead_id": "lead_id", "created_at": "created_at"}
    assert shop.load(path="leads.csv", columns=named).failures == []
    (problem,) = shop.load(path="leads.csv", columns={**named, "channel": "Note"}).failures
    assert problem == 'leads.csv has 2 columns called "Note"; write "Note_2" or "Note_3", from the left'
    assert shop.load(path="leads.csv", columns={**named, "channel": "Note_3"}).failures == []
    assert shop.rows("lead", "channel")[-1] == "two"


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
    assert record["value"] == 'price "x"'
    assert record["reason"] == 'price "x": the expression for owner_id cannot be evaluated'


def test_rows_for_which_an_expression_fails_show_what_it_was_applied_to(shop: Shop) -> None:
    shop.write("leads.csv", 'id,when,Net price,rate\n1,2024-01-31,ten,\n2,2024-01-31,"a ""b""",2\n3,2024-01-31,3,4\n')
    columns = {
        "lead_id": "id",
        "created_at": "when",
        "owner_id": "expr: \"Net price\"::INTEGER + coalesce(rate, '1')::INTEGER + length('id')",
    }
    report = shop.load(path="leads.csv", columns=columns)
    problem = "the expression for owner_id cannot be evaluated"
    assert [record["reason"] for record in shop.quarantine()] == [
        f'Net price "ten", rate empty: {problem}',
        f'Net price "a "b"", rate "2": {problem}',
    ]
    # Both are the same problem.
    assert [(each.problem, each.rows, each.row) for each in report.rejections.values()] == [(problem, 2, 2)]


def test_a_failing_expression_has_the_reason_and_what_to_do_about_a_decimal_comma(shop: Shop) -> None:
    shop.write("leads.csv", 'id,when,Net price\n1,2024-01-31,?\n2,2024-01-31,"12,50"\n3,2024-01-31,"7,00"\n')
    columns = {"lead_id": "id", "created_at": "when", "owner_id": 'expr: cast("Net price" as decimal(18, 2))'}
    report = shop.load(path="leads.csv", columns=columns, null_values=["?"])
    [rejection] = report.rejections.values()
    assert (rejection.rows, rejection.row) == (2, 3)
    assert rejection.reason == (
        'Net price "12,50": the expression for owner_id cannot be evaluated: Could not convert string "12,50" to'
        ' DECIMAL(18,2) when casting from source column Net price; Net price has a decimal comma: set `decimal: ","` and do without the cast, or write'
        " replace(\"Net price\", ',', '.')"
    )


def test_a_failing_condition_has_the_reason(shop: Shop) -> None:
    shop.write("leads.csv", "id,when,price\n1,2024-01-31,ten\n2,2024-01-31,3\n")
    columns = {"lead_id": "id", "created_at": "when"}
    report = shop.load(path="leads.csv", columns=columns, where="cast(price as integer) > 0")
    [rejection] = report.rejections.values()
    assert rejection.reason.startswith(
        "price \"ten\": the condition in `where` cannot be evaluated: Could not convert string 'ten' to INT32"
    )


def test_texts_become_numbers_where_an_expression_needs_numbers(shop: Shop) -> None:
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


def test_an_expression_may_be_null_without_an_error(shop: Shop) -> None:
    shop.write("leads.csv", "id,when\n1,2024-01-31\n")
    columns = {"lead_id": "id", "created_at": "when", "channel": "expr: nullif(id, '1')"}
    assert shop.load(path="leads.csv", columns=columns).quarantined == 0


def test_an_expression_that_does_not_fit_names_its_key(shop: Shop) -> None:
    shop.write("leads.csv", "id,when\n1,2024-01-31\n")
    columns = {"lead_id": "id", "created_at": "when", "channel": "expr: nosuch(id)"}
    (problem,) = shop.load(path="leads.csv", columns=columns).failures
    assert problem.startswith("leads.csv: the expression in columns.channel does not fit: ")
    assert "\n" not in problem


def test_a_column_that_an_expression_names_is_missed_like_any_other(shop: Shop) -> None:
    shop.write("leads.csv", "id,when,price\n1,2024-01-31,2\n")
    columns = {"lead_id": "id", "created_at": "when", "channel": "expr: prise || '1'"}
    assert shop.load(path="leads.csv", columns=columns).failures == [
        'leads.csv has no column "prise"; nearest: "price"; it has "id", "when", "price"; the expression in'
        " columns.channel refers to it"
    ]


def test_subqueries_in_expressions_keep_rows_in_order(shop: Shop) -> None:
    body = "".join(f"{number},2024-01-31,{number % 3}\n" for number in range(300_000))
    shop.write("leads.csv", "id,when,kind\n" + body)
    words = "(SELECT word FROM (VALUES ('0', 'web'), ('1', 'mail')) AS words(key, word) WHERE key = kind)"
    shop.load(path="leads.csv", columns={"lead_id": "id", "created_at": "when", "channel": f"expr: {words}"})
    rows = shop.rows("lead", "lead_id", "channel", "_row")
    assert all(int(lead) + 2 == row for lead, _, row in rows)
    assert [channel for _, channel, _ in rows[:3]] == ["web", "mail", None]


def test_columns_may_have_the_names_of_internal_columns(shop: Shop) -> None:
    shop.write("leads.csv", "_vtext0,_vgiven1,_bad,0,row,_number\na,2024-01-31,b,zero,r,n\n")
    columns = {"lead_id": "_vtext0", "created_at": "_vgiven1", "channel": 'expr: "0" || _bad || row || _number'}
    assert shop.load(path="leads.csv", columns=columns).failures == []
    assert shop.rows("lead", "lead_id", "channel") == [("a", "zerobrn")]
