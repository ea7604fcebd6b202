"""A failure of which the operators cannot be informed: status, report, heartbeat and Dagster show it, pass by pass."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from pipelines.orchestration.instance import dagster_instance
from pipelines.orchestration.keys import MESSAGES_KEY
from pipelines.storage.home import Home
from tests.notify.hostile_server import HostileServer, answering, http_answer
from tests.orchestration.company import Company

NOW = datetime(2025, 11, 3, 7, 0, tzinfo=UTC)
SETTINGS = """
company: {{name: Company, timezone: Europe/Paris}}
sources:
  - {{name: shop, type: files, tables: [{{entity: order, path: extracts/orders-*.csv}}]}}
channels:
  operators: {{type: slack, webhook_url: "{url}"}}
"""

pytestmark = pytest.mark.acceptance


@pytest.fixture
def server() -> Iterator[HostileServer]:
    found = HostileServer(answering(http_answer(404, b"no_service")))
    yield found
    found.close()


def checks(company: Company) -> list[tuple[bool, dg.AssetCheckSeverity]]:
    """The results of the check that every channel delivers, the oldest first."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DAGSTER_HOME", "")
        with dagster_instance(Home(company.home)) as instance:
            runs = instance.get_run_records(dg.RunsFilter(job_name="deliver"), ascending=True)
            events = [
                entry.dagster_event.asset_check_evaluation_data
                for run in runs
                for entry in instance.all_logs(
                    run.dagster_run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
                )
                if entry.dagster_event is not None
            ]
    found = [each for each in events if each.check_name == "every_channel_delivers"]
    assert {each.asset_key for each in found} == {MESSAGES_KEY}
    return [(each.passed, each.severity) for each in found]


def test_a_failure_of_which_nobody_is_informed_is_shown_until_the_channel_works(
    tmp_path: Path, server: HostileServer
) -> None:
    company = Company(tmp_path)
    company.write_settings(SETTINGS.format(url=server.url))
    extract = {"order_id": "1", "customer_id": "c", "ordered_at": "2025-10-01", "amount": "2"}

    failed = company.run(NOW)
    assert failed["exit_code"] == 1
    assert not failed["succeeded"]

    # The source works again: what is left is that nobody was informed of either.
    company.write_extract("orders-1.csv", [extract])
    for _ in range(2):
        later = company.run(NOW)
        assert later["exit_code"] == 1
        assert [step["job"] for step in later["steps"] if not step["succeeded"]] == []
        said = [*later["notes"], *(warning for step in later["steps"] for warning in step["warnings"])]
        [problem] = {each for each in said if each.startswith("the channel operators has not delivered since ")}
        assert problem.endswith("nobody is informed of failures: correct it, then run `vigie channels test operators`")
        heartbeat = json.loads((company.home / "heartbeat.json").read_text(encoding="utf-8"))
        assert (heartbeat["outcome"], heartbeat["failed"]) == ("failed", ["operators"])
    assert set(checks(company)[1:]) == {(False, dg.AssetCheckSeverity.ERROR)}

    server.behaviour = answering(http_answer(200, b"ok"))
    assert company.vigie("channels", "test", "operators").exit_code == 0
    assert company.run(NOW)["exit_code"] == 0
    assert b"Channel operators works again" in server.requests[-1]
    assert checks(company)[-1][0]
