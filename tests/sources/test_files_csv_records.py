"""Records of CSV files: line breaks within quotes, blank lines, broken records and their numbers."""

import json

import pytest

from tests.sources.shop import Shop

LEADS = "lead_id,created_at,channel\n"


def test_line_breaks_within_quotes_do_not_change_row_numbers(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + 'a,2024-01-31,"one\ntwo\n\nfour"\nb,oops,web\nc,2024-01-31,"""q"""\n')
    shop.load(path="leads.csv")
    assert shop.rows("lead", "lead_id", "channel", "_row") == [("a", "one\ntwo\n\nfour", 2), ("c", '"q"', 4)]
    assert [record["row"] for record in shop.quarantine()] == [3]


@pytest.mark.parametrize("size", [3, 4_000])
def test_quoted_text_that_looks_like_rows_stays_text(shop: Shop, size: int) -> None:
    """DuckDB's parallel reader reads such text as rows if the file is large enough to be split."""
    forged = "\n".join(f"forged-{number},2024-01-31,web" for number in range(size))
    records = [
        f'{number},2024-01-31,"{forged}"' if number % 10 == 0 else f"{number},2024-01-31,web" for number in range(1_000)
    ]
    shop.write("leads.csv", LEADS + "\n".join(records) + "\n")
    assert shop.load(path="leads.csv").rows == 1_000
    assert shop.rows("lead", "lead_id") == [str(number) for number in range(1_000)]
    assert shop.rows("lead", "channel")[10] == forged


def test_a_quoted_line_break_after_a_long_plain_beginning_is_found(shop: Shop) -> None:
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


def test_a_misplaced_quote_rejects_its_line_only(shop: Shop) -> None:
    shop.write(
        "leads.csv",
        LEADS + 'a,2024-01-31,"web\nb,2024-01-31,web\nc,2024-01-31,"x, y"\n"d"d,2024-01-31,web\ne,2024-01-31,5" pipe\n',
    )
    shop.load(path="leads.csv")
    assert shop.rows("lead", "lead_id", "_row") == [("b", 3), ("c", 4), ("e", 6)]
    assert [(record["row"], "quote" in record["reason"]) for record in shop.quarantine()] == [(2, True), (5, True)]


def test_a_quote_that_is_never_closed_rejects_its_line_only(shop: Shop) -> None:
    rest = "".join(f"lead-{number},2024-01-31,web\n" for number in range(5_000))
    shop.write("leads.csv", LEADS + 'a,2024-01-31,"web\n' + rest)
    assert shop.load(path="leads.csv").rows == 5_000
    assert [record["row"] for record in shop.quarantine()] == [2]


def test_row_numbers_are_right_after_many_broken_records_of_a_large_file(shop: Shop) -> None:
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


def test_more_broken_records_than_a_query_numbers(shop: Shop) -> None:
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


def test_the_quarantine_has_the_whole_raw_row_and_every_error(shop: Shop) -> None:
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
    assert {key: record[key] for key in ("column", "value", "reason")} | {"file_column": None} == record["errors"][0]


def test_the_quarantine_is_json_whatever_the_row_has(shop: Shop) -> None:
    shop.write("leads.csv", 'a"b\\,created_at,lead_id\n"\\""\u2028\x07",?,1\n')
    shop.load(path="leads.csv")
    (record,) = shop.quarantine()
    assert record["raw"]['a"b\\'] == '\\"\u2028\x07'
    assert json.loads(json.dumps(record)) == record
