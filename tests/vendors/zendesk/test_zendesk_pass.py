"""Zendesk through whole passes: what its API delivers becomes the figures that it should, also what changes later."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.vendors.zendesk.desk import AGENT, COLLEAGUE, CUSTOMER, NOW, OPENED, SYSTEM, Desk
from tests.vendors.zendesk.zendesk_server import EMAIL, TOKEN, text

pytestmark = pytest.mark.acceptance
ROOT = Path(__file__).resolve().parents[3]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SETTINGS = """
company: {{name: Company, timezone: UTC}}
sources:
  - {{name: desk, type: zendesk, base_url: {url}, email: {email}, api_token: "${{ZENDESK_TOKEN}}"}}
"""


class Company:
    """A company with a helpdesk, and passes over it."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk()
        self.folder = folder
        (folder / "settings.yaml").write_text(SETTINGS.format(url=self.desk.server.url, email=EMAIL), encoding="utf-8")

    def run(self, as_of: datetime) -> None:
        """A pass, a minute after the server's clock."""
        self.desk.server.now = as_of - MINUTE
        done = subprocess.run(
            [
                sys.executable, "-m", "pipelines.cli.entry", "run", "--as-of", as_of.isoformat(),
                "--settings", str(self.folder / "settings.yaml"), "--home", str(self.folder / "var"),
            ],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), "ZENDESK_TOKEN": TOKEN},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def published(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the published tables."""
        with duckdb.connect(str(self.folder / "var/published/kpi.duckdb"), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    company = Company(tmp_path_factory.mktemp("company"))
    with company.desk.server.running():
        yield company


def test_tickets_ratings_and_calls_become_figures(company: Company) -> None:
    desk = company.desk
    # Answered after notes, the requester's own words, a rule and a bot.
    desk.open(1)
    desk.comment(1, OPENED + 1 * MINUTE, AGENT, public=False)
    desk.comment(1, OPENED + 2 * MINUTE, CUSTOMER)
    desk.comment(1, OPENED + 3 * MINUTE, SYSTEM, via="Rule")
    desk.comment(1, OPENED + 4 * MINUTE, AGENT, via={"channel": "rule", "source": {"rel": "trigger"}})
    desk.comment(1, OPENED + 5 * MINUTE, COLLEAGUE, via="Answer Bot for Web Widget")
    desk.comment(1, OPENED + timedelta(minutes=6, seconds=7), AGENT)
    desk.comment(1, OPENED + 8 * MINUTE, COLLEAGUE)
    desk.touch(
        1, OPENED + HOUR, status="solved", assignee_id=AGENT, solved_at=text(OPENED + HOUR), reopens=2,
        assignee_stations=1, group_stations=3,
    )  # fmt: skip
    # Begun by an agent for the customer: that is no answer.
    desk.open(2, by=AGENT, via={"channel": "voice"}, group_id=8)
    # An agent who asks is a requester like others, and answers nothing.
    desk.open(3, by=COLLEAGUE, requester_id=COLLEAGUE)
    desk.comment(3, OPENED + HOUR, COLLEAGUE)
    # Deleted, and merged.
    desk.open(4, status="deleted")
    desk.open(5, status="closed", tags=["x", "closed_by_merge"])
    desk.rate(1, 1, "offered", OPENED + 2 * HOUR)
    desk.rate(2, 1, "bad", OPENED + 3 * HOUR)
    desk.rate(3, 1, "good", OPENED + 4 * HOUR)
    desk.server.calls = {
        number: {
            "id": number, "created_at": text(OPENED), "updated_at": text(OPENED + number * MINUTE), "duration": 60,
            "direction": "inbound", "completion_status": status, "agent_id": AGENT, "customer_id": CUSTOMER,
            "call_group_id": 8, "line": "+33 1 23 45 67 89",
        }
        for number, status in enumerate(["completed", "abandoned_in_queue", "completed"], start=1)
    }  # fmt: skip

    company.run(NOW)

    columns = (
        "ticket_id, channel, team, agent_id, status, resolved_at, first_response_seconds, agent_reply_count,"
        " reopen_count, reassignment_count"
    )
    assert company.published(f"select {columns} from fct_ticket order by ticket_id") == [
        ("1", "email", "First line", str(AGENT), "solved", OPENED + HOUR, 367, 2, 2, 2),
        ("2", "voice", "Second line", None, "new", None, None, 0, 0, 0),
        ("3", "email", "First line", None, "new", None, None, 0, 0, 0),
    ]
    assert company.published("select response_id, is_satisfied, team from fct_survey_response") == [
        ("3", True, "First line")
    ]
    assert company.published("select agent_id from dim_agent order by 1") == [(str(AGENT),), (str(COLLEAGUE),)]
    figures = dict(
        company.published(
            "select kpi, value from fct_kpi where grain = 'month' and segment_type = 'all'"
            " and period_start = date '2025-10-01' and value is not null"
        )
    )
    assert figures["first_response_time"] == 367
    assert figures["ticket_volume"] == 3
    assert figures["csat"] == 1
    assert figures["call_abandonment_rate"] == pytest.approx(1 / 3)


def test_what_changes_reaches_tickets_that_are_loaded(company: Company) -> None:
    desk = company.desk
    desk.server.groups[7]["name"] = "Front desk"
    desk.touch(1, NOW + HOUR, status="deleted")
    # What somebody wrote long before is a response once that one is known to be an agent.
    desk.comment(3, OPENED + 2 * HOUR, 300)
    desk.server.events[-1] |= {"timestamp": desk.server.tickets[1]["generated_timestamp"]}
    desk.user(300, "agent", NOW)
    company.run(NOW + 2 * HOUR)
    assert company.published("select ticket_id, team, first_response_seconds from fct_ticket order by 1") == [
        ("2", "Second line", None), ("3", "Front desk", 7_200),
    ]  # fmt: skip
    assert company.published("select count(*) from fct_survey_response") == [(0,)]
