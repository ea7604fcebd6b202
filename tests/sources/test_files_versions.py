"""The version column of raw rows: the latest of several rows with the same key has the highest version."""

from typing import Any

import pytest

from tests.sources.shop import Shop, utc


def test_the_version_is_a_time_if_all_values_are(shop: Shop) -> None:
    shop.write(
        "leads.csv",
        "lead_id,created_at,changed\na,2024-01-31,31/01/2024 10:00\na,2024-01-31,\nb,2024-01-31,01/02/2024 10:00\n",
    )
    shop.load(path="leads.csv", keep_latest_by="Changed", datetime_format=["%d/%m/%Y %H:%M", "%Y-%m-%d"])
    assert shop.rows("lead", "_version_at", "_version_number", "_version_text") == [
        (utc("2024-01-31T09:00"), None, None),
        (None, None, None),
        (utc("2024-02-01T09:00"), None, None),
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["9", "10.5"], [(None, 9.0, None), (None, 10.5, None)]),
        (["9", "2024-01-31"], [(None, None, "9"), (None, None, "2024-01-31")]),
        (["v1", " v2 "], [(None, None, "v1"), (None, None, "v2")]),
        (["", ""], [(None, None, None), (None, None, None)]),
    ],
)
def test_otherwise_the_version_is_a_number_or_a_text(shop: Shop, values: list[str], expected: list[Any]) -> None:
    body = "".join(f"a,2024-01-31,{value}\n" for value in values)
    shop.write("leads.csv", "lead_id,created_at,changed\n" + body + "b,?,not counted\n")
    shop.load(path="leads.csv", keep_latest_by="changed")
    assert shop.rows("lead", "_version_at", "_version_number", "_version_text") == expected


def test_the_version_is_the_entitys_own_column_by_default(shop: Shop) -> None:
    shop.write("customers.csv", "customer_id,updated_at\na,2024-01-31T10:00:00Z\nb,\n")
    shop.load("customer", path="customers.csv")
    assert shop.rows("customer", "_version_at") == [utc("2024-01-31T10:00"), None]


def test_the_version_may_be_a_column_of_the_entity(shop: Shop) -> None:
    shop.write("leads.csv", "id,when\na,2024-01-31T10:00:00Z\n")
    columns = {"lead_id": "id", "created_at": "when"}
    shop.load(path="leads.csv", columns=columns, keep_latest_by="created_at")
    assert shop.rows("lead", "_version_at") == [utc("2024-01-31T10:00")]
    (problem,) = shop.load(path="leads.csv", columns=columns, keep_latest_by="wen").failures
    assert problem.startswith('leads.csv has no column "wen"; nearest: "when"; it has ')
