"""An account of Mailchimp with half a year of e-mails and orders, and the same as extract files."""

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.vendors.mailchimp.mailchimp_server import Campaign, MailchimpServer

TABLES = """
      - {entity: campaign, path: mail-campaigns.csv}
      - {entity: email_send, path: mail-sends.csv}
      - {entity: order, path: mail-orders.csv}
"""
_STATUSES = ("paid", "paid", "paid", "pending", "refunded", "cancelled")


def fill(server: MailchimpServer, until: datetime) -> None:
    """Fills an account with what happened in the 180 days before a moment."""
    draw = random.Random(11)
    for number in range(12):
        server.campaigns[f"c{number}"] = _campaign(
            draw, number, until - timedelta(days=178 - number * 15, hours=number)
        )
    for number in range(300):
        ordered = until - timedelta(minutes=draw.randrange(60, 180 * 24 * 60))
        is_cancelled = number % 40 == 0
        server.orders[f"o{number}"] = {
            "id": f"o{number}", "store_id": "shop" if number % 3 else "outlet",
            "customer": {"id": f"k{draw.randrange(60)}", "email_address": f"buyer{number}@example.com"},
            "processed_at_foreign": ordered.isoformat(),
            "updated_at_foreign": ordered.isoformat(),
            "cancelled_at_foreign": (ordered + timedelta(hours=1)).isoformat() if is_cancelled else "",
            "order_total": draw.randrange(500, 30_000) / 100, "currency_code": "EUR",
            "financial_status": draw.choice(_STATUSES), "campaign_id": f"c{draw.randrange(6)}" if number % 5 == 0 else "",
        }  # fmt: skip


def _campaign(draw: random.Random, number: int, sent: datetime) -> Campaign:
    people = [
        {"email_id": f"p{each}", "email_address": f"p{each}@example.com", "status": draw.choices(
            ("sent", "hard", "soft"), (95, 2, 3))[0]}
        for each in draw.sample(range(200), 120)
    ]  # fmt: skip
    activity: dict[str, list[dict[str, str]]] = {}
    unsubscribed: list[dict[str, Any]] = []
    abuse: list[dict[str, Any]] = []
    for person in people:
        key = str(person["email_id"])
        if person["status"] != "sent":
            moment = (sent + timedelta(minutes=5)).isoformat()
            activity[key] = (
                [{"action": "bounce", "type": str(person["status"]), "timestamp": moment}] if number % 2 else []
            )
            continue
        hours = sorted(draw.sample(range(1, 90), 3))
        if draw.random() < 0.4:
            activity[key] = [
                {"action": "open", "timestamp": (sent + timedelta(hours=hour)).isoformat()} for hour in hours
            ]
        if draw.random() < 0.1:
            moment = (sent + timedelta(hours=hours[0], minutes=3)).isoformat()
            activity.setdefault(key, []).insert(0, {"action": "click", "timestamp": moment})
        if draw.random() < 0.02:
            unsubscribed.append({"email_id": key, "timestamp": (sent + timedelta(hours=95)).isoformat(), "reason": "-"})
        if draw.random() < 0.005:
            abuse.append({"email_id": key, "date": (sent + timedelta(hours=96)).isoformat()})
    settings = {"title": f"Issue {number}", "subject_line": "private"}
    return Campaign(
        {"id": f"c{number}", "send_time": sent.isoformat(), "settings": settings, "emails_sent": len(people)},
        people, activity, unsubscribed, abuse,
    )  # fmt: skip


def change(server: MailchimpServer, draw: random.Random, now: datetime) -> None:
    """Changes an account a little: orders come, change, go, and people open, leave and complain."""
    number = len(server.orders) + draw.randrange(10**6)
    server.orders[f"n{number}"] = {
        "id": f"n{number}", "store_id": "shop", "customer": {"id": f"k{draw.randrange(60)}"},
        "processed_at_foreign": (now - timedelta(minutes=draw.randrange(1, 600))).isoformat(), "cancelled_at_foreign": "",
        "order_total": draw.randrange(500, 30_000) / 100, "currency_code": "EUR", "financial_status": "paid",
        "campaign_id": "",
    }  # fmt: skip
    server.orders[draw.choice(list(server.orders))]["financial_status"] = draw.choice(_STATUSES)
    if draw.random() < 0.3:
        del server.orders[draw.choice(list(server.orders))]
    campaign = draw.choice(list(server.campaigns.values()))
    person = str(draw.choice(campaign.sent_to)["email_id"])
    moment = max(now - timedelta(minutes=draw.randrange(1, 60)), datetime.fromisoformat(campaign.campaign["send_time"]))
    event = {"action": draw.choice(("open", "click")), "timestamp": moment.isoformat()}
    campaign.activity.setdefault(person, []).append(event)
    if draw.random() < 0.1 and person not in {each["email_id"] for each in campaign.unsubscribed}:
        campaign.unsubscribed.append({"email_id": person, "timestamp": moment.isoformat()})
    if draw.random() < 0.02:
        key = f"c{len(server.campaigns)}"
        server.campaigns[key] = _campaign(draw, 1, now - timedelta(days=5))
        server.campaigns[key].campaign["id"] = key


def write_extracts(server: MailchimpServer, folder: Path) -> None:
    """Writes what the account holds as CSV files with the columns of the entities."""
    campaigns = list(server.campaigns.values())
    _write(
        folder / "mail-campaigns.csv",
        ("campaign_id", "name", "started_at"),
        [(each.campaign["id"], each.campaign["settings"]["title"], each.campaign["send_time"]) for each in campaigns],
    )
    _write(
        folder / "mail-sends.csv",
        ("send_id", "campaign_id", "email", "sent_at", "bounced_at", "first_opened_at", "first_clicked_at",
         "unsubscribed_at", "complained_at"),
        [row for campaign in campaigns for row in _sends(campaign)],
    )  # fmt: skip
    _write(
        folder / "mail-orders.csv",
        ("order_id", "customer_id", "ordered_at", "amount", "currency", "status", "campaign_id"),
        [
            (
                f"{each['store_id']}/{each['id']}", each["customer"]["id"], each["processed_at_foreign"],
                each["order_total"], each["currency_code"],
                "cancelled" if each["cancelled_at_foreign"] else each["financial_status"], each["campaign_id"],
            )
            for each in server.orders.values()
        ],
    )  # fmt: skip


def _sends(campaign: Campaign) -> list[tuple[Any, ...]]:
    left = {each["email_id"]: each["timestamp"] for each in campaign.unsubscribed}
    complained = {each["email_id"]: each["date"] for each in campaign.abuse}
    sent = campaign.campaign["send_time"]
    rows = []
    for person in campaign.sent_to:
        key = person["email_id"]
        first: dict[str, str] = {}
        for each in campaign.activity.get(key, []):
            first[each["action"]] = min(first.get(each["action"], "9999"), each["timestamp"])
        bounced = first.get("bounce", sent) if person["status"] in {"hard", "soft"} else None
        rows.append(
            (
                f"{campaign.campaign['id']}/{key}", campaign.campaign["id"], person["email_address"], sent, bounced,
                first.get("open"), first.get("click"), left.get(key), complained.get(key),
            )
        )  # fmt: skip
    return rows


def _write(path: Path, header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
