"""Zendesk's own description and recorded answers: every request is known, and every recorded record is read."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipelines.sources.zendesk.source import ZendeskSource
from tests.vendors.vendor_server import Asked
from tests.vendors.zendesk.desk import OPENED, Desk, Extract
from tests.vendors.zendesk.zendesk_specification import DESCRIPTION, SHARED, description, problems

pytestmark = pytest.mark.skipif(not DESCRIPTION.exists(), reason=f"{DESCRIPTION} is not there")


def recorded(name: str) -> Any:
    return json.loads((SHARED / "sample_amplabs/read/incremental" / name).read_text(encoding="utf-8"))


@pytest.mark.usefixtures("at_once")
def test_every_request_is_known_to_the_description(desk: Desk, extract: Extract) -> None:
    desk.server.per_export, desk.server.per_list = 2, 2
    for number in range(1, 8):
        desk.open(number, OPENED + timedelta(minutes=number))
        desk.rate(number, number, "good", OPENED)
    extract.run()
    extract.run(start_date=OPENED.date())
    source = ZendeskSource(extract.settings())
    assert list(source.check_access(source.open_client(), source.chosen_resources())) == []
    assert len({asked.path for asked in desk.server.asked}) == 7
    assert {problem for asked in desk.server.asked for problem in problems(asked)} == set()


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/v2/incremental/tickets/cursor", {}),
        ("/api/v2/incremental/tickets/cursor", {"start_time": "yesterday"}),
        ("/api/v2/incremental/tickets/cursor", {"start_time": "1", "per_page": "1000"}),
        ("/api/v2/incremental/ticket_comments", {"start_time": "1"}),
        ("/api/v2/channels/voice/stats/incremental/calls", {"page": "2"}),
    ],
)
def test_a_request_that_the_description_does_not_know_is_found(path: str, query: dict[str, str]) -> None:
    assert len(problems(Asked("GET", path, query, {}))) == 1


@pytest.mark.usefixtures("at_once")
def test_recorded_records_are_read(desk: Desk, extract: Extract) -> None:
    server = desk.server
    server.tickets = {each["id"]: each for each in recorded("tickets.json")["tickets"]}
    server.users = {each["id"]: each for each in recorded("users-1-first-page.json")["users"]}
    reports = extract.run()
    assert {name: report.quarantined for name, report in reports.items() if report.quarantined} == {}
    assert extract.rows("tickets", "id, created_at, changed_at, status, channel, requester_id, solved_at") == [
        (
            "5",
            datetime(2024, 2, 15, 16, 24, 4, tzinfo=UTC),
            datetime(2024, 2, 15, 16, 24, 21, tzinfo=UTC),
            "open",
            "sample_ticket",
            "26363656426259",
            None,
        )
    ]
    assert extract.rows("users", "id, role, name, email") == [
        ("26363597354387", "end-user", None, "customer@example.com")
    ]


def test_our_figures_are_those_of_zendesks_own_metric_sets(desk: Desk, extract: Extract) -> None:
    metrics = description()["components"]["examples"]["TicketMetricsResponseExample"]["value"]["ticket_metrics"]
    assert len(metrics) == 2
    for each in metrics:
        desk.open(each["ticket_id"])
        desk.touch(each["ticket_id"], OPENED, status="solved")
        # As many replies, the first one as late as Zendesk counts it.
        waited = timedelta(seconds=each["reply_time_in_seconds"]["calendar"])
        for reply in range(each["replies"]):
            desk.comment(each["ticket_id"], OPENED + waited + timedelta(hours=reply), 200)
        desk.touch(each["ticket_id"], OPENED + timedelta(days=1))
        desk.server.tickets[each["ticket_id"]]["metric_set"] = each
    extract.run()
    ours = extract.staged("ticket", "ticket_id, first_response_at, agent_reply_count, reopen_count, resolved_at")
    theirs = [
        (
            str(each["ticket_id"]),
            OPENED + timedelta(minutes=each["reply_time_in_minutes"]["calendar"]) if each["replies"] else None,
            each["replies"],
            each["reopens"],
            datetime.fromisoformat(each["solved_at"]),
        )
        for each in metrics
    ]
    assert ours == sorted(theirs)
    # Without the comments the figures are Zendesk's own.
    other = Extract(desk.server, extract.store_path / "other")
    other.run(resources=["tickets"])
    assert other.staged("ticket", "ticket_id, first_response_at, agent_reply_count, reopen_count, resolved_at") == ours
