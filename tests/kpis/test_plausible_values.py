"""The dbt test of `fct_kpi` finds values that cannot be right. Its SQL is what dbt compiled in a pass."""

from datetime import UTC, date, datetime

import duckdb
import pytest

from tests.orchestration.company import Company, answers, orders, tickets

pytestmark = pytest.mark.acceptance

MONDAY = date(2025, 9, 1)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Company:
    company = Company(tmp_path_factory.mktemp("company"))
    company.write_settings()
    first, *others = orders(MONDAY, 40)
    company.write_extract("orders-1.csv", [{**first, "amount": "500"}, *others])
    company.write_extract("answers-1.csv", answers(MONDAY, 20, positive=15))
    company.write_extract("tickets.csv", tickets(MONDAY, 20))
    report = company.run(datetime(2025, 11, 3, 7, 0, tzinfo=UTC))
    assert report["exit_code"] == 0, report["output"]
    return company


def failing(company: Company, change: str = "") -> set[str]:
    """Returns the KPIs with rows that the test finds after a change of the table, which is taken back."""
    [test] = (company.home / "dbt/compiled").rglob("plausible_values_fct_kpi_*.sql")
    with duckdb.connect(str(company.home / "warehouse.duckdb")) as connection:
        connection.execute("BEGIN")
        if change:
            [(changed,)] = connection.execute(change).fetchall()
            assert changed > 0
        found = connection.execute(f"SELECT DISTINCT kpi FROM ({test.read_text(encoding='utf-8')})").fetchall()
        connection.execute("ROLLBACK")
    return {kpi for (kpi,) in found}


def test_a_company_without_errors_passes(built: Company) -> None:
    assert failing(built) == set()


@pytest.mark.parametrize(
    ("kpi", "change"),
    [
        ("csat", "value = 1.2, ci_high = 1.3"),
        ("csat", "value = -0.1, ci_low = -0.2"),
        ("csat", "ci_high = 1.01"),
        ("csat", "ci_low = value + 0.01"),
        ("csat", "ci_high = value - 0.01"),
        ("resolution_time", "value = -1, ci_low = NULL, ci_high = NULL"),
        ("ticket_volume", "value = -1"),
        ("revenue", "value = 'infinity'"),
        ("revenue", "value = 'nan'"),
        ("average_order_value", "ci_low = value, ci_high = value"),
    ],
)
def test_a_value_that_cannot_be_right_is_found(built: Company, kpi: str, change: str) -> None:
    where = f"kpi = '{kpi}' AND grain = 'year' AND segment_type = 'all' AND value IS NOT NULL"
    assert failing(built, f"UPDATE fct_kpi SET {change} WHERE {where}") == {kpi}


def test_revenue_may_be_below_zero(built: Company) -> None:
    assert failing(built, "UPDATE fct_kpi SET value = -5 WHERE kpi = 'revenue' AND value IS NOT NULL") == set()
