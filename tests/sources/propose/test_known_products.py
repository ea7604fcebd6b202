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
