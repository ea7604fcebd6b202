"""A HubSpot account of a year, and the same company as extract files."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.vendors.hubspot.hubspot_server import CrmRecord, HubSpotServer, iso

Row = dict[str, object]

_STAGES = {
    "11": {"isClosed": "false", "probability": "0.4"},
    "12": {"isClosed": "true", "probability": "1.0"},
    "13": {"isClosed": "true", "probability": "0.0"},
}
_STATES = {"1": {"ticketState": "OPEN"}, "4": {"ticketState": "CLOSED"}}
_EVENTS = {"SENT": "sent", "DELIVERED": "delivered", "BOUNCE": "bounce", "OPEN": "open", "CLICK": "click"}
_CAMPAIGNS = {"901": "1", "902": "2", "903": "2"}


def open_account(server: HubSpotServer) -> None:
    """Sets up pipelines, owners and marketing e-mails."""
    server.add_pipeline("deals", **{f"_{key}": meta for key, meta in _STAGES.items()})
    server.add_pipeline("tickets", **{f"_{key}": meta for key, meta in _STATES.items()})
    server.owners = [{"id": str(key), "firstName": "Agent", "lastName": str(key)} for key in range(1, 4)]
    server.emails = [
        {
            "id": key,
            "name": f"Issue {key}",
            "allEmailCampaignIds": [each for each in _CAMPAIGNS if _CAMPAIGNS[each] == key],
        }
        for key in ("1", "2")
    ]


def fill(server: HubSpotServer, begun: datetime, days: range) -> None:
    """Fills an account: a contact a day, with leads, deals, tickets and e-mails."""
    chance = random.Random(11)
    for key in days:
        at = begun + timedelta(days=key, minutes=chance.randrange(600))
        server.put(
            "contacts", key, at, email=f"p{key}@example.com", firstname="P", lastname=str(key),
            country=chance.choice(["France", "Italy", None]), hs_analytics_source=chance.choice(["PAID_SOCIAL", "EMAIL"]),
            hubspot_owner_id=chance.choice(["1", "2", None]),
            hs_lifecyclestage_customer_date=iso(at + timedelta(days=9)) if key % 5 == 0 else None,
        )  # fmt: skip
        if key % 2 == 0:
            server.put("leads", key, at, hubspot_owner_id=chance.choice(["1", "2"]))
            server.associate("leads", key, key)
        if key % 3 == 0:
            close = iso(at + timedelta(hours=chance.randrange(1, 13), seconds=chance.randrange(9_999)))
            amount = chance.choice(["3000", "12.50", None])
            stage = chance.choice(list(_STAGES))
            server.put("deals", key, at, dealstage=stage, closedate=close, amount=amount, hubspot_owner_id="1")
            server.associate("deals", key, key)
        if key % 4 == 0:
            closed = iso(at + timedelta(hours=chance.randrange(1, 14))) if chance.random() < 0.8 else None
            stage = "1" if closed is None else "4"
            channel = chance.choice(["EMAIL", "CHAT"])
            server.put(
                "tickets", key, at, hs_pipeline_stage=stage, closed_date=closed, source_type=channel,
                hs_ticket_priority=chance.choice(["HIGH", "LOW"]), hs_ticket_category=chance.choice(["PRODUCT_ISSUE", None]),
                hubspot_owner_id=chance.choice(["2", "3"]),
            )  # fmt: skip
            server.associate("tickets", key, key)
        send(server, key, at + timedelta(hours=1), chance)


def send(server: HubSpotServer, person: int, at: datetime, chance: random.Random) -> None:
    """Sends an e-mail to somebody, who may do something with it."""
    campaign = int(chance.choice(list(_CAMPAIGNS)))
    happened = [("SENT", 0), ("PROCESSED", 0)]
    happened += [("BOUNCE", 1)] if chance.random() < 0.1 else [("DELIVERED", 1)]
    happened += [("OPEN", 30)] * (chance.random() < 0.6) + [("CLICK", 40)] * (chance.random() < 0.3)
    for kind, minutes in happened:
        event = {
            "id": f"e{len(server.events)}", "type": kind, "emailCampaignId": campaign,
            "created": int((at + timedelta(minutes=minutes)).timestamp() * 1000),
            "recipient": f"p{person}@example.com",
        }  # fmt: skip
        if kind in {"OPEN", "CLICK"}:
            event["filteredEvent"] = chance.random() < 0.3
        server.events.append(event)


def change(server: HubSpotServer, now: datetime) -> None:
    """Changes an account: deals are closed, records archived, restored and merged, a ticket reopened."""
    server.now = now
    chance = random.Random(12)
    for key in (3, 6, 9, 12):
        server.put("deals", key, dealstage="12", closedate=iso(now - timedelta(days=1)), amount="777.70")
    for key in (21, 24):
        server.archive("deals", key)
    server.merge("deals", 27, 30)
    for kind, keys in {"contacts": (17, 19, 23), "leads": (22,), "tickets": (28, 32)}.items():
        for key in keys:
            server.archive(kind, key)
    server.objects["contacts"]["5"].archived_at = None
    server.merge("contacts", 40, 39)
    server.merge("contacts", 41, 40)
    server.put("tickets", 36, hs_pipeline_stage="1", closed_date=None)
    for key in range(200, 220):
        send(server, key, now - timedelta(hours=30), chance)


def evolve(server: HubSpotServer, chance: random.Random, now: datetime) -> None:
    """Changes an account a little: people come, buy, complain, read, and records are archived and come back."""
    server.now = now
    key = max(map(int, server.objects["contacts"])) + 1
    at = now - timedelta(minutes=2)
    server.put(
        "contacts", key, at, email=f"p{key}@example.com", firstname="P", lastname=str(key), country=None,
        hs_analytics_source="EMAIL", hubspot_owner_id="1", hs_lifecyclestage_customer_date=None,
    )  # fmt: skip
    server.put("leads", key, at, hubspot_owner_id="2")
    server.put("deals", key, at, dealstage="11", closedate=iso(now), amount="3000", hubspot_owner_id="1")
    server.put(
        "tickets", key, at, hs_pipeline_stage="1", closed_date=None, source_type="CHAT", hs_ticket_priority="LOW",
        hs_ticket_category=None, hubspot_owner_id="2",
    )  # fmt: skip
    for kind in ("leads", "deals", "tickets"):
        server.associate(kind, key, key)
    deal = chance.choice(list(server.objects["deals"]))
    closed = iso(now - timedelta(hours=chance.randrange(1, 90)))
    server.put("deals", deal, dealstage=chance.choice(list(_STAGES)), closedate=closed, amount="12.50")
    server.put("contacts", chance.choice(list(server.objects["contacts"])), country=chance.choice(["France", "Spain"]))
    ticket = chance.choice(list(server.objects["tickets"]))
    is_open = chance.random() < 0.5
    server.put("tickets", ticket, hs_pipeline_stage="1" if is_open else "4", closed_date=None if is_open else closed)
    send(server, chance.randrange(1, key), now - timedelta(minutes=chance.randrange(41, 55)), chance)
    kind = chance.choice(["contacts", "leads", "deals", "tickets"])
    record = server.objects[kind][chance.choice(list(server.objects[kind]))]
    if record.archived_at is None:
        server.archive(kind, record.id)
    else:
        record.archived_at = None


def extracts(server: HubSpotServer) -> Mapping[str, Sequence[Row]]:
    """Returns the same company as rows of entities: what a person reads off the account."""

    def alive(kind: str) -> list[CrmRecord]:
        return [each for each in server.objects[kind].values() if each.archived_at is None]

    def contact(kind: str, key: str) -> object:
        found = server.associations.get((kind, key))
        return found[0]["toObjectId"] if found else None

    customers: list[Row] = []
    for each in alive("contacts"):
        has = each.properties
        customers.append(
            {
                "customer_id": each.id, "email": has["email"], "name": f"P {has['lastname']}", "country": has["country"],
                "acquisition_channel": has["hs_analytics_source"], "created_at": has["createdate"],
                "became_customer_at": has["hs_lifecyclestage_customer_date"], "owner_id": has["hubspot_owner_id"],
                "updated_at": has["lastmodifieddate"], "merged_into": None,
            }
        )  # fmt: skip
        addresses = (has.get("hs_additional_emails") or "").split(";")
        for key, address in zip((has.get("hs_merged_object_ids") or "").split(";"), addresses, strict=True):
            if key:
                customers.append(
                    {**dict.fromkeys(customers[0]), "customer_id": key, "email": address, "merged_into": each.id}
                )
    return {
        "customer": customers,
        "lead": [
            {
                "lead_id": each.id, "created_at": each.properties["hs_createdate"],
                "customer_id": contact("leads", each.id), "owner_id": each.properties["hubspot_owner_id"],
            }
            for each in alive("leads")
        ],
        "deal": [_deal(each, contact("deals", each.id)) for each in alive("deals")],
        "ticket": [
            {
                "ticket_id": each.id, "created_at": each.properties["createdate"],
                "customer_id": contact("tickets", each.id), "channel": each.properties["source_type"], "priority": each.properties["hs_ticket_priority"],
                "category": each.properties["hs_ticket_category"], "agent_id": each.properties["hubspot_owner_id"],
                "resolved_at": each.properties["closed_date"], "closed_at": each.properties["closed_date"],
                "status": "CLOSED" if each.properties["hs_pipeline_stage"] == "4" else "OPEN",
            }
            for each in alive("tickets")
        ],
        "agent": [{"agent_id": each["id"], "name": f"Agent {each['lastName']}", "team": None} for each in server.owners],
        "campaign": [{"campaign_id": each["id"], "name": each["name"], "channel": "email"} for each in server.emails],
        "email_event": [_event(each) for each in server.events if each["type"] in _EVENTS],
    }  # fmt: skip


def _deal(record: CrmRecord, contact: object) -> Row:
    has = record.properties
    stage = _STAGES[str(has["dealstage"])]
    is_closed = stage["isClosed"] == "true"
    return {
        "deal_id": record.id, "created_at": has["createdate"], "customer_id": contact, "amount": has["amount"],
        "is_won": stage["probability"] == "1.0" if is_closed else None,
        "closed_at": has["closedate"] if is_closed else None, "owner_id": has["hubspot_owner_id"],
        "deal_type": None,
    }  # fmt: skip


def _event(event: Mapping[str, Any]) -> Row:
    return {
        "event_id": event["id"], "campaign_id": _CAMPAIGNS[str(event["emailCampaignId"])], "email": event["recipient"],
        "event": _EVENTS[event["type"]], "occurred_at": datetime.fromtimestamp(event["created"] / 1000).astimezone(),
        "is_machine": event.get("filteredEvent"),
    }  # fmt: skip
