import hashlib
import json
from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.entities import ENTITIES
from pipelines.sources.files.settings import ExtractTable, FilesSource

ORDER = {"order_id": "id", "customer_id": "client", "ordered_at": "when", "amount": "price"}


def table(**settings: Any) -> ExtractTable:
    return ExtractTable.model_validate({"entity": "order", "path": "orders.csv", **settings})


def mistakes(**settings: Any) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        table(**settings)
    return [error["msg"] for error in refused.value.errors()]


def context(**settings: Any) -> dict[str, Any]:
    with pytest.raises(ValidationError) as refused:
        table(**settings)
    return refused.value.errors()[0]["ctx"]


def test_the_example_of_the_contract_is_accepted() -> None:
    source = FilesSource.model_validate(
        {
            "name": "shop",
            "type": "files",
            "tables": [
                {
                    "entity": "order",
                    "path": "extracts/orders-*.csv",
                    "columns": {**ORDER, "ordered_at": "Order date", "amount": "expr: price + freight"},
                    "datetime_format": "%d/%m/%Y %H:%M",
                    "timezone": "Europe/Paris",
                    "null_values": ["", "?", "N/A"],
                    "keep_latest_by": "updated_at",
                },
                {
                    "entity": "survey_response",
                    "paths": {"reviews": "extracts/reviews.csv", "orders": "extracts/orders.csv"},
                    "sql": "select review_id as response_id, 'csat' as kind from reviews join orders using (order_id)",
                },
            ],
        }
    )
    assert source.tables[0].datetime_format == ("%d/%m/%Y %H:%M",)
    assert [table.entity for table in source.tables_of("survey_response")] == ["survey_response"]


def test_an_unknown_entity_is_refused_with_the_allowed_ones() -> None:
    assert mistakes(entity="ordr") == ["ordr is not a canonical entity"]
    assert context(entity="ordr") == {"given": "ordr", "allowed": list(ENTITIES)}


