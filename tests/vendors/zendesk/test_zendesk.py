"""Zendesk, as a server on loopback answers: what is fetched, and what becomes of it in raw."""

from datetime import timedelta
from pathlib import Path

from tests.vendors.zendesk.desk import AGENT, CUSTOMER, OPENED, SECRET_TEXT, Desk, Extract
from tests.vendors.zendesk.zendesk_server import OAUTH_TOKEN, TOKEN, text

HOUR = timedelta(hours=1)


def test_a_ticket_has_the_moments_and_counts_of_its_metric_set(desk: Desk, extract: Extract) -> None:
    desk.open(1)
    desk.touch(1, OPENED + 2 * HOUR, status="solved", assignee_id=AGENT, solved_at=text(OPENED + HOUR), reopens=1)

    reports = extract.run()

    assert {name: report.failures for name, report in reports.items() if report.failures} == {}
    columns = "id, created_at, changed_at, status, channel, assignee_id, group_id, solved_at, reopens"
    assert extract.rows("tickets", columns) == [
        ("1", OPENED, OPENED + 2 * HOUR, "solved", "email", str(AGENT), "7", OPENED + HOUR, 1)
    ]


def test_comments_are_known_without_their_text(desk: Desk, extract: Extract) -> None:
    desk.open(1)
    desk.comment(1, OPENED + HOUR, AGENT, public=False)
    desk.comment(1, OPENED + 2 * HOUR, AGENT)
    desk.comment(1, OPENED + 3 * HOUR, -1, via="Rule")
    extract.run()
    assert extract.rows("ticket_events", "ticket_id, created_at, author_id, is_public, is_machine, is_creation") == [
        ("1", OPENED, str(CUSTOMER), True, False, True),
        ("1", OPENED + HOUR, str(AGENT), False, False, False),
        ("1", OPENED + 2 * HOUR, str(AGENT), True, False, False),
        ("1", OPENED + 3 * HOUR, "-1", True, True, False),
    ]
    assert all("comment_events" not in asked.query.get("include", "") for asked in desk.server.asked)


def test_neither_text_nor_numbers_of_telephones_are_kept(desk: Desk, extract: Extract, tmp_path: Path) -> None:
    desk.open(1)
    desk.open(2, created_at="long ago")
    desk.rate(1, 1, "good", OPENED)
    extract.run()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in (SECRET_TEXT, "+33 1 23", "192.0.2.1", "Firefox", TOKEN, "Person 100"):
        assert secret.encode() not in kept
    assert b"long ago" in kept


def test_an_access_token_opens_the_account_too(desk: Desk, extract: Extract) -> None:
    desk.open(1)
    assert extract.run(oauth_token=OAUTH_TOKEN)["tickets"].rows == 1
