"""Parquet files, with their own types."""

from decimal import Decimal
from pathlib import Path

import duckdb

from tests.sources.shop import Shop, utc


def parquet(shop: Shop, name: str, query: str) -> Path:
    path = shop.base / name
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


def test_parquet_has_its_own_types(shop: Shop) -> None:
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


def test_expressions_select_parts_of_nested_columns(shop: Shop) -> None:
    parquet(shop, "leads.parquet", "SELECT {'id': 'a', 'at': '2024-01-31'} AS lead, [1, 2] AS numbers")
    columns = {"lead_id": "expr: lead.id", "created_at": "expr: lead.at"}
    assert shop.load(path="leads.parquet", columns={**columns, "channel": "numbers"}).failures == []
    assert shop.quarantine()[0]["reason"] == "is a nested value; select a part of it with `expr:`"
    shop.load(path="leads.parquet", columns=columns)
    assert shop.rows("lead", "lead_id") == ["a"]


def test_folders_named_like_hive_partitions_add_no_columns(shop: Shop) -> None:
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
