"""JSON files: arrays, lines and objects, with their own types."""

import gzip
import json
from decimal import Decimal
from typing import Any

import pytest

from tests.sources.shop import Shop, utc


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
def test_json_arrays_lines_and_objects(shop: Shop, name: str, content: bytes) -> None:
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


def test_an_infinite_number_is_quarantined_as_valid_json(shop: Shop) -> None:
    # Python's reader takes `Infinity` for JSON; others refuse the whole file.
    shop.write("deals.jsonl", '{"id": 1, "price": 1e309, "at": "2024-01-31"}\n{"id": 2, "price": 1.5, "at": "soon"}\n')
    shop.load("deal", path="deals.jsonl", columns={"deal_id": "id", "created_at": "at", "amount": "price"})
    infinite, late = shop.quarantine("deal")
    assert infinite["raw"] == {"id": 1, "price": "inf", "at": "2024-01-31"}
    assert late["raw"] == {"id": 2, "price": 1.5, "at": "soon"}


def test_differences_of_unsigned_numbers_may_be_negative(shop: Shop) -> None:
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


def test_records_without_content_are_blank(shop: Shop) -> None:
    shop.write("leads.jsonl", lines({"lead_id": "a", "created_at": "2024-01-31"}, {}, {"lead_id": None}))
    assert (shop.load(path="leads.jsonl").new_loads[0].blank, shop.rows("lead", "lead_id")) == (2, ["a"])


@pytest.mark.parametrize(("name", "content"), [("a.json", "[]"), ("a.jsonl", ""), ("a.jsonl", "\n")])
def test_json_without_records(shop: Shop, name: str, content: str) -> None:
    """Without a header, no column can be missing."""
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
    assert shop.load(path="leads.json").failures == [
        'leads.json has no column "lead_id"; nearest: "leadid"; it has "leadid", "created_at"'
    ]


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


def test_the_settings_can_name_the_format(shop: Shop) -> None:
    shop.write("export.dat", json.dumps(LEADS))
    assert shop.load(path="export.dat", format="json").rows == 2
