"""Zendesk as it is on bad days: late, repeated, interrupted, limited, refusing."""

from datetime import date, timedelta
from typing import Any

import pytest

from pipelines.sources.rest import extraction
from pipelines.sources.zendesk.source import ZendeskSource
from tests.vendors.vendor_server import Answer, Asked, Fault
from tests.vendors.zendesk.desk import AGENT, NOW, OPENED, Desk, Extract
from tests.vendors.zendesk.zendesk_server import TOKEN, seconds, text

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FAULTS = {
    "429 as text": Fault(Answer("Rate limit exceeded", 429, {"Content-Type": "text/plain"})),
    "429 with seconds": Fault(Answer({}, 429, {"Retry-After": "0"})),
    "503": Fault(Answer({}, 503, {"Retry-After": "0"})),
    "500": Fault(Answer("oops", 500)),
    "hang up": Fault(hangs_up=True),
    "cut": Fault(is_cut=True),
}


def failures(extract: Extract, **settings: Any) -> dict[str, list[str]]:
    """What fails, by stream."""
    reports = extract.run(**settings)
    return {name: report.failures for name, report in reports.items() if report.failures}


def starts(desk: Desk, path: str) -> list[int]:
    """The moments from which an export was asked for."""
    asked = [each for each in desk.server.asked if each.path.endswith(path) and "start_time" in each.query]
    return [int(each.query["start_time"]) for each in asked]


def test_what_has_not_changed_is_not_loaded_again(desk: Desk, extract: Extract) -> None:
    desk.open(1)
    desk.rate(1, 1, "good", OPENED)
    extract.run()
    assert {name: report.unchanged for name, report in extract.run().items()} == dict.fromkeys(
        ("groups", "users", "tickets", "ticket_events", "satisfaction_ratings", "calls"), 1
    )


@pytest.mark.usefixtures("at_once")
def test_each_fetch_begins_minutes_before_the_newest_change_and_never_by_the_clock(
    desk: Desk, extract: Extract
) -> None:
    desk.open(1, NOW - HOUR)
    desk.open(2, NOW - timedelta(seconds=30))
    extract.run()
    # The last minute is not exported yet.
    assert extract.rows("tickets", "id") == [("1",)]
    desk.server.asked.clear()
    # What was changed earlier shows up later.
    desk.open(3, NOW - HOUR - 5 * MINUTE)
    desk.server.now += HOUR
    extract.run()
    assert [key for (key,) in extract.rows("tickets", "id")] == ["1", "3", "2"]
    assert [key for (key,) in extract.rows("ticket_events", "ticket_id")] == ["1", "3", "2"]
    for path in ("/tickets/cursor", "/ticket_events"):
        assert starts(desk, path) == [seconds(NOW - HOUR - 10 * MINUTE)]


@pytest.mark.usefixtures("at_once")
def test_an_account_without_anything_is_asked_from_its_beginning_again(desk: Desk, extract: Extract) -> None:
    assert failures(extract) == {}
    desk.open(1)
    assert failures(extract) == {}
    assert extract.rows("tickets", "id") == [("1",)]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("interrupted_at", [0, 11, 25])
def test_more_equal_moments_than_a_page_has_are_neither_lost_nor_doubled(
    desk: Desk, extract: Extract, monkeypatch: pytest.MonkeyPatch, interrupted_at: int
) -> None:
    desk.server.per_export = 2
    for number in range(1, 61):
        desk.open(number)
    if interrupted_at:
        monkeypatch.setattr(extraction, "RECORDS_PER_LOAD", 2)
        revoke_after(desk, interrupted_at)
        assert "tickets" in failures(extract)
        allow(desk)
    assert failures(extract) == {}
    assert sorted(int(key) for (key,) in extract.rows("tickets", "id")) == list(range(1, 61))


def revoke_after(desk: Desk, pages: int) -> None:
    """Zendesk refuses everything after so many pages of tickets."""
    asked = iter(range(10_000))

    def revoke(each: Asked) -> None:
        if each.path.endswith("/tickets/cursor") and next(asked) >= pages:
            desk.server.token = None

    desk.server.before = revoke


def allow(desk: Desk) -> None:
    """Zendesk answers again."""
    desk.server.before = lambda _: None
    desk.server.token = TOKEN


