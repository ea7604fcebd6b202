"""A helpdesk on Zendesk with half a year of tickets and ratings, and the same as extract files."""

import csv
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.vendors.zendesk.desk import SYSTEM, Desk
from tests.vendors.zendesk.zendesk_server import ZendeskServer, text

TABLES = """
      - {entity: ticket, path: desk-tickets.csv}
      - {entity: survey_response, path: desk-ratings.csv}
      - {entity: agent, path: desk-agents.csv}
"""
_AGENTS = (200, 201, 202, 203)
_CUSTOMERS = range(1_000, 1_060)
_GROUPS = {7: "First line", 8: "Second line", 9: "Invoices"}
_CHANNELS = ("web", "email", "api", "chat")
_PRIORITIES = ("low", "normal", "high", "urgent", None)
_RATED = {"good": 1, "bad": 0}


def company(until: datetime) -> Desk:
    """Returns a helpdesk with what happened in the 180 days before a moment, which is that of the server's clock."""
    draw = random.Random(23)
    server = ZendeskServer(until)
    desk = Desk(server)
    server.groups = {number: {"id": number, "name": name} for number, name in _GROUPS.items()}
    server.users.clear()
    for number in (*_AGENTS, *_CUSTOMERS):
        role = "end-user" if number in _CUSTOMERS else ("admin" if number == 200 else "agent")
        desk.user(number, role, until - timedelta(days=200))
    for number in range(1, 301):
        _live(desk, draw, number, until)
    return desk


def change(desk: Desk, draw: random.Random, now: datetime) -> None:
    """What happens in the hour before a moment, as far as exports show it: all of it is older than their lag."""
    server = desk.server
    server.now = now
    moment = now - timedelta(minutes=50)
    for _ in range(draw.randrange(1, 6)):
        moment += timedelta(seconds=draw.randrange(1, 400))
        number = draw.choice(list(server.tickets))
        ticket = server.tickets[number]
        metrics, agent = ticket["metric_set"], draw.choice(_AGENTS)
        match draw.randrange(10):
            case 0:
                customer = draw.choice(_CUSTOMERS)
                desk.open(max(server.tickets) + 1, moment, by=customer, requester_id=customer, via={"channel": "web"})
            case 1 | 2:
                author, options = draw.choice(_writers(draw, agent, ticket["requester_id"]))
                desk.comment(number, moment, author, **options)
            case 3 | 4:
                desk.touch(
                    number, moment, status=draw.choice(("solved", "closed")), solved_at=text(moment),
                    status_updated_at=text(moment),
                )  # fmt: skip
            case 5:
                desk.touch(
                    number, moment, status="open", reopens=metrics["reopens"] + 1, status_updated_at=text(moment)
                )
            case 6:
                stations = max(metrics["assignee_stations"], 0) + 1
                group = draw.choice(list(_GROUPS))
                desk.touch(number, moment, assignee_id=agent, group_id=group, assignee_stations=stations)
            case 7:
                gone = draw.choice(({"status": "deleted"}, {"status": "closed", "tags": ["closed_by_merge"]}))
                desk.touch(number, moment, **gone, status_updated_at=text(moment))
            case 8:
                asked = {"requester_id": ticket["requester_id"], "assignee_id": agent}
                desk.rate(max(server.ratings) + 1, number, draw.choice(("good", "bad", "offered")), moment, **asked)
                changed = draw.choice(list(server.ratings.values()))
                changed["score"] = draw.choice(("good", "bad"))
            case _:
                del server.ratings[draw.choice(list(server.ratings))]
                customer = draw.choice(_CUSTOMERS)
                desk.user(customer, "end-user", moment, email=f"new{customer}-{draw.randrange(9)}@example.com")
                server.groups[9]["name"] = f"Invoices {draw.randrange(3)}"


def _writers(draw: random.Random, agent: int, customer: int) -> list[tuple[int, dict[str, Any]]]:
    """Who may write on a ticket, and how."""
    return [
        (SYSTEM, {"via": "Rule"}),
        (agent, {"via": {"channel": "rule"}}),
        (agent, {"public": False}),
        (customer, {}),
        (agent, {}),
        (draw.choice(_AGENTS), {}),
    ]


