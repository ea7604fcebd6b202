"""What customers are worth, and their records, at the edges: a leap day, no year behind it, one purchase, no record."""

from datetime import date

import pytest

from tests.kpis.company_of_records import CompanyOfRecords, Parts, local

pytestmark = pytest.mark.slow

# A customer stays for 365 days after a purchase, and is at risk after 30 days; a tenth of those at risk can be kept.
PARAMETERS = {("active_customers", "active_days"): "365"}


@pytest.fixture(scope="module")
def leap() -> CompanyOfRecords:
    # Two buy on the last day of January 2023. One of them comes back on 29 February 2024, the other one never.
    return CompanyOfRecords.computed(
        {
            "order": [
                {"order_id": "o1", "customer_id": "a", "ordered_at": local(2023, 1, 31, 9), "amount": "100.00", "margin": "40.00"},
                {"order_id": "o2", "customer_id": "b", "ordered_at": local(2023, 1, 31, 9), "amount": "60.00", "margin": "30.00"},
                {"order_id": "o3", "customer_id": "a", "ordered_at": local(2024, 2, 29, 9), "amount": "200.00", "margin": "80.00"},
            ]
        },
        local(2025, 4, 10, 6),
        parameters=PARAMETERS,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kpi", "grain", "start", "parts"),
    [
        # The year that ends with 2023 begins before anybody was a customer: their lifetime is unknown.
        ("clv", "month", date(2023, 12, 1), None),
        ("clv", "year", date(2023, 1, 1), None),
        ("lifetime_margin", "year", date(2023, 1, 1), (70, 2)),
        # Both are at risk: a tenth of 70, less 1 each.
        ("churn_action_value", "year", date(2023, 1, 1), (5, 2)),
        # In January 2024 the year of activity is over, and in the year before it nobody bought.
        ("clv", "month", date(2024, 1, 1), None),
        ("churn_action_value", "month", date(2024, 1, 1), None),
        # The year that ends with the leap day has its sale. Of two customers one was lost: a lifetime of two years.
        ("clv", "month", date(2024, 2, 1), (400, 1)),
        # 80, and half as many a year later, worth a tenth less: 80 ÷ (1 - 0.5 ÷ 1.1).
        ("clv_discounted", "month", date(2024, 2, 1), (80 / (1 - 0.5 / 1.1), 1)),
        ("lifetime_margin", "month", date(2024, 2, 1), (150, 2)),
        ("churn_action_value", "month", date(2024, 2, 1), None),
        # On 30 March 30 days have passed since the leap day: a tenth of 80, less 1.
        ("churn_action_value", "month", date(2024, 3, 1), (7, 1)),
        ("churn_action_value", "quarter", date(2024, 1, 1), (7, 1)),
        ("clv", "quarter", date(2024, 1, 1), (400, 1)),
        # The year that ends with 28 February 2025 begins with 1 March: the leap day is not in it. Nobody buys in it; on its
        # first day there is one customer, who is lost.
        ("clv", "month", date(2025, 2, 1), None),
        # 365 days after the leap day.
        ("active_customers", "day", date(2024, 2, 28), (0, None)),
        ("active_customers", "day", date(2024, 2, 29), (1, None)),
        ("active_customers", "day", date(2025, 2, 27), (1, None)),
        ("active_customers", "day", date(2025, 2, 28), (0, None)),
        # Of the customers on 31 December 2023 the one who came back was none in between, and is one at the end of March.
        ("retention_rate", "quarter", date(2024, 1, 1), (1, 2)),
        ("repurchase_rate", "quarter", date(2024, 1, 1), (1, 2)),
        ("retention_rate", "month", date(2024, 1, 1), (0, 2)),
        ("retention_rate", "month", date(2024, 2, 1), None),
        ("retention_rate", "year", date(2024, 1, 1), (1, 2)),
    ],
)
def test_a_year_with_a_leap_day(leap: CompanyOfRecords, kpi: str, grain: str, start: date, parts: Parts) -> None:
    leap.expect(kpi, grain, start, parts)


def test_one_purchase_is_worth_what_it_brought() -> None:
    company = CompanyOfRecords.computed(
        {
            "order": [
                {"order_id": "o", "customer_id": "a", "ordered_at": local(2024, 1, 31, 9), "amount": "100.00", "margin": "40.00"}
            ]
        },
        local(2025, 2, 3, 6),
        parameters=PARAMETERS,
    )  # fmt: skip
    # Nobody was a customer a year before: for how long customers stay is unknown.
    for start in (date(2024, 1, 1), date(2024, 12, 1), date(2025, 1, 1)):
        company.expect("clv", "month", start, None)
        company.expect("clv_discounted", "month", start, None)
    company.expect("lifetime_margin", "month", date(2024, 1, 1), (40, 1))
    company.expect("lifetime_margin", "month", date(2025, 1, 1), (40, 1))


def test_records_of_which_some_are_twice_deleted_or_incomplete() -> None:
    created = local(2025, 5, 1)
    records = {
        "customer": [
            {"source": "crm", "customer_id": "1", "email": "a@example.com", "name": "A", "created_at": created},
            {"source": "crm", "customer_id": "2", "email": "A@example.com", "name": None, "created_at": created},
            {"source": "crm", "customer_id": "3", "email": "b@example.com", "name": "B", "created_at": created},
            # Merged, and deleted: out.
            {"source": "crm", "customer_id": "4", "email": "a@example.com", "created_at": created, "merged_into": "1"},
            {"source": "crm", "customer_id": "5", "email": "a@example.com", "created_at": created},
            {"source": "crm", "customer_id": "5", "_is_deleted": True, "_load_sequence": 2},
            # Another system: no duplicate of its own, and complete with what it has.
            {"source": "shop", "customer_id": "9", "email": "a@example.com", "created_at": created},
        ]
    }
    company = CompanyOfRecords.computed(records, local(2025, 6, 1, 6))
    today = date(2025, 6, 1)
    company.expect("duplicate_rate", "day", today, (2, 4))
    company.expect("duplicate_rate", "day", today, (2, 3), "source", "crm")
    company.expect("duplicate_rate", "day", today, (0, 1), "source", "shop")
    company.expect("completeness_rate", "day", today, (3, 4))
    company.expect("error_rate", "day", today, (0, 7))
    # Before the first load nothing was known.
    company.expect("duplicate_rate", "day", date(2025, 5, 31), None)


def test_a_load_without_rows_has_no_rates() -> None:
    company = CompanyOfRecords(
        {"customer": [{"customer_id": "1", "email": None, "created_at": local(2025, 5, 1)}]}, local(2025, 6, 1, 6)
    )
    company.rows("UPDATE control.load SET rows = 0, newest_at = NULL")
    company.rows("DELETE FROM stg_files__customer")
    company.compute()
    for kpi in ("error_rate", "duplicate_rate", "completeness_rate", "freshness"):
        company.expect(kpi, "day", date(2025, 6, 1), None)
