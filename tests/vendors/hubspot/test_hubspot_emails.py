"""HubSpot's marketing e-mails, their events, and campaigns, as a server on loopback answers."""

from datetime import datetime, timedelta
from typing import Any

from tests.vendors.hubspot.extract import NOW, Extract
from tests.vendors.hubspot.hubspot_server import TOKEN, HubSpotServer
from tests.vendors.vendor_server import Asked

BEGUN = NOW - timedelta(days=30)


def email(key: int, *campaigns: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(key), "name": f"Issue {key}", "subject": "Read this", "publishDate": "2025-10-04T07:00:00Z",
        "allEmailCampaignIds": [str(each) for each in campaigns], **fields,
    }  # fmt: skip


def event(number: int, kind: str, at: datetime, campaign: int = 900, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"e{number}", "type": kind, "created": int(at.timestamp() * 1000), "emailCampaignId": campaign,
        "recipient": "ada@example.com", "userAgent": "Mozilla", "ipAddress": "192.0.2.1", **fields,
    }  # fmt: skip


def test_events_belong_to_the_email_that_knows_their_campaign(server: HubSpotServer, extract: Extract) -> None:
    server.emails = [email(1, 900, 901), email(2, 902, archived=True), email(3)]
    unsubscribed = [{"id": 7, "status": "UNSUBSCRIBED"}]
    events = [
        ("SENT", 900, {}), ("DELIVERED", 901, {}), ("OPEN", 900, {"filteredEvent": True}),
        ("CLICK", 902, {"filteredEvent": False}), ("BOUNCE", 900, {}), ("SPAMREPORT", 900, {}),
        ("STATUSCHANGE", 900, {"portalSubscriptionStatus": "UNSUBSCRIBED"}),
        ("STATUSCHANGE", 900, {"portalSubscriptionStatus": "SUBSCRIBED"}),
        ("STATUSCHANGE", 900, {"subscriptions": unsubscribed}),
        ("PROCESSED", 900, {}), ("DROPPED", 900, {}), ("DEFERRED", 900, {}), ("SENT", 999, {}), ("UNBOUNCE", 900, {}),
    ]  # fmt: skip
    server.events = [
        event(number, kind, BEGUN + timedelta(minutes=number), campaign, **fields)
        for number, (kind, campaign, fields) in enumerate(events)
    ]
    assert extract.run("email_events")["email_events"].failures == []
    assert sorted(extract.rows("email_events", "id, email_id, event, filtered_event")) == [
        ("e0", "1", "sent", None),
        ("e1", "1", "delivered", None),
        ("e2", "1", "open", True),
        ("e3", "2", "click", False),
        ("e4", "1", "bounce", None),
        ("e5", "1", "complaint", None),
        ("e6", "1", "unsubscribe", None),
        ("e8", "1", "unsubscribe", None),
    ]
    assert extract.run("email_events")["email_events"].unchanged == 1


def test_late_events_are_found_in_the_overlap(server: HubSpotServer, extract: Extract) -> None:
    server.emails = [email(1, 900)]
    server.events = [event(1, "SENT", NOW - timedelta(minutes=1))]
    extract.run("email_events")
    server.events += [event(2, "OPEN", NOW - timedelta(minutes=8)), event(3, "OPEN", NOW)]
    extract.run("email_events")
    assert [key for (key,) in extract.rows("email_events", "id")] == ["e1", "e3", "e2"]


def test_an_interrupted_first_load_of_events_goes_on_where_it_ended(server: HubSpotServer, extract: Extract) -> None:
    server.emails = [email(1, 900)]
    server.events = [event(number, "SENT", BEGUN + timedelta(seconds=number // 700)) for number in range(5_500)]
    asked = 0

    def is_revoked_after_two(request: Asked) -> None:
        nonlocal asked
        asked += request.path.endswith("/events")
        server.token = TOKEN if asked <= 2 else "another"

    server.before = is_revoked_after_two
    passes = 1
    while extract.run("email_events")["email_events"].failures:
        server.events.append(event(10_000 + passes, "OPEN", NOW - timedelta(minutes=20 - passes)))
        asked = 0
        passes += 1
        assert passes < 10
    server.before = lambda _: None
    extract.run("email_events")
    assert passes > 2
    assert {key for (key,) in extract.rows("email_events", "id")} == {each["id"] for each in server.events}


def test_events_whose_email_turns_up_later_are_read_then(server: HubSpotServer, extract: Extract) -> None:
    server.emails = [email(1, 900)]
    server.events = [event(1, "SENT", BEGUN, 901), event(2, "SENT", NOW, 900)]
    extract.run("email_events")
    server.emails.append(email(2, 901))
    extract.run("email_events")
    extract.run("email_events")
    assert extract.rows("email_events", "id, email_id") == [("e2", "1"), ("e1", "2")]


def test_emails_with_their_statistics_and_campaigns_with_their_spend(server: HubSpotServer, extract: Extract) -> None:
    counters = {"sent": 1751, "delivered": 1742, "bounce": 9, "open": 612, "click": 58, "unsubscribed": 3}
    server.emails = [email(1, 900, stats={"counters": counters, "ratios": {"openratio": 35.1}}), email(2)]
    server.campaigns = {
        "guid": {
            "campaign": {"id": "guid", "properties": {"hs_name": "Spring", "hs_start_date": "2025-03-01"}},
            "budget": {"spendTotal": 1250.5, "currencyCode": "EUR", "spendItems": [], "budgetItems": []},
        }
    }
    reports = extract.run("marketing_emails", "campaigns")
    assert {name: report.failures for name, report in reports.items()} == {"campaigns": [], "marketing_emails": []}
    assert extract.rows("marketing_emails", "id, name, sent, delivered, open, click, spamreport") == [
        ("1", "Issue 1", 1751, 1742, 612, 58, None),
        ("2", "Issue 2", None, None, None, None, None),
    ]
    assert extract.rows("campaigns", "id, name, start_date::date::varchar, spend_total::double, currency_code") == [
        ("guid", "Spring", "2025-03-01", 1250.5, "EUR")
    ]
    assert [report.unchanged for report in extract.run("marketing_emails", "campaigns").values()] == [1, 1]


def test_a_list_that_answers_the_same_page_for_ever_fails(server: HubSpotServer, extract: Extract) -> None:
    server.emails = [email(1, 900)] * 200
    server.before = lambda asked: asked.query.pop("after", None) and None
    assert extract.run("marketing_emails")["marketing_emails"].failures == [
        "HubSpot answers the same page again and again; the next run goes on from here"
    ]
