"""A source that goes quiet or delivers rubbish fails and is reported, once; no rule is evaluated on what it lacks."""

import os
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from pipelines.orchestration.instance import dagster_instance
from pipelines.storage.home import Home
from tests.orchestration.company import Company, orders

MONDAY = date(2025, 9, 1)
FIRST = datetime(2025, 11, 3, 7, 0, tzinfo=UTC)  # a Monday, nine weeks later
WEEK = timedelta(weeks=1)

SETTINGS = """
company: {name: Company, timezone: Europe/Paris, currency: EUR}
sources:
  - name: shop
    type: files
    expect_every: 8d
    max_quarantined: 30%
    tables: [{entity: order, path: extracts/orders-*.csv}]
rules:
  - {name: revenue-floor, kpi: revenue, grain: week, below: 1401, notify: [log]}
channels:
  log: {type: file, path: out/messages.jsonl}
  operators: {type: file, path: out/operators.jsonl}
"""

pytestmark = [pytest.mark.slow, pytest.mark.acceptance]


def deliver(company: Company, name: str, rows: list[dict[str, Any]], at: datetime) -> None:
    """Writes an extract as the source would have done at a moment."""
    company.write_extract(name, rows)
    os.utime(company.folder / "extracts" / name, (at.timestamp(), at.timestamp()))


def checks(company: Company) -> list[bool]:
    """Returns how the check of the orders ended, run by run."""
    with dagster_instance(Home(company.home)) as instance:
        runs = reversed(instance.get_runs(dg.RunsFilter(job_name="ingest")))
        events = [
            entry.get_dagster_event().asset_check_evaluation_data
            for run in runs
            for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        ]
    return [event.passed for event in events if event.check_name == "source_is_well"]


def test_a_source_that_is_not_well(tmp_path_factory: pytest.TempPathFactory) -> None:
    company = Company(tmp_path_factory.mktemp("company"))
    company.write_settings(SETTINGS)
    deliver(company, "orders-1.csv", orders(MONDAY, 63), FIRST)
    assert company.run(FIRST)["exit_code"] == 0

    # A week without an extract is within what is expected.
    assert company.run(FIRST + WEEK)["exit_code"] == 0

    for day in (0, 1):
        report = company.run(FIRST + 2 * WEEK + timedelta(days=day))
        assert report["exit_code"] == 1
        [failure] = report["steps"][0]["failures"]
        assert failure["name"] == "shop"
        assert failure["reason"].startswith("nothing new has come since Monday 3 November 2025, 08:00")
    [quiet] = company.messages("operators")
    assert (quiet["kind"], quiet["status"]) == ("pipeline", "firing")
    assert quiet["title"] == "Failure: Source shop failed"

    # An extract comes at last, and most of it cannot be read.
    late = FIRST + 2 * WEEK + timedelta(days=2)
    week = orders(MONDAY + 9 * WEEK, 14)
    rubbish = [{**row, "order_id": f"n{n}", "amount": "n/a" if n % 7 else row["amount"]} for n, row in enumerate(week)]
    deliver(company, "orders-2.csv", rubbish, late)
    report = company.run(late)
    [failure] = report["steps"][0]["failures"]
    assert failure["name"] == "shop order"
    assert failure["reason"].startswith("24 of 28 rows of orders-2.csv were rejected, more than max_quarantined allows")
    assert [message["status"] for message in company.messages("operators")] == ["firing", "resolved", "firing"]

    deliver(company, "orders-2.csv", [{**row, "order_id": f"n{n}"} for n, row in enumerate(week)], late)
    assert company.run(late + timedelta(hours=1))["exit_code"] == 0
    assert [message["status"] for message in company.messages("operators")][3:] == ["resolved"]
    # The rules of the source wait while it is quiet, and while its data are not trusted; neither raises an alert.
    assert [(message["kind"], message["title"]) for message in company.messages()] == [
        ("pipeline", "Waiting: 1 rule waits for data from shop"),
        ("pipeline", "Resumed: Source shop delivers again"),
    ]
    assert checks(company) == [True, True, False, False, False, True]
