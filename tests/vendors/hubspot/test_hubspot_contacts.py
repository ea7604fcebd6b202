"""HubSpot's contacts, as a server on loopback answers."""

from datetime import timedelta
from typing import Any

import pytest

from pipelines.sources.rest import extraction
from tests.vendors.hubspot.extract import NOW, Extract
from tests.vendors.hubspot.hubspot_server import TOKEN, HubSpotServer
from tests.vendors.vendor_server import Asked, Fault

BEGUN = NOW - timedelta(days=30)


def test_contacts_are_read_with_what_a_kpi_needs(server: HubSpotServer, extract: Extract) -> None:
    server.put(
        "contacts", 101, BEGUN, email="ada@example.com", firstname="Ada", country="France", phone="1",
        hs_lifecyclestage_customer_date="2025-10-10T08:00:00Z", hubspot_owner_id="7",
        hs_analytics_source="ORGANIC_SEARCH",
    )  # fmt: skip
    assert extract.run("contacts")["contacts"].failures == []
    columns = "id, email, firstname, country, hs_analytics_source, hubspot_owner_id, createdate, merged_into"
    assert extract.rows("contacts", columns) == [
        ("101", "ada@example.com", "Ada", "France", "ORGANIC_SEARCH", "7", BEGUN, None)
    ]
    asked = {name for each in server.asked for name in (each.body or {}).get("properties", [])}
    assert not asked & {"phone", "mobilephone", "address", "ip_city", "message"}


def test_what_has_not_changed_is_not_loaded_again(server: HubSpotServer, extract: Extract) -> None:
    for key in range(1, 4):
        server.put("contacts", key, NOW - timedelta(minutes=5))
    extract.run("contacts")
    assert extract.run("contacts")["contacts"].unchanged == 1
    server.put("contacts", 2, country="Italy")
    assert extract.run("contacts")["contacts"].rows == 1
    assert extract.run("contacts")["contacts"].unchanged == 1


def test_more_records_of_one_moment_than_a_search_answers(server: HubSpotServer, extract: Extract) -> None:
    server.cap = 1_000
    for key in range(1, 2_501):
        server.put("contacts", key, BEGUN)
    assert extract.run("contacts")["contacts"].rows == 2_500
    assert {key for (key,) in extract.rows("contacts", "id")} == set(server.objects["contacts"])


def test_a_record_that_changes_while_others_are_read_hides_none(server: HubSpotServer, extract: Extract) -> None:
    for key in range(1, 601):
        server.put("contacts", key, BEGUN + timedelta(minutes=key))

    def one_changes(asked: Asked) -> None:
        server.put("contacts", server.searches + 1, country="Spain")

    server.before = one_changes
    extract.run("contacts")
    assert {key for (key,) in extract.rows("contacts", "id")} == set(server.objects["contacts"])
    server.before = lambda _: None
    extract.run("contacts")
    changed = {key for key, record in server.objects["contacts"].items() if record.properties.get("country")}
    assert {key for key, country in extract.rows("contacts", "id, country") if country} == changed


def test_a_change_of_which_the_index_learns_late(server: HubSpotServer, extract: Extract) -> None:
    late = server.put("contacts", 1, BEGUN)
    late.indexed = dict(late.properties)
    server.put("contacts", 1, NOW - timedelta(minutes=4), country="Italy")
    server.put("contacts", 2, NOW - timedelta(minutes=1))
    extract.run("contacts")
    late.indexed = None
    extract.run("contacts")
    assert extract.rows("contacts", "id, country") == [("1", None), ("2", None), ("1", "Italy")]


def test_an_interrupted_first_load_goes_on_where_it_ended(server: HubSpotServer, extract: Extract) -> None:
    for key in range(1, 1_001):
        server.put("contacts", key, BEGUN + timedelta(minutes=key))

    def is_revoked_after_three(asked: Asked) -> None:
        server.token = TOKEN if server.searches < 3 else "another"

    server.before = is_revoked_after_three
    passes = 1
    while extract.run("contacts")["contacts"].failures:
        server.searches = 0
        passes += 1
        assert passes < 10
    keys = [key for (key,) in extract.rows("contacts", "id")]
    assert passes == 3
    assert len(keys) == len(set(keys)) == 1_000