def test_an_unknown_column_is_refused_with_the_allowed_ones() -> None:
    wrong = {**ORDER, "custmer_id": "client"}
    assert mistakes(columns=wrong) == ["custmer_id is not a column of order"]
    assert context(columns=wrong)["allowed"] == list(ENTITIES["order"].column_names)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"path": None, "paths": {"a": "a.dat"}, "sql": "from a"}, "set `format`"),
        ({"columns": {"order_id": "id", "ordered_at": "when"}}, "order needs customer_id, amount as well"),
        ({"paths": {"a": "a.csv"}}, "either `path`, or `paths` with `sql`"),
        ({"path": None}, "either `path`, or `paths` with `sql`"),
        ({"path": None, "paths": {"a": "a.csv"}}, "`paths` and `sql` belong together"),
        ({"sql": "select 1"}, "`paths` and `sql` belong together"),
        ({"path": None, "paths": {"a": "a.csv"}, "sql": "from a", "columns": ORDER}, "remove `columns`"),
        ({"path": None, "paths": {"_a": "a.csv"}, "sql": "from a"}, "should match pattern"),
        ({"path": "orders.dat"}, "set `format`"),
        ({"path": "orders"}, "set `format`"),
        ({"timezone": "Europe/Lutetia"}, "Europe/Lutetia is not a time zone"),
        ({"timezone": "../../etc/passwd"}, "is not a time zone"),
        ({"timezone": "localtime"}, "is not a time zone"),
        ({"timezone": "right/Europe/Paris"}, "is not a time zone"),
        ({"datetime_format": "dd/mm/yyyy"}, "has no % codes"),
        ({"datetime_format": ["%Y", "%Q"]}, "'%Q' has codes that strptime does not know"),
        ({"decimal": ",", "thousands": ","}, "are both ','"),
        ({"decimal": "point"}, "Input should be '.' or ','"),
        ({"delimiter": ";;"}, "one character"),
        ({"delimiter": "'", "quote": "'"}, "one character"),
        ({"quote": ";"}, "one character"),
        ({"encoding": "klingon"}, "klingon is not an encoding"),
        ({"sheet": "Sheet1"}, "`sheet` applies to xlsx files only"),
        ({"path": "orders.parquet", "delimiter": ";"}, "`delimiter` applies to csv files only"),
        ({"columns": {**ORDER, "amount": "expr:  "}}, "amount has no expression"),
        (
            {"columns": {**ORDER, "amount": "expr: cast(price as decimal(18, 2)"}},
            "the expression of amount cannot be read: syntax error at end of input",
        ),
        ({"columns": {**ORDER, "amount": "expr: price)"}}, "the expression of amount cannot be read"),
        ({"path": None, "paths": {"a": "a.csv"}, "sql": "selct 1 from a"}, "the query cannot be read"),
        ({"keep_lastest_by": "x"}, "Extra inputs are not permitted"),
        ({"where": "price >"}, "the condition cannot be read: syntax error"),
        ({"path": None, "paths": {"a": "a.csv"}, "sql": "from a", "where": "x"}, "`sql` has a WHERE of its own"),
        ({"path": "orders.parquet", "skip_footer": 1}, "`skip_footer` applies to csv, xlsx files only"),
        ({"columns": {**ORDER, "status": {"const": " "}}}, "is empty"),
        ({"columns": {**ORDER, "ordered_at": {"const": "31/12/2024"}}}, "'31/12/2024' is not an ISO 8601 date or time"),
        (
            {"columns": {**ORDER, "ordered_at": {"from": "wait", "after": "orderd_at"}}},
            "orderd_at is not a timestamp of order",
        ),
        (
            {
                "entity": "deal",
                "columns": {"deal_id": "a", "created_at": "b", "closed_at": {"from": "c", "after": "x"}},
            },
            "x is not a timestamp of deal",
        ),
        (
            {
                "entity": "ticket",
                "columns": {
                    "ticket_id": "a",
                    "created_at": {"from": "b", "after": "closed_at"},
                    "closed_at": {"from": "c", "after": "created_at"},
                },
            },
            "created_at counts from itself, by closed_at",
        ),
        (
            {"entity": "ticket", "columns": {"ticket_id": "a", "created_at": {"from": "b", "after": "closed_at"}}},
            "closed_at is not in `columns`; map it as well",
        ),
        (
            {"columns": {**ORDER, "amount": "expr: Net price (EUR) * 2"}},
            'if "Net price" or a part of it is a column, write its name in double quotes',
        ),
        (
            {"columns": {**ORDER, "amount": "expr: Net price * 2", "margin": "Net price"}},
            'syntax error at or near "price"; write "Net price" in double quotes',
        ),
    ],
)
def test_mistakes_are_refused_with_a_reason(settings: dict[str, Any], words: str) -> None:
    assert any(words in mistake for mistake in mistakes(**settings))


def test_every_mistake_of_a_table_is_reported_with_its_key() -> None:
    columns = {"order_id": "id", "custmer_id": "client", "amount": "expr: price +", "total": "expr: "}
    with pytest.raises(ValidationError) as refused:
        table(path="orders.dat", columns=columns, decimal=",", thousands=",", sheet="One", format="csv")
    assert [(error["loc"], error["msg"]) for error in refused.value.errors()] == [
        (("columns", "custmer_id"), "custmer_id is not a column of order"),
        (("columns", "total"), "total is not a column of order"),
        (("columns", "amount"), 'the expression of amount cannot be read: syntax error at or near ")"'),
        (("columns", "total"), "total has no expression after expr:"),
        (("columns",), "order needs ordered_at as well"),
        ((), "`thousands` and `decimal` are both ','"),
        (("sheet",), "`sheet` applies to xlsx files only"),
    ]


@pytest.mark.parametrize("expression", ["price -- with tax", "case when a then 'it''s' end", "list_sum([x, y])", "(a)"])
def test_expressions_that_can_be_read(expression: str) -> None:
    assert table(columns={**ORDER, "amount": f"expr: {expression}"})


@pytest.mark.parametrize("expression", ["price and and x", "case when price then", "'Net price' 2", "price +"])
def test_what_is_no_name_with_blanks_is_not_taken_for_one(expression: str) -> None:
    [mistake] = mistakes(columns={**ORDER, "amount": f"expr: {expression}"})
    assert "double quotes" not in mistake


