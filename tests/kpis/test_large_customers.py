"""Customers of many records are published: whatever unites people who are not one shows there."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pipelines.entities import ENTITIES
from pipelines.kpis import Input
from tests.kpis.small_warehouse import SmallWarehouse

pytestmark = pytest.mark.slow

CUSTOMERS = frozenset(Input("customer", column) for column in (None, *ENTITIES["customer"].column_names))


def record(customer_id: str, **columns: Any) -> dict[str, Any]:
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    return {"customer_id": customer_id, "created_at": moment, "updated_at": moment, **columns}


def large_customers(*records: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Returns the records and the addresses of each customer of several records, with these records added."""
    company = SmallWarehouse("fct_large_customer")
    for each in records:
        company.add("customer", each)
    company.build(CUSTOMERS)
    rows = company.rows("SELECT customer_id, records, addresses FROM fct_large_customer")
    return {customer_id: (records, addresses) for customer_id, records, addresses in rows}


def test_merges_unite_records() -> None:
    survivor = record("kept", email="kept@example.com")
    merged = [record(f"merged-{number}", merged_into="kept") for number in range(25)]
    assert large_customers(survivor, *merged)["kept"] == (26, 1)


def test_an_address_of_more_than_three_records_unites_nobody() -> None:
    pair = [record(f"pair-{number}", email="pair@example.com") for number in range(2)]
    office = [record(f"staff-{number}", email="office@example.com") for number in range(25)]
    found = large_customers(*pair, *office)
    assert found["pair-0"] == (2, 1)
    assert not any(customer.startswith("staff") for customer in found)
