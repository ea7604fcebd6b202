"""A home made by the previous version of Vigie: a pass continues where that version ended."""

import stat
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipelines.raw import Load, RawStore
from tests.orchestration.company import Company, answers
from tests.orchestration.previous_home import MONDAY, PASSED_AT, create_previous_home, write_extracts

pytestmark = [pytest.mark.slow, pytest.mark.acceptance]

KPIS = "select * exclude (computed_at) from fct_kpi order by all"
STREAMS = {"shop": "order", "surveys": "survey_response", "desk": "ticket"}


def loads(company: Company) -> dict[str, list[Load]]:
    return {stream: RawStore(company.home).loads(source, stream) for source, stream in STREAMS.items()}


def test_a_pass_on_a_previous_home_loads_nothing_twice_and_gives_the_same_kpis(tmp_path: Path) -> None:
    company, fresh = Company(tmp_path / "previous"), Company(tmp_path / "fresh")
    for each in (company, fresh):
        each.write_settings()
        write_extracts(each)
    create_previous_home(company)
    before = loads(company)
    assert {stream: [load.rows for load in found] for stream, found in before.items()} == {
        "order": [42], "survey_response": [30], "ticket": [21],
    }  # fmt: skip
    as_of = PASSED_AT + timedelta(hours=1)

    report = company.run(as_of)

    assert report["exit_code"] == 0, report["output"]
    assert stat.S_IMODE(company.home.stat().st_mode) == 0o700
    assert loads(company) == before
    assert report["steps"][0]["assets"]["raw/shop/order"]["rows_left_out"] == 1
    assert fresh.run(as_of)["exit_code"] == 0
    assert company.published(KPIS) == fresh.published(KPIS)
    # The alert was fired, sent and exported by the previous version: none of that is repeated.
    assert company.messages() == company.messages("operators") == []
    assert company.published("select alert_id, status, messages_sent from fct_alert") == [("8981671f6814", "firing", 1)]
    assert not (company.folder / "out/exports").exists()
    assert company.published(
        "select value, valid_from, valid_to from fct_kpi_revision"
        " where kpi = 'csat' and grain = 'week' and segment_type = 'all' and period_start = date '2025-09-01'"
    ) == [(0.9, PASSED_AT, None)]

    company.write_extract("answers-2.csv", answers(MONDAY + timedelta(weeks=3), 1, positive=10))
    assert company.run(as_of + timedelta(weeks=1))["exit_code"] == 0

    added = loads(company)
    assert {stream: len(found) for stream, found in added.items()} == {"order": 1, "survey_response": 2, "ticket": 1}
    assert added["survey_response"][0] == before["survey_response"][0]
    assert company.published(
        "select period_start, value from fct_kpi where kpi = 'csat' and grain = 'week' and segment_type = 'all'"
        " and is_complete order by period_start"
    ) == [(date(2025, 9, 1), 0.9), (date(2025, 9, 8), 0.9), (date(2025, 9, 15), 0.5), (date(2025, 9, 22), 1.0)]
    [message] = company.messages()
    assert (message["rule"], message["status"]) == ("csat-floor", "resolved")
