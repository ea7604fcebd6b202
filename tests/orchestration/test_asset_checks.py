"""A defect in one entity: the run reports it, and the KPIs of the other entities are built."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.orchestration.company import SETTINGS, Company, answers, orders, tickets

MONDAY = date(2025, 9, 1)
FIRST = datetime(2025, 11, 3, 7, 0, tzinfo=UTC)
SECOND = FIRST + timedelta(weeks=1)
EXPOSURES = """  - name: campaigns
    type: files
    tables:
      - {entity: exposure, path: extracts/exposures.csv, mode: snapshot}
rules:"""

pytestmark = [pytest.mark.slow, pytest.mark.acceptance]


def exposure(campaign: str, customer: str) -> dict[str, object]:
    return {"campaign_id": campaign, "customer_id": customer, "arm": "control", "exposed_at": "2025-10-06T12:00:00"}


def test_a_failed_data_test_is_reported_and_stops_nothing(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.write_settings(SETTINGS.replace("rules:", EXPOSURES))
    company.write_extract("orders-1.csv", orders(MONDAY, 63))
    company.write_extract("answers-1.csv", answers(MONDAY, 9, positive=9))
    company.write_extract("tickets.csv", tickets(MONDAY, 10))
    # Two exposures whose keys read alike: an id holds the separator.
    company.write_extract("exposures.csv", [exposure("autumn:a", "c1"), exposure("autumn", "a:c1")])

    report = company.run(FIRST)

    assert report["exit_code"] == 0, report["output"]
    [transform] = [step for step in report["steps"] if step["job"] == "transform"]
    assert transform["warnings"] == [
        "dbt test unique_fct_exposure_exposure_key failed (results: 1); the tables were built all the same"
    ]
    assert company.published("select count(*) > 0 from fct_kpi where kpi = 'revenue' and value > 0") == [(True,)]
    [outage] = company.messages("operators")
    assert outage["status"] == "firing"
    assert "unique_fct_exposure_exposure_key on marketing/fct_exposure" in outage["text"]

    company.write_extract("exposures.csv", [exposure("autumn", "c1"), exposure("autumn", "c2")])
    report = company.run(SECOND)

    assert report["exit_code"] == 0, report["output"]
    assert [step["warnings"] for step in report["steps"] if step["job"] == "transform"] == [[]]
    assert [message["status"] for message in company.messages("operators")] == ["firing", "resolved"]