def _live(desk: Desk, draw: random.Random, number: int, until: datetime) -> None:
    """The life of a ticket as far as it has happened."""
    customer, agent = draw.choice(_CUSTOMERS), draw.choice(_AGENTS)
    is_proactive = draw.random() < 0.08
    now = (until - timedelta(seconds=draw.randrange(7_200, 180 * 86_400))).replace(microsecond=0)
    desk.open(
        number, now, by=agent if is_proactive else customer, requester_id=customer, group_id=draw.choice(list(_GROUPS)),
        priority=draw.choice(_PRIORITIES), via={"channel": draw.choice(_CHANNELS)}, type=draw.choice(("question", None)),
    )  # fmt: skip
    writers = _writers(draw, agent, customer)
    for _ in range(draw.randrange(7)):
        now += timedelta(seconds=draw.randrange(30, 90_000))
        if now >= until - timedelta(minutes=2):
            return
        author, options = draw.choice(writers)
        desk.comment(number, now, author, **options)
    stations = {"assignee_stations": draw.choice((1, 1, 1, 2)), "group_stations": draw.choice((1, 1, 1, 3))}
    desk.touch(number, now, status="open", assignee_id=agent, status_updated_at=text(now), **stations)
    now += timedelta(seconds=draw.randrange(30, 200_000))
    if now >= until - timedelta(minutes=2) or draw.random() < 0.1:
        return
    status = draw.choices(("solved", "closed", "deleted"), (6, 4, 1))[0]
    tags = ["vip", "closed_by_merge"] if status == "closed" and draw.random() < 0.1 else ["vip"]
    desk.touch(
        number, now, status=status, tags=tags, solved_at=text(now), status_updated_at=text(now),
        reopens=draw.choices((0, 1, 2), (9, 2, 1))[0],
    )  # fmt: skip
    for attempt in range(draw.randrange(3)):
        now += timedelta(seconds=draw.randrange(60, 40_000))
        if now < until - timedelta(minutes=2):
            score = draw.choices(("offered", "good", "bad"), (3, 4, 2))[0]
            desk.rate(number * 10 + attempt, number, score, now, requester_id=customer, assignee_id=agent)


def write_extracts(server: ZendeskServer, folder: Path) -> None:
    """Writes what the account holds as CSV files with the columns of the entities."""
    _write(
        folder / "desk-tickets.csv",
        (
            "ticket_id", "created_at", "customer_id", "email", "channel", "priority", "category", "team", "agent_id",
            "first_response_at", "resolved_at", "closed_at", "status", "reopen_count", "reassignment_count",
            "agent_reply_count", "interaction_count", "updated_at",
        ),
        [_ticket(server, each) for each in server.tickets.values()],
    )  # fmt: skip
    _write(
        folder / "desk-ratings.csv",
        ("response_id", "kind", "answered_at", "score", "scale_min", "scale_max", "customer_id", "ticket_id", "agent_id"),
        [
            (
                each["id"], "csat", each["created_at"], _RATED[each["score"]], 0, 1, each["requester_id"],
                each["ticket_id"], each["assignee_id"],
            )
            for each in server.ratings.values()
            if each["score"] in _RATED
        ],
    )  # fmt: skip
    agents = [each for each in server.users.values() if each["role"] != "end-user"]
    _write(folder / "desk-agents.csv", ("agent_id", "name"), [(each["id"], each["name"]) for each in agents])


def _ticket(server: ZendeskServer, ticket: dict[str, Any]) -> tuple[Any, ...]:
    metrics = ticket["metric_set"]
    messages = list(_messages(server, ticket))
    replies = [moment for moment, is_reply in messages if is_reply]
    is_solved = ticket["status"] in {"solved", "closed"}
    return (
        ticket["id"], ticket["created_at"], ticket["requester_id"],
        server.users[ticket["requester_id"]]["email"], ticket["via"]["channel"], ticket["priority"], ticket["type"],
        server.groups[ticket["group_id"]]["name"], ticket["assignee_id"], min(replies, default=None),
        metrics["solved_at"] if is_solved else None,
        metrics["status_updated_at"] if ticket["status"] == "closed" else None,
        "merged" if "closed_by_merge" in ticket["tags"] else ticket["status"], metrics["reopens"],
        max(metrics["assignee_stations"], metrics["group_stations"], 1) - 1, len(replies), len(messages),
        ticket["updated_at"],
    )  # fmt: skip


def _messages(server: ZendeskServer, ticket: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """The public comments of people on a ticket, each with its moment and whether it answers."""
    events = [event for event in server.events if event["ticket_id"] == ticket["id"]]
    for number, event in enumerate(events):
        [comment] = [child for child in event["child_events"] if "comment_present" in child]
        if comment["comment_public"] and event["updater_id"] != SYSTEM and event["via"] == "Mail":
            is_reply = number > 0 and event["updater_id"] in _AGENTS
            yield event["created_at"], is_reply


def _write(path: Path, header: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
