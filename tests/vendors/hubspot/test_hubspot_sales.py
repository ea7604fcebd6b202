"""HubSpot's deals, leads, tickets and owners, as a server on loopback answers."""

from datetime import timedelta

from tests.vendors.hubspot.extract import NOW, Extract
from tests.vendors.hubspot.hubspot_server import HubSpotServer, iso

BEGUN = NOW - timedelta(days=30)
CLOSED = BEGUN + timedelta(days=7)
OPEN = {"isClosed": "false", "probability": "0.2"}
WON = {"isClosed": "true", "probability": "1.0"}
LOST = {"isClosed": "true", "probability": "0.0"}


def test_deals_are_won_and_lost_by_the_meaning_of_their_stages(server: HubSpotServer, extract: Extract) -> None:
    server.add_pipeline("deals", appointmentscheduled=OPEN, closedwon=WON, closedlost=LOST)
    server.add_pipeline("deals", _91=OPEN, _92=WON)
    for key, stage in enumerate(["appointmentscheduled", "closedwon", "closedlost", "91", "92"], start=1):
        server.put(
            "deals", key, BEGUN, dealstage=stage, closedate=iso(CLOSED), amount="3000.00", dealtype="newbusiness"
        )
    server.put("deals", 6, BEGUN, dealstage="gone", closedate=iso(CLOSED), hs_is_closed="true", hs_is_closed_won="true")
    server.put("deals", 7, BEGUN, dealstage="gone", closedate=iso(CLOSED), hs_is_closed="false", amount="3000")
    server.associate("deals", 2, 101)
    server.associate("deals", 3, 101)
    server.associate("deals", 3, 102, "Primary contact")
    assert extract.run("deals")["deals"].failures == []
    columns = "id, is_won, closed_at, amount::double, contact_id"
    assert extract.rows("deals", columns) == [
        ("1", None, None, 3000.0, None),
        ("2", True, CLOSED, 3000.0, "101"),
        ("3", False, CLOSED, 3000.0, "102"),
        ("4", None, None, 3000.0, None),
        ("5", True, CLOSED, 3000.0, None),
        ("6", True, CLOSED, None, None),
        ("7", None, None, 3000.0, None),
    ]


def test_a_stage_that_gets_another_meaning_changes_old_deals(server: HubSpotServer, extract: Extract) -> None:
    server.add_pipeline("deals", _91=OPEN)
    server.put("deals", 1, BEGUN, dealstage="91", closedate=iso(CLOSED))
    server.put("deals", 2, NOW - timedelta(hours=1), dealstage="other")
    extract.run("deals")
    server.pipelines["deals"][0]["stages"][0]["metadata"] = WON
    extract.run("deals")
    assert extract.rows("deals", "id, is_won") == [("1", None), ("2", None), ("1", True)]
    server.add_pipeline("deals", _92=LOST)
    before = len(server.asked)
    assert extract.run("deals")["deals"].rows == 0
    filters = [
        each["filters"] for asked in server.asked[before:] for each in (asked.body or {}).get("filterGroups", [])
    ]
    assert any(each["propertyName"] == "hs_lastmodifieddate" for each in filters[-1])


def test_archived_and_merged_deals_are_gone(server: HubSpotServer, extract: Extract) -> None:
    for key in range(1, 5):
        server.put("deals", key, BEGUN)
    extract.run("deals")
    server.archive("deals", 1)
    server.merge("deals", 3, 2)
    extract.run("deals")
    assert extract.current("deals") == {"3", "4"}
    assert extract.run("deals")["deals"].new_loads == []


def test_leads_have_their_contact(server: HubSpotServer, extract: Extract) -> None:
    server.put("leads", 1, BEGUN, hubspot_owner_id="7", hs_lead_name="Ada Lovelace")
    server.put("leads", 2, BEGUN)
    server.associate("leads", 1, 101)
    assert extract.run("leads")["leads"].failures == []
    server.archive("leads", 2)
    extract.run("leads")
    assert extract.rows("leads", "id, contact_id, hs_createdate, hubspot_owner_id") == [
        ("1", "101", BEGUN, "7"), ("2", None, BEGUN, None),
    ]  # fmt: skip
    assert extract.current("leads") == {"1"}


def test_tickets_have_their_moments_and_state(server: HubSpotServer, extract: Extract) -> None:
    server.add_pipeline("tickets", _1={"ticketState": "OPEN"}, _4={"ticketState": "CLOSED"})
    server.put(
        "tickets", 1, BEGUN, hs_pipeline_stage="4", closed_date=iso(CLOSED), source_type="EMAIL",
        hs_ticket_priority="HIGH", subject="My order", content="It is broken",
    )  # fmt: skip
    server.put("tickets", 2, BEGUN, hs_pipeline_stage="1")
    server.associate("tickets", 1, 101)
    assert extract.run("tickets")["tickets"].failures == []
    columns = "id, contact_id, createdate, closed_date, ticket_state, source_type, hs_ticket_priority"
    assert extract.rows("tickets", columns) == [
        ("1", "101", BEGUN, CLOSED, "CLOSED", "EMAIL", "HIGH"),
        ("2", None, BEGUN, None, "OPEN", None, None),
    ]
    asked = {name for each in server.asked for name in (each.body or {}).get("properties", [])}
    assert not asked & {"subject", "content"}


def test_owners_with_their_teams_also_those_who_left(server: HubSpotServer, extract: Extract) -> None:
    server.owners = [
        {"id": str(key), "firstName": "Grace", "lastName": str(key), "email": "g@example.com", "archived": key == 2}
        for key in range(1, 151)
    ]
    server.owners[0]["teams"] = [{"id": "1", "name": "B", "primary": False}, {"id": "2", "name": "A", "primary": True}]
    report = extract.run("owners")["owners"]
    assert (report.failures, report.rows) == ([], 150)
    assert extract.rows("owners", "id, name, team")[:2] == [("2", "Grace 2", None), ("1", "Grace 1", "A")]
    assert extract.run("owners")["owners"].unchanged == 1
