"""Settings proposed for the exports of known products load their rows as the products mean them."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.services.propose import propose_settings
from tests.sources.propose.products import PRODUCTS, Product
from tests.sources.shop import Shop


def proposed(shop: Shop, name: str, content: bytes) -> list[dict[str, Any]]:
    """Writes a file and returns the tables that are proposed for it; the settings are beside the file."""
    shop.write(name, content)
    proposal = propose_settings([shop.base / name], shop.base, {})
    assert proposal.text is not None, proposal.findings
    return [table for source in yaml.safe_load(proposal.text)["sources"] for table in source["tables"]]


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return float(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.name)
def test_rows_are_loaded_as_the_product_means_them(tmp_path: Path, product: Product) -> None:
    shop = Shop(tmp_path)
    shop.timezone = "UTC"
    content, expected = product.content()
    tables = proposed(shop, "export.csv", content)
    entities = {name for row in expected for name in row}
    assert entities <= {table["entity"] for table in tables}
    for entity in entities:
        [table] = [table for table in tables if table["entity"] == entity]
        report = shop.load(**table)
        assert (report.failures, shop.quarantine(entity)) == ([], [])
        rows = [row[entity] for row in expected if row[entity] is not None]
        names = list(rows[0])
        found = [tuple(map(plain, row)) for row in shop.rows(entity, *names)]
        assert found == [tuple(row.values()) for row in rows]


def test_orders_of_an_export_without_customers_are_those_of_guests(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    lines = ["Name,Financial Status,Total,Created at,Lineitem name"]
    lines += [f"#{number},paid,{number}.50,2025-03-0{number} 10:00:00 +0100,A" for number in range(1, 6)]
    [table] = proposed(shop, "orders.csv", "\n".join(lines).encode())
    shop.load(**table)
    assert shop.rows("order", "customer_id") == [f"guest-#{number}" for number in range(1, 6)]


def test_an_answer_has_a_date_whatever_dates_an_export_has(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.timezone = "UTC"
    lines = ["Ticket ID,Status,Created time,Resolved time,Agent interactions,Survey results"]
    lines += ["1,Closed,2025-03-01 10:00:00,2025-03-02 11:00:00,1,Happy", "2,Open,2025-03-03 10:00:00,,1,Unhappy"]
    [table] = [each for each in proposed(shop, "x.csv", "\n".join(lines).encode()) if "score" in each["columns"]]
    shop.load(**table)
    assert [plain(moment).day for moment in shop.rows("survey_response", "answered_at")] == [2, 3]


TRAFFIC = [
    "# ----------------------------------------",
    "# Free form 1",
    "# 20250301-20250302",
    "# ----------------------------------------",
    "",
    "Date,Session default channel group,Sessions,Engaged sessions,Total users",
]


@pytest.mark.parametrize(
    ("total", "written"),
    [
        (",,300,90,200,Grand total", "%Y%m%d"),
        ("Grand total,,300,90,200", "%Y%m%d"),
        (",,300,90,200", "%Y-%m-%d"),
        ("Totals,,300,90,200,", "%m/%d/%Y"),
    ],
)
def test_the_grand_total_of_traffic_is_omitted_and_not_rejected(tmp_path: Path, total: str, written: str) -> None:
    shop = Shop(tmp_path)
    rows = [f"{datetime(2025, 3, day):{written}},Direct,{day},30,80" for day in range(1, 31)]
    [table] = proposed(shop, "traffic.csv", "\n".join([*TRAFFIC, total, *rows]).encode())
    report = shop.load(**table)
    assert (report.failures, shop.quarantine("web_stat"), report.filtered) == ([], [], 1)
    assert [day.day for day in shop.rows("web_stat", "date")] == [*range(1, 31)]


def test_the_grand_total_is_omitted_whatever_the_date_is_called(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    header = TRAFFIC[-1].replace("Date", "Jour")
    rows = [header, ",,300,90,200,Total général", *(f"2025-03-0{day},Direct,100,30,80" for day in range(1, 6))]
    [table] = proposed(shop, "traffic.csv", "\n".join(rows).encode())
    report = shop.load(**table)
    assert (shop.quarantine("web_stat"), report.rows, report.filtered) == ([], 5, 1)


def test_drafts_of_campaigns_are_omitted_and_not_rejected(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    lines = [
        "Campaign ID,Campaign Name,Status,Send date,Recipients,Delivered,Hard bounces,Soft bounces,Unique opens,Unsubscribed"
    ]
    lines += [
        "1,Spring,Sent,25-03-2025 10:00:00,100,98,1,1,40,2",
        "2,Summer,Draft,,0,0,0,0,0,0",
        "3,Autumn,Draft,,,,,,,",
    ]
    tables = {table["entity"]: table for table in proposed(shop, "campaigns.csv", "\n".join(lines).encode())}
    report = shop.load(**tables["campaign_stat"])
    assert (report.rows, report.filtered, shop.quarantine("campaign_stat")) == (1, 2, [])
    assert (shop.load(**tables["campaign"]).rows, shop.quarantine("campaign")) == (3, [])
