"""An outage is visible: weeks without an order are zeros that a rule fires on, and a mean of them is no data."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.orchestration.company import Company, orders

# Later than the real time, so that what a pass reads counts as loaded up to its own time.
MONDAY = date(2131, 1, 1)
WEEK = timedelta(weeks=1)

SETTINGS = """
company: {name: Company, timezone: Europe/Paris, currency: EUR}
sources:
  - {name: shop, type: files, tables: [{entity: order, path: extracts/orders-*.csv}]}
rules:
  - {name: revenue-floor, kpi: revenue, grain: week, below: 500, for: 3, notify: [log]}
  - {name: web-floor, kpi: revenue, grain: week, by: channel, below: 500, min_sample: 5, notify: [log]}
  - {name: basket, kpi: average_order_value, grain: week, below: 50, notify: [log]}
channels:
  log: {type: file, path: out/messages.jsonl}
"""

pytestmark = pytest.mark.acceptance


def test_weeks_without_an_order_fire_and_a_mean_of_them_is_no_data(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.write_settings(SETTINGS)
    sold = [{**order, "channel": "web"} for order in orders(MONDAY, 28)]
    company.write_extract("orders-1.csv", sold)
    first = company.run(morning_after(4))
    assert first["exit_code"] == 0, first["output"]
    assert company.messages() == []

    # The shop still delivers, and sells nothing: of all that it writes, one order counts for nothing.
    cancelled = {
        **sold[-1],
        "order_id": "cancelled",
        "ordered_at": f"{MONDAY + 5 * WEEK}T10:00:00",
        "status": "cancelled",
    }
    company.write_extract("orders-2.csv", [cancelled])
    report = company.run(morning_after(9))
    assert report["exit_code"] == 0, report["output"]

    silent = [MONDAY + number * WEEK for number in range(4, 9)]
    rows = """
        select period_start, value, numerator, denominator, sample_size, ci_low, previous_value, status from fct_kpi
        where kpi = '{}' and grain = 'week' and is_complete and segment_type = '{}' order by 1
    """
    weeks = [MONDAY + number * WEEK for number in range(4)]
    assert company.published(rows.format("revenue", "all"))[3:] == [
        (weeks[3], 1401.4, 1401.4, None, 14, None, 1401.4, "none"),
        (silent[0], 0.0, 0.0, None, 0, None, 1401.4, "none"),
        *((period, 0.0, 0.0, None, 0, None, 0.0, "none") for period in silent[1:]),
    ]
    # The channel was there for four weeks, and is zero for three.
    assert [row[:2] for row in company.published(rows.format("revenue", "channel"))[4:]] == [
        (period, 0.0) for period in silent[:3]
    ]
    assert [row[:5] for row in company.published(rows.format("average_order_value", "all"))[4:]] == [
        (period, None, None, 0.0, 0) for period in silent
    ]
    for kpi in ("new_customers", "repurchase_rate", "arpu"):
        assert [row[:2] for row in company.published(rows.format(kpi, "all"))[-5:]] == [
            (period, 0.0) for period in silent
        ], kpi

    fired = [
        (message["rule"], message["status"], message["value"], message["period_start"])
        for message in company.messages()
    ]
    # The alert of the channel waits for the end of that of the whole.
    assert sorted(fired) == [
        ("basket", "no_data", None, silent[0].isoformat()),
        ("revenue-floor", "firing", 0.0, silent[2].isoformat()),
    ]
    [watch] = [step for step in report["steps"] if step["job"] == "watch"]
    assert watch["assets"]["watch/alerts"]["no_data_by_rule"] == {"web-floor": 1, "basket": 1}

    shown = company.vigie("kpi", "average_order_value").output
    assert re.search(r"2131-02 +no data +0", shown), shown
    assert re.search(r"2131-02 +€0", company.vigie("kpi", "revenue").output)
    replayed = company.vigie("backtest", "basket").output
    assert "basket: 0 incidents, 0 of 4 periods breached (0%), 5 without data" in replayed


def morning_after(weeks: int) -> datetime:
    """Returns the Monday morning after so many weeks."""
    return datetime.combine(MONDAY + weeks * WEEK, datetime.min.time(), UTC) + timedelta(hours=7)