@pytest.mark.usefixtures("at_once")
def test_a_cursor_that_zendesk_does_not_know_any_more_is_no_end(
    desk: Desk, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "RECORDS_PER_LOAD", 2)
    desk.server.per_export = 2
    for number in range(1, 41):
        desk.open(number)
    # The second time, beginning again before the newest change has not led further.
    for _ in range(2):
        revoke_after(desk, 15)
        assert "tickets" in failures(extract)
        allow(desk)
    cursors: list[str] = []

    def forget_the_first(each: Asked) -> None:
        if each.path.endswith("/tickets/cursor"):
            cursors.append(each.query.get("cursor", ""))
            if len(cursors) == 1:
                each.query["cursor"] = "forgotten"

    desk.server.before = forget_the_first
    assert failures(extract) == {}
    assert cursors[0]
    assert cursors[1] == ""
    assert sorted(int(key) for (key,) in extract.rows("tickets", "id")) == list(range(1, 41))


@pytest.mark.usefixtures("at_once")
def test_three_years_that_are_interrupted_daily_are_complete_in_the_end(
    desk: Desk, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "RECORDS_PER_LOAD", 50)
    desk.server.per_export = 20
    for number in range(1, 601):
        desk.open(number, OPENED - 2 * number * DAY)
    passes = 0
    revoke_after(desk, 7)
    while failures(extract):
        passes += 1
        assert passes < 20
        allow(desk)
        revoke_after(desk, 7)
    assert passes > 3
    assert sorted(int(key) for (key,) in extract.rows("tickets", "id")) == list(range(1, 601))


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("number_of_commit", [1, 2, 3])
def test_a_kill_between_two_loads_leaves_neither_gap_nor_double(
    desk: Desk, extract: Extract, monkeypatch: pytest.MonkeyPatch, number_of_commit: int
) -> None:
    monkeypatch.setattr(extraction, "RECORDS_PER_LOAD", 4)
    desk.server.per_export = 3
    for number in range(1, 15):
        desk.open(number, OPENED + number * MINUTE)
    commit, commits = extraction._Extraction.commit, iter(range(1, 1_000))

    def killed(*arguments: Any, **options: Any) -> None:
        if next(commits) == number_of_commit:
            raise KeyboardInterrupt
        commit(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(extraction._Extraction, "commit", killed)
        with pytest.raises(KeyboardInterrupt):
            extract.run(resources=["tickets"])
    assert failures(extract) == {}
    assert sorted(int(key) for (key,) in extract.rows("tickets", "id")) == list(range(1, 15))
    assert len(extract.rows("ticket_events", "id")) == 14


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("place", range(6))
def test_a_fault_that_passes_costs_nothing_but_time(desk: Desk, extract: Extract, fault: Fault, place: int) -> None:
    desk.open(1)
    desk.rate(1, 1, "good", OPENED)
    untouched = iter([True] * place + [False])

    def strike(_: Asked) -> None:
        if not next(untouched, True):
            desk.server.faults.append(fault)

    desk.server.before = strike
    assert failures(extract) == {}
    assert len(extract.rows("tickets", "id")) == len(extract.rows("satisfaction_ratings", "id")) == 1


def test_exports_that_are_limited_are_waited_for(desk: Desk, extract: Extract) -> None:
    desk.open(1)
    desk.server.export_limit = (2, 1.0)
    assert failures(extract) == {}
    assert len(extract.rows("ticket_events", "id")) == 1


def test_a_revoked_token_fails_with_what_to_do_and_without_the_token(desk: Desk, extract: Extract) -> None:
    desk.server.token = None
    found = failures(extract)
    assert len(found) == 6
    assert found["tickets"] == [
        "Zendesk refuses /api/v2/incremental/tickets/cursor (HTTP 401): as an administrator, create a new token in the"
        " Admin Center under Apps and integrations, APIs, and put it into the environment variable"
    ]
    assert TOKEN not in str(found)


def test_somebody_who_is_no_administrator_is_named_before_the_first_pass(desk: Desk, extract: Extract) -> None:
    source = ZendeskSource(extract.settings())
    client = source.open_client()
    assert list(source.check_access(client, source.chosen_resources())) == []
    desk.server.role = "agent"
    assert list(source.check_access(client, source.chosen_resources())) == [
        "Zendesk: the credentials are those of a person with the role agent, and exports are for administrators: use a"
        " token and the address of an administrator"
    ]
    assert {"tickets", "users", "ticket_events"} == failures(extract).keys()
    desk.server.scope = "users:read"
    assert list(source.check_access(client, source.chosen_resources())) == [
        "Zendesk: the token may not read everything: create one with the scope read"
    ]


def test_an_account_without_talk_and_ratings_delivers_the_rest(desk: Desk, extract: Extract) -> None:
    desk.open(1)
    desk.server.calls = None
    desk.server.has_ratings = False
    assert failures(extract) == failures(extract) == {}
    assert extract.rows("tickets", "id") == [("1",)]


def test_what_is_asked_for_by_name_has_to_be_there(desk: Desk, extract: Extract) -> None:
    desk.server.calls = None
    assert failures(extract, resources=["calls", "groups"]).keys() == {"calls"}


def test_ratings_that_were_there_and_are_not_are_a_failure(desk: Desk, extract: Extract) -> None:
    desk.rate(1, 1, "bad", OPENED)
    extract.run()
    desk.server.has_ratings = False
    [(stream, [message])] = failures(extract).items()
    assert stream == "satisfaction_ratings"
    assert message.endswith("if the account has them no more, name the other resources under `resources`")


@pytest.mark.usefixtures("at_once")
def test_days_before_the_first_one_wanted_are_not_asked_for_until_they_are(desk: Desk, extract: Extract) -> None:
    desk.open(1, OPENED - 90 * DAY)
    desk.open(2)
    first = date(2025, 10, 1)
    assert failures(extract, start_date=first) == {}
    assert min(starts(desk, "/tickets/cursor") + starts(desk, "/ticket_events")) == 1_759_276_800
    # Somebody who wrote has been there for long.
    assert [key for (key,) in extract.rows("users", "id")] == ["100", "200", "201"]
    assert extract.rows("tickets", "id") == [("2",)]
    assert failures(extract) == {}
    assert [key for (key,) in extract.rows("tickets", "id")] == ["2", "1"]


def test_a_changed_rating_and_a_removed_one_are_seen(desk: Desk, extract: Extract) -> None:
    desk.rate(1, 1, "offered", OPENED)
    desk.rate(2, 1, "good", OPENED)
    desk.rate(3, 2, "good", OPENED)
    extract.run()
    desk.server.ratings[2]["score"] = "bad"
    del desk.server.ratings[3]
    [load] = extract.run()["satisfaction_ratings"].new_loads
    assert (load.rows, load.deleted) == (1, 1)
    assert extract.rows("satisfaction_ratings", "id, score") == [("2", "good"), ("3", "good"), ("2", "bad")]


def test_fields_that_appear_vanish_and_change_their_type_concern_their_record_alone(
    desk: Desk, extract: Extract
) -> None:
    desk.open(1)
    desk.open(2, priority={"name": "urgent"}, tags="closed_by_merge", via="web")
    desk.open(3, something_new=[1, 2])
    del desk.server.tickets[3]["priority"], desk.server.tickets[3]["metric_set"]
    desk.server.events[0]["child_events"] = None
    reports = extract.run()
    assert [failure for each in reports.values() for failure in each.failures] == []
    report = reports["tickets"]
    assert (report.rows, report.quarantined) == (2, 1)
    [rejected] = report.rejections.values()
    assert rejected.column == "priority"
    assert extract.rows("tickets", "id, priority, reopens") == [("1", "normal", 0), ("3", None, None)]


def test_a_ticket_is_loaded_again_when_only_the_system_has_changed_it(desk: Desk, extract: Extract) -> None:
    desk.open(1)
    extract.run()
    desk.server.tickets[1]["generated_timestamp"] = seconds(OPENED + HOUR)
    desk.server.tickets[1]["metric_set"]["solved_at"] = text(OPENED)
    desk.server.tickets[1]["status"] = "closed"
    extract.run()
    assert extract.rows("tickets", "changed_at, status, assignee_id") == [
        (OPENED, "new", None),
        (OPENED + HOUR, "closed", None),
    ]


def test_the_page_of_a_list_may_be_short(desk: Desk, extract: Extract) -> None:
    desk.server.per_list = 3
    for number in range(1, 11):
        desk.rate(number, number, "good" if number % 2 else "bad", OPENED, assignee_id=AGENT)
    extract.run()
    assert len(extract.rows("satisfaction_ratings", "id")) == 10