def test_one_column_of_a_group_is_needed() -> None:
    columns = {"event_id": "a", "campaign_id": "b", "event": "c", "occurred_at": "d"}
    with pytest.raises(ValidationError, match="email_event needs email or customer_id as well"):
        table(entity="email_event", columns=columns)
    assert table(entity="email_event", columns={**columns, "customer_id": "e"})


@pytest.mark.parametrize(
    ("path", "format_"),
    [
        ("a.csv", "csv"),
        ("a.CSV.gz", "csv"),
        ("a.tsv", "csv"),
        ("a.txt", "csv"),
        ("a.jsonl.gz", "jsonl"),
        ("a.ndjson", "jsonl"),
        ("a.json", "json"),
        ("a.parquet", "parquet"),
        ("a.xlsx", "xlsx"),
        ("https://host/a.csv?sig=x.json", "csv"),
    ],
)
def test_the_ending_of_a_name_gives_the_format(path: str, format_: str) -> None:
    assert table(path=path).format_of(path) == format_


def test_with_a_wildcard_in_the_ending_each_file_has_its_format() -> None:
    mixed = table(path="orders-*")
    assert [mixed.format_of(name) for name in ("orders-1.csv", "orders-2.jsonl")] == ["csv", "jsonl"]
    assert table(path="orders", format="csv").format_of("orders") == "csv"


def test_delimiters_may_be_named() -> None:
    assert [table(delimiter=word).delimiter for word in ("tab", "\\t", "semicolon", "|")] == ["\t", "\t", ";", "|"]


@pytest.mark.parametrize(
    ("given", "identity"),
    [
        (
            {"entity": "order", "path": "a.csv", "columns": {**ORDER, "amount": "expr: price + 1"}, "skip_rows": 2},
            {"entity": "order", "columns": {**ORDER, "amount": "expr: price + 1"}, "skip_rows": 2},
        ),
        ({"entity": "lead", "path": "a.csv", "datetime_format": "%Y"}, {"entity": "lead", "datetime_format": ["%Y"]}),
        (
            {"entity": "lead", "paths": {"b": "b.csv", "a": "a.csv"}, "sql": "from a", "mode": "snapshot"},
            {"entity": "lead", "sql": "from a", "mode": "snapshot", "paths": ["a", "b"]},
        ),
    ],
)
def test_the_fingerprint_of_tables_without_newer_keys_is_that_of_former_versions(
    given: dict[str, Any], identity: dict[str, Any]
) -> None:
    # Homes are kept across versions: with another fingerprint, every file would be loaded again.
    entity = ENTITIES[given["entity"]]
    columns = [[column.name, column.kind, column.required, column.allowed] for column in entity.columns]
    content = json.dumps([2, identity, [columns, entity.one_of, entity.version]], sort_keys=True)
    expected = hashlib.sha256(content.encode()).hexdigest()[:16]
    assert ExtractTable.model_validate(given).fingerprint == expected


def test_the_fingerprint_changes_with_what_changes_rows() -> None:
    first = table(columns=ORDER)
    same = [table(columns=ORDER, path="elsewhere/*.csv"), table(columns=ORDER, null_values=[""])]
    others = [
        table(columns={**ORDER, "amount": "expr: price + 1"}),
        table(columns=ORDER, timezone="UTC"),
        table(columns=ORDER, null_values=["", "?"]),
        table(columns=ORDER, decimal=","),
        table(columns=ORDER, mode="snapshot"),
        table(columns=ORDER, keep_latest_by="updated"),
        table(columns=ORDER, encoding="latin-1"),
        table(columns=ORDER, datetime_format="%Y"),
        table(columns=ORDER, where="price > 1"),
        table(columns=ORDER, skip_footer=1),
        table(columns={**ORDER, "status": {"const": "paid"}}),
        table(columns={**ORDER, "status": {"const": "open"}}),
        table(columns={**ORDER, "status": {"from": "state", "map": {"a": "b"}}}),
        table(columns={**ORDER, "status": {"from": "state", "map": {"a": "b"}, "default": None}}),
        table(columns={**ORDER, "status": {"from": "state", "split": ";", "take": "first"}}),
        table(columns={**ORDER, "status": {"from": "state", "split": ";", "take": "last"}}),
    ]
    assert {each.fingerprint for each in same} == {first.fingerprint}
    assert len({each.fingerprint for each in [first, *others]}) == len(others) + 1
