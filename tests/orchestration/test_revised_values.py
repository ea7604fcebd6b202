"""The history of a company's values: late rows, corrected and deleted ones, rebuilds, replays and another definition."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.orchestration.company import Company, orders

pytestmark = [pytest.mark.slow, pytest.mark.acceptance]

MONDAY = date(2025, 9, 1)
FIRST = datetime(2025, 10, 6, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SETTINGS = """
company: {name: Company, timezone: Europe/Paris, currency: EUR}
sources: [{name: shop, type: files, tables: [{entity: order, path: extracts/orders-*.csv}]}]
"""
EVERY_REVISION = (
    "select kpi, grain, period_start, segment_type, segment, value, numerator, denominator, valid_from, valid_to"
    " from fct_kpi_revision order by all"
)
SEPTEMBER = (
    "select value, valid_from, valid_to from fct_kpi_revision where kpi = 'revenue' and grain = 'month'"
    " and segment_type = 'all' and period_start = '2025-09-01' order by valid_from, valid_to nulls last"
)
# Open revisions that differ from the table, in either direction: a value that changed silently.
SILENT = (
    "with known as (select * from fct_kpi_revision where valid_to is null),"
    " now as (select * from fct_kpi where is_complete)"
    " select count(*) from known full join now using (kpi, grain, period_start, segment_type, segment)"
    " where known.kpi is null or now.kpi is null or known.value is distinct from now.value"
    " or known.numerator is distinct from now.numerator or known.denominator is distinct from now.denominator"
)


def run(company: Company, as_of: datetime) -> None:
    report = company.run(as_of)
    assert report["exit_code"] == 0, report["output"]
    assert company.published(SILENT) == [(0,)]


def test_no_value_of_a_complete_period_changes_silently(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.write_settings(SETTINGS)
    rows = orders(MONDAY, 30, amount="10")
    company.write_extract("orders-1.csv", rows)
    run(company, FIRST)
    expected = [(600.0, FIRST, None)]
    assert company.published(SEPTEMBER) == expected

    # Rebuilt from raw, nothing is revised.
    before = company.published(EVERY_REVISION)
    (company.home / "warehouse.duckdb").unlink()
    run(company, FIRST + DAY)
    assert [row for row in company.published(EVERY_REVISION) if row[8] == FIRST] == before

    # A late order, read at a later as-of; and another one, read at the same as-of as that.
    late = {**rows[0], "order_id": "late", "amount": "5"}
    company.write_extract("orders-2.csv", [late])
    run(company, FIRST + 2 * DAY)
    company.write_extract("orders-3.csv", [{**late, "order_id": "later"}])
    run(company, FIRST + 2 * DAY)
    expected = [
        (600.0, FIRST, FIRST + 2 * DAY),
        (605.0, FIRST + 2 * DAY, FIRST + 2 * DAY),
        (610.0, FIRST + 2 * DAY, None),
    ]
    assert company.published(SEPTEMBER) == expected

    # A correction of an order, then its cancellation.
    company.write_extract("orders-4.csv", [{**late, "amount": "7"}])
    run(company, FIRST + 3 * DAY)
    company.write_extract("orders-5.csv", [{**late, "amount": "7", "status": "cancelled"}])
    run(company, FIRST + 4 * DAY)
    assert [value for value, *_ in company.published(SEPTEMBER)] == [600, 605, 610, 612, 605]

    # A replay of an earlier moment changes nothing in the history.
    known = company.published(EVERY_REVISION)
    report = company.run(FIRST)
    assert report["exit_code"] == 0, report["output"]
    assert company.published(EVERY_REVISION) == known

    # Another definition: cancelled orders count.
    company.write_settings(SETTINGS + "kpis: {revenue: {excluded_statuses: [void]}}\n")
    run(company, FIRST + 5 * DAY)
    assert company.published(SEPTEMBER)[-1] == (612.0, FIRST + 5 * DAY, None)

    content = json.loads(company.vigie("kpi", "revenue", "--json").stdout)
    assert [(each["period_start"], each["before"], each["after"]) for each in content["revisions"]] == [
        ("2025-09-01", 600, 605), ("2025-09-01", 605, 610), ("2025-09-01", 610, 612), ("2025-09-01", 612, 605),
        ("2025-09-01", 605, 612),
    ]  # fmt: skip
    shown = company.vigie("kpi", "revenue").output
    assert "Revised after the month was complete" in shown
    assert "2025-10-11 07:00" in shown