@pytest.mark.parametrize("is_committed", [True, False], ids=["after a commit", "before a commit"])
def test_a_kill_in_the_middle_leaves_neither_a_gap_nor_anything_twice(
    server: HubSpotServer, extract: Extract, monkeypatch: pytest.MonkeyPatch, is_committed: bool
) -> None:
    for key in range(1, 2_001):
        server.put("contacts", key, BEGUN + timedelta(minutes=key))
    monkeypatch.setattr(extraction, "RECORDS_PER_LOAD", 500)
    commit, commits = extract.store.commit, iter(range(10))

    def killed(*arguments: Any) -> None:
        is_last = next(commits) == 2
        if is_committed or not is_last:
            commit(*arguments)
        if is_last:
            raise KeyboardInterrupt

    monkeypatch.setattr(extract.store, "commit", killed)
    with pytest.raises(KeyboardInterrupt):
        extract.run("contacts")
    monkeypatch.setattr(extract.store, "commit", commit)
    assert extract.run("contacts")["contacts"].failures == []
    keys = [key for (key,) in extract.rows("contacts", "id")]
    assert len(keys) == len(set(keys)) == 2_000


def test_archived_contacts_are_gone_and_restored_ones_are_back(server: HubSpotServer, extract: Extract) -> None:
    for key in range(1, 251):
        server.put("contacts", key, BEGUN)
    server.archive("contacts", 9)
    extract.run("contacts")
    assert "9" not in extract.current("contacts")

    for key in range(1, 121):
        server.archive("contacts", key)
    assert [load.deleted for load in extract.run("contacts")["contacts"].new_loads] == [119]
    assert extract.current("contacts") == {str(key) for key in range(121, 251)}
    assert extract.run("contacts")["contacts"].new_loads == []

    server.objects["contacts"]["5"].archived_at = None
    extract.run("contacts")
    assert "5" in extract.current("contacts")


def test_an_archived_contact_does_not_come_back_from_a_late_index(server: HubSpotServer, extract: Extract) -> None:
    record = server.put("contacts", 1, NOW - timedelta(minutes=3))
    extract.run("contacts")
    server.put("contacts", 1, NOW - timedelta(minutes=2), country="Italy")
    record.indexed = dict(record.properties)
    server.archive("contacts", 1)
    for _ in range(3):
        extract.run("contacts")
        assert extract.current("contacts") == set()


def test_merged_contacts_lead_to_the_survivor(server: HubSpotServer, extract: Extract) -> None:
    for key in range(1, 4):
        server.put("contacts", key, BEGUN, email=f"{key}@example.com")
    extract.run("contacts")
    server.merge("contacts", 1, 2)
    server.now += timedelta(seconds=10)
    server.merge("contacts", 3, 1)
    extract.run("contacts")
    latest = {key: rest for key, *rest in extract.rows("contacts", "id, merged_into, email")}
    assert {key: into for key, (into, _) in latest.items()} == {"1": "3", "2": "3", "3": None}
    assert {email for into, email in latest.values() if into} == {"1@example.com", "2@example.com"}
    server.archive("contacts", 3)
    extract.run("contacts")
    assert extract.current("contacts") == set()


def test_a_fault_that_passes_costs_nothing_but_time(server: HubSpotServer, extract: Extract) -> None:
    for key in range(1, 451):
        server.put("contacts", key, BEGUN)
    server.faults = [Fault(hangs_up=True), Fault(is_cut=True)]
    assert extract.run("contacts")["contacts"].failures == []
    assert len(extract.rows("contacts", "id")) == 450


def test_what_changed_before_the_first_day_is_not_fetched(server: HubSpotServer, extract: Extract) -> None:
    server.put("contacts", 1, BEGUN)
    server.put("contacts", 2, BEGUN + timedelta(days=2))
    extract.run("contacts", start_date=(BEGUN + timedelta(days=1)).date())
    assert [key for (key,) in extract.rows("contacts", "id")] == ["2"]


def test_no_time_is_asked_for_that_the_account_has_not_seen(server: HubSpotServer, extract: Extract) -> None:
    server.put("contacts", 1, NOW - timedelta(hours=2))
    server.emails = [{"id": "1", "allEmailCampaignIds": ["900"]}]
    seen = NOW - timedelta(hours=1)
    server.events = [{"id": "e", "type": "SENT", "emailCampaignId": 900, "created": int(seen.timestamp() * 1000)}]
    for _ in range(3):
        extract.run("contacts", "email_events")
    filters = [
        each
        for asked in server.asked
        for group in (asked.body or {}).get("filterGroups", [])
        for each in group["filters"]
    ]
    moments = [int(each["value"]) for each in filters if each["propertyName"] == "lastmodifieddate"]
    moments += [int(asked.query[name]) for asked in server.asked for name in asked.query if name.endswith("Timestamp")]
    assert 0 < max(moments) <= seen.timestamp() * 1000
