"""A few records dated far before all others make no years of rows, and count in the stocks of the first day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from pipelines.entities import ENTITIES
from pipelines.kpis import Input
from tests.kpis.small_company import Row, month, records
from tests.kpis.small_warehouse import SmallWarehouse

pytestmark = pytest.mark.slow

EVERYTHING = frozenset(
    Input(entity.name, column) for entity in ENTITIES.values() for column in (None, *entity.column_names)
)
MOST_MORE_ROWS = 2000
CUSTOMERS = (
    "SELECT numerator FROM fct_kpi WHERE kpi = 'active_customers' AND grain = 'month' AND segment_type = 'all'"
    " AND period_start = '2025-01-01'"
)


def built(*added: tuple[str, Row]) -> SmallWarehouse:
    company = SmallWarehouse("fct_kpi")
    for entity, row in added:
        company.add(entity, row)
    company.kpis_with_values(EVERYTHING)
    return company


def rows_in(company: SmallWarehouse) -> int:
    [(count,)] = company.rows("SELECT count(*) FROM fct_kpi")
    return count


def dated(year: int) -> Iterator[tuple[str, Row]]:
    """Yields a further record of every entity, with all of its moments and days in one year."""
    for name, rows in records().items():
        entity = ENTITIES[name]
        row = dict(rows[0])
        for column in entity.columns:
            if row.get(column.name) is not None and column.kind == "timestamp":
                row[column.name] = datetime(year, 1, 1, 12, tzinfo=UTC)
            elif row.get(column.name) is not None and column.kind == "date":
                row[column.name] = date(year, 1, 1)
        for key in entity.key:
            if isinstance(row.get(key), str):
                row[key] = f"old-{row[key]}"
        yield name, row


@pytest.fixture(scope="module")
def rows_of_company() -> int:
    return rows_in(built())


@pytest.mark.parametrize("year", [1, 1900, 1970])
def test_a_record_of_every_entity_dated_far_away_makes_few_rows(rows_of_company: int, year: int) -> None:
    company = built(*dated(year))

    assert rows_in(company) - rows_of_company < MOST_MORE_ROWS
    assert company.rows("SELECT kpi, grain, period_start FROM fct_kpi WHERE period_start < '2024-01-01'") == []


def test_a_customer_since_1900_is_one_on_the_first_day() -> None:
    [(before,)] = built().rows(CUSTOMERS)
    old = {"customer_id": "old", "created_at": month(1), "became_customer_at": datetime(1900, 1, 1, tzinfo=UTC)}
    [(after,)] = built(("customer", old)).rows(CUSTOMERS)
    assert after == before + 1


def test_one_of_many_far_before_the_others_makes_few_rows(rows_of_company: int) -> None:
    company = built(
        ("ticket", {**records()["ticket"][0], "ticket_id": "old", "created_at": datetime(2001, 1, 1, tzinfo=UTC)})
    )
    assert rows_in(company) - rows_of_company < MOST_MORE_ROWS


def test_what_is_no_exception_is_history() -> None:
    tickets = [
        ("ticket", {"ticket_id": f"old-{number}", "created_at": datetime(2001, 1, 1 + number, tzinfo=UTC)})
        for number in range(6)
    ]
    company = built(*tickets)
    assert company.rows(
        "SELECT numerator FROM fct_kpi WHERE kpi = 'ticket_volume' AND grain = 'month' AND segment_type = 'all'"
        " AND period_start = '2001-01-01'"
    ) == [(6.0,)]


def test_a_date_of_closing_that_is_far_away_makes_few_rows(rows_of_company: int) -> None:
    ticket = {
        "ticket_id": "old",
        "created_at": month(3),
        "resolved_at": datetime(1900, 1, 1, tzinfo=UTC),
        "closed_at": datetime(1900, 1, 1, tzinfo=UTC),
    }
    assert rows_in(built(("ticket", ticket))) - rows_of_company < MOST_MORE_ROWS
