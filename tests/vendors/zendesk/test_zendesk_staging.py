"""What the staging models make of what Zendesk delivered: first responses, teams, ratings, calls."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.vendors.zendesk.desk import AGENT, COLLEAGUE, CUSTOMER, NOW, OPENED, SYSTEM, Desk, Extract
from tests.vendors.zendesk.zendesk_server import seconds, text

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MACHINES: tuple[Any, ...] = (
    "Rule",
    "rule",
    8,
    {"channel": "rule", "source": {"rel": "trigger"}},
    {"channel": 8},
    "Answer Bot",
    "Answer Bot for Web Widget",
    {"channel": "answer_bot_for_web_widget"},
    "Automatic Solution Suggestions",
)
PEOPLE: tuple[Any, ...] = ("Mail", "Web form", "Web service", {"channel": "web"}, {"channel": "api"}, None, 4)


@pytest.mark.parametrize("via", MACHINES, ids=str)
def test_what_a_rule_or_a_bot_writes_is_no_response(desk: Desk, extract: Extract, via: Any) -> None:
    desk.open(1)
    desk.comment(1, OPENED + MINUTE, AGENT, via=via)
    desk.comment(1, OPENED + 2 * MINUTE, AGENT)
    extract.run()
    assert extract.staged("ticket", "first_response_at, agent_reply_count") == [(OPENED + 2 * MINUTE, 1)]


@pytest.mark.parametrize("via", PEOPLE, ids=str)
def test_what_an_agent_writes_is_one_however_it_came(desk: Desk, extract: Extract, via: Any) -> None:
    desk.open(1)
    desk.comment(1, OPENED + MINUTE, AGENT, via=via)
    extract.run()
    assert extract.staged("ticket", "first_response_at, agent_reply_count") == [(OPENED + MINUTE, 1)]


@pytest.mark.parametrize("author", [CUSTOMER, SYSTEM, 999, None])
def test_what_nobody_of_the_staff_writes_is_no_response(desk: Desk, extract: Extract, author: Any) -> None:
    desk.open(1)
    desk.comment(1, OPENED + MINUTE, author)
    extract.run()
    assert extract.staged("ticket", "first_response_at, agent_reply_count") == [(None, 0)]


def test_a_note_is_no_response_and_no_message(desk: Desk, extract: Extract) -> None:
    desk.open(1)
    desk.comment(1, OPENED + MINUTE, AGENT, public=False)
    desk.comment(1, OPENED + 2 * MINUTE, CUSTOMER)
    desk.comment(1, OPENED + 3 * MINUTE, COLLEAGUE)
    extract.run()
    columns = "first_response_at, agent_reply_count, interaction_count"
    assert extract.staged("ticket", columns) == [(OPENED + 3 * MINUTE, 1, 3)]


def test_the_comment_with_which_an_agent_opens_a_ticket_is_no_response(desk: Desk, extract: Extract) -> None:
    desk.open(1, by=AGENT)
    # The events say a second later what the ticket says.
    desk.open(2, by=AGENT)
    desk.server.events[-1] |= {"created_at": text(OPENED + timedelta(seconds=1))}
    # Nothing but the moment says that the ticket began with it.
    desk.open(3, by=AGENT)
    desk.server.events[-1]["child_events"] = desk.server.events[-1]["child_events"][:1]
    desk.comment(3, OPENED + MINUTE, AGENT)
    extract.run()
    assert extract.staged("ticket", "ticket_id, first_response_at") == [
        ("1", None),
        ("2", None),
        ("3", OPENED + MINUTE),
    ]


def test_who_asks_answers_nothing_whatever_the_role(desk: Desk, extract: Extract) -> None:
    desk.open(1, requester_id=AGENT, by=AGENT)
    desk.comment(1, OPENED + MINUTE, AGENT)
    desk.comment(1, OPENED + 2 * MINUTE, COLLEAGUE)
    extract.run()
    assert extract.staged("ticket", "first_response_at, agent_reply_count") == [(OPENED + 2 * MINUTE, 1)]


def test_a_comment_that_names_its_author_is_of_that_author(desk: Desk, extract: Extract) -> None:
    desk.open(1)
    # A program of the company wrote it for an agent.
    desk.comment(1, OPENED + MINUTE, SYSTEM)
    desk.server.events[-1]["child_events"][0]["on_behalf"] = True
    desk.server._without_text = lambda record, _: record  # type: ignore[method-assign]
    desk.server.events[-1]["child_events"][0]["author_id"] = AGENT
    extract.run()
    assert extract.staged("ticket", "first_response_at") == [(OPENED + MINUTE,)]


def test_what_comes_late_counts_for_tickets_that_are_loaded(desk: Desk, extract: Extract) -> None:
    desk.open(1)
    desk.comment(1, OPENED + MINUTE, 300)
    extract.run()
    assert extract.staged("ticket", "team, email, first_response_at") == [("First line", "p100@example.com", None)]
    desk.user(300, "agent", NOW - HOUR)
    desk.user(CUSTOMER, "end-user", NOW - HOUR, email="new@example.com")
    desk.server.groups[7]["name"] = "Front desk"
    extract.run()
    changed = [("Front desk", "new@example.com", OPENED + MINUTE)]
    assert extract.staged("ticket", "team, email, first_response_at") == changed
    # Who leaves the staff has answered, and a group that is gone was the team.
    desk.user(300, "end-user", NOW - HOUR + MINUTE, active=False)
    del desk.server.groups[7]
    extract.run()
    assert extract.staged("ticket", "team, email, first_response_at") == changed
    assert extract.staged("agent", "agent_id") == [(str(AGENT),), (str(COLLEAGUE),), ("300",)]


def test_somebody_who_is_deleted_for_good_keeps_what_was_answered(desk: Desk, extract: Extract) -> None:
    desk.open(1)
    desk.comment(1, OPENED + MINUTE, AGENT)
    extract.run()
    gone = {"name": "Permanently deleted", "email": None, "permanently_deleted": True, "active": False}
    desk.user(AGENT, "end-user", NOW - HOUR, **gone)
    desk.user(CUSTOMER, "end-user", NOW - HOUR, **gone)
    extract.run()
    assert extract.staged("ticket", "email, first_response_at") == [(None, OPENED + MINUTE)]


@pytest.mark.parametrize(
    ("stations", "reassigned"),
    [((0, 1), 0), ((1, 1), 0), ((2, 1), 1), ((1, 2), 1), ((4, 2), 3), ((None, 3), 2), ((None, None), None)],
)
def test_a_ticket_that_changed_hands_was_reassigned(
    desk: Desk, extract: Extract, stations: tuple[Any, Any], reassigned: int | None
) -> None:
    desk.open(1)
    desk.touch(1, OPENED, assignee_stations=stations[0], group_stations=stations[1])
    extract.run()
    assert extract.staged("ticket", "reassignment_count") == [(reassigned,)]


@pytest.mark.parametrize(
    ("status", "tags", "expected"),
    [
        ("solved", [], ("solved", OPENED + HOUR, None)),
        ("closed", ["vip"], ("closed", OPENED + HOUR, OPENED + DAY)),
        # Solved once and open again.
        ("open", [], ("open", None, None)),
        ("pending", [], ("pending", None, None)),
        ("hold", [], ("hold", None, None)),
        ("closed", ["closed_by_merge"], ("merged", OPENED + HOUR, OPENED + DAY)),
        ("deleted", [], ("deleted", None, None)),
        ("deleted", ["closed_by_merge"], ("deleted", None, None)),
    ],
)
def test_a_ticket_is_resolved_while_it_is_solved_or_closed(
    desk: Desk, extract: Extract, status: str, tags: list[str], expected: tuple[Any, ...]
) -> None:
    desk.open(1)
    desk.touch(
        1, OPENED + DAY, status=status, tags=tags, solved_at=text(OPENED + HOUR), status_updated_at=text(OPENED + DAY)
    )  # fmt: skip
    extract.run()
    assert extract.staged("ticket", "status, resolved_at, closed_at") == [expected]


def test_a_deleted_ticket_of_which_nothing_is_left_is_deleted(desk: Desk, extract: Extract) -> None:
    desk.open(1)
    extract.run()
    desk.server.tickets[1] = {
        "id": 1, "status": "deleted", "generated_timestamp": seconds(OPENED + HOUR), "updated_at": text(OPENED + HOUR),
    }  # fmt: skip
    extract.run()
    assert extract.staged("ticket", "created_at, status, _version_at") == [
        (OPENED, "deleted", OPENED + HOUR), (OPENED, "new", OPENED),
    ]  # fmt: skip


def test_where_comments_are_unknown_the_counts_of_zendesk_stand_for_them(desk: Desk, extract: Extract) -> None:
    desk.open(1, OPENED - 90 * DAY)
    desk.comment(1, OPENED - 90 * DAY + 50 * MINUTE, AGENT)
    desk.comment(1, OPENED, AGENT)
    desk.touch(1, OPENED, replies=2, reply_time_in_minutes={"calendar": 50, "business": 10})
    desk.open(2, OPENED)
    desk.comment(2, OPENED + timedelta(seconds=61), AGENT)
    desk.touch(2, OPENED + HOUR, replies=1, reply_time_in_minutes={"calendar": 1})
    extract.run(start_date=date(2025, 10, 1))
    columns = "ticket_id, first_response_at, agent_reply_count, interaction_count"
    assert extract.staged("ticket", columns) == [
        ("1", OPENED - 90 * DAY + 50 * MINUTE, 2, None),
        ("2", OPENED + timedelta(seconds=61), 1, 2),
    ]
    # A later first day takes nothing away from what was fetched before.
    desk.touch(2, OPENED + 2 * HOUR)
    extract.run(start_date=date(2025, 11, 1))
    assert extract.staged("ticket", f"distinct {columns}")[1:] == [("2", OPENED + timedelta(seconds=61), 1, 2)]


def test_tickets_without_their_events_have_the_counts_of_zendesk(desk: Desk, extract: Extract) -> None:
    desk.open(1)
    desk.touch(1, OPENED, replies=3, reply_time_in_minutes={"calendar": 7}, reply_time_in_seconds={"calendar": 400})
    desk.server.tickets[1]["metric_set"]["reply_time_in_seconds"] = {"calendar": 400}
    desk.open(2)
    extract.run(resources=["tickets"])
    assert extract.staged("ticket", "ticket_id, first_response_at, agent_reply_count") == [
        ("1", OPENED + timedelta(seconds=400), 3),
        ("2", None, 0),
    ]


def test_metric_sets_may_be_part_of_their_tickets(desk: Desk, extract: Extract) -> None:
    desk.open(1)
    desk.touch(1, OPENED, reopens=4)
    metrics = desk.server.tickets[1].pop("metric_set")
    desk.server.tickets[1]["metric_sets"] = None
    whole = desk.server._by_cursor

    def embedded(name: str, *arguments: Any) -> Any:
        answer = whole(name, *arguments)
        for each in answer.content.get("tickets", ()):
            each["metric_set"] = metrics
        return answer

    desk.server._by_cursor = embedded  # type: ignore[method-assign]
    extract.run()
    assert extract.staged("ticket", "reopen_count") == [(4,)]


def test_ratings_are_answers_and_offers_are_none(desk: Desk, extract: Extract) -> None:
    desk.rate(1, 1, "offered", OPENED)
    desk.rate(2, 1, "good", OPENED)
    desk.rate(3, 2, "bad", OPENED + HOUR, assignee_id=None)
    desk.rate(4, 3, "unoffered", OPENED)
    extract.run()
    columns = "response_id, kind, answered_at, score, scale_max, ticket_id, agent_id, customer_id"
    assert extract.staged("survey_response", columns) == [
        ("2", "csat", OPENED, 1, 1, "1", str(AGENT), str(CUSTOMER)),
        ("3", "csat", OPENED + HOUR, 0, 1, "2", None, str(CUSTOMER)),
    ]


@pytest.mark.parametrize(
    ("completion", "is_abandoned"),
    [("completed", False), ("abandoned_in_queue", True), ("abandoned_in_voicemail", True), ("not_answered", False)],
)
def test_a_call_is_abandoned_where_the_caller_gave_up(
    desk: Desk, extract: Extract, completion: str, is_abandoned: bool
) -> None:
    desk.server.calls = {
        number: {
            "id": number, "created_at": text(OPENED), "updated_at": text(OPENED + HOUR), "duration": 90, "line": "+33 1",
            "direction": "inbound", "completion_status": completion, "agent_id": AGENT, "customer_id": CUSTOMER,
            "call_group_id": 8, "recording_url": "https://example.com/recording",
        }
        # Two calls of one moment are more than the one that a last page repeats.
        for number in (1, 2)
    }  # fmt: skip
    extract.run()
    columns = "call_id, started_at, ended_at, direction, is_abandoned, agent_id, customer_id, queue"
    assert extract.staged("call", columns) == [
        (key, OPENED, OPENED + timedelta(seconds=90), "inbound", is_abandoned, str(AGENT), str(CUSTOMER), "Second line")
        for key in ("1", "2")
    ]


def test_of_equal_comments_in_two_fetches_one_counts(desk: Desk, extract: Extract) -> None:
    desk.open(1)
    desk.comment(1, OPENED + MINUTE, AGENT)
    extract.run()
    # The overlap delivers it again, with a rule that has touched the event since.
    desk.server.events[-1]["timestamp"] = seconds(OPENED + 2 * MINUTE)
    desk.server.events[-1]["created_at"] = text(OPENED + 2 * MINUTE)
    extract.run()
    assert extract.staged("ticket", "first_response_at, agent_reply_count") == [(OPENED + 2 * MINUTE, 1)]
