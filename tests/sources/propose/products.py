"""Exports of known products: their header rows, which are facts, with invented rows in the products' own style."""

import csv
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

# What a row gives: the cells by header, and what each entity must have of it (None: no row of that entity).
Row = tuple[dict[str, object], dict[str, dict[str, Any] | None]]


@dataclass(frozen=True)
class Product:
    """A product's export: `header` and a function that invents the row with a number."""

    name: str
    header: Sequence[str]
    row: Callable[[random.Random, int], Row]
    delimiter: str = ","
    encoding: str = "utf-8"
    rows: int = 60

    def content(self) -> tuple[bytes, list[dict[str, dict[str, Any] | None]]]:
        """Returns the bytes of a file and what its rows are."""
        chance = random.Random(self.name)
        rows = [self.row(chance, number) for number in range(self.rows)]
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator="\r\n")
        writer.writerow(self.header)
        for cells, _ in rows:
            assert cells.keys() <= set(self.header)
            writer.writerow([cells.get(name, "") for name in self.header])
        return text.getvalue().encode(self.encoding), [expected for _, expected in rows]


def _moment(chance: random.Random) -> datetime:
    return datetime(2025, 1, 1) + timedelta(minutes=chance.randrange(400_000))


def _hubspot_deal(chance: random.Random, number: int) -> Row:
    created, closed = _moment(chance), _moment(chance)
    stage = chance.choice(["Closed Won", "Closed Lost", "Appointment Scheduled", "Contract Sent"])
    amount = f"{chance.randrange(100_000) / 100:.2f}"
    cells = {
        "Record ID": 9000 + number, "Deal Name": f"Deal, {number}", "Deal Stage": stage, "Pipeline": "Sales Pipeline",
        "Create Date": f"{created:%Y-%m-%d %H:%M}", "Close Date": f"{closed:%Y-%m-%d %H:%M}", "Amount": amount,
        "Deal owner": "Ann Example", "Associated Company IDs": f"{50 + number % 9};{60 + number % 7}",
    }  # fmt: skip
    is_closed = stage.startswith("Closed")
    deal = {
        "deal_id": str(9000 + number), "created_at": created, "closed_at": closed if is_closed else None,
        "is_won": stage == "Closed Won" if is_closed else None, "amount": float(amount), "owner_id": "Ann Example",
        "customer_id": str(50 + number % 9),
    }  # fmt: skip
    return cells, {"deal": deal}


def _hubspot_ticket(chance: random.Random, number: int) -> Row:
    created = _moment(chance)
    wait = timedelta(seconds=chance.randrange(200_000))
    closed = created + timedelta(hours=chance.randrange(1, 90)) if number % 4 else None
    hours, rest = divmod(int(wait.total_seconds()), 3600)
    cells = {
        "Ticket ID": number, "Ticket name": "x", "Create date": f"{created:%Y-%m-%d %H:%M}", "Ticket status": "New",
        "Close date": f"{closed:%Y-%m-%d %H:%M}" if closed else "", "Ticket owner": "Bo",
        "Time to first agent email reply (HH:mm:ss)": f"{hours}:{rest // 60:02}:{rest % 60:02}" if number % 5 else "",
        "All associated contact emails": f"a{number}@example.com;b@example.com" if number % 3 else f"a{number}@example.com",
    }  # fmt: skip
    ticket = {
        "ticket_id": str(number), "created_at": created, "resolved_at": closed, "closed_at": closed, "agent_id": "Bo",
        "first_response_at": created + wait if number % 5 else None, "email": f"a{number}@example.com",
    }  # fmt: skip
    return cells, {"ticket": ticket}


def _zendesk(chance: random.Random, number: int) -> Row:
    created = _moment(chance)
    minutes, solved = chance.randrange(3_000), created + timedelta(hours=chance.randrange(1, 99))
    score = chance.choice(["Good", "Bad", "Offered", "Not Offered"])
    stations = chance.randrange(4)
    status = "Deleted" if number % 8 == 3 else "Solved"
    cells = {
        "Summation column": 1, "Id": number, "Requester id": 700 + number % 9, "Requester email": "r@example.com", "Assignee": "Cy",
        "Group": "Billing", "Status": status, "Priority": "High", "Via": "Web form", "Ticket type": "Question",
        "Created at": f"{created:%Y-%m-%d %H:%M}", "Updated at": f"{solved:%Y-%m-%d %H:%M}", "Solved at": f"{solved:%Y-%m-%d %H:%M}",
        "Satisfaction Score": score, "Assignee stations": stations, "Reopens": number % 3, "Replies": number % 5,
        "First reply time in minutes": minutes,
    }  # fmt: skip
    ticket = {
        "ticket_id": str(number), "created_at": created, "resolved_at": solved, "first_response_at": created + timedelta(minutes=minutes),
        "channel": "Web form", "team": "Billing", "reopen_count": number % 3, "agent_reply_count": number % 5,
        "reassignment_count": max(stations - 1, 0), "customer_id": str(700 + number % 9),
    }  # fmt: skip
    if status == "Deleted":
        return cells, {"ticket": None, "survey_response": None}
    is_rated = score in ("Good", "Bad")
    answer = {"response_id": str(number), "kind": "csat", "score": float(score == "Good"), "answered_at": solved}
    return cells, {"ticket": ticket, "survey_response": answer if is_rated else None}


def _freshdesk(chance: random.Random, number: int) -> Row:
    created = _moment(chance)
    resolved = created + timedelta(seconds=chance.randrange(300_000))
    survey = chance.choice(["Extremely Happy", "Happy", "Neutral", "Unhappy", "", "No response", "Not Responded"])
    cells = {
        "Ticket ID": number, "Status": "Closed", "Priority": "Low", "Source": "Phone", "Type": "Refund", "Agent": "Di", "Group": "Desk",
        "Created time": f"{created:%Y-%m-%d %H:%M:%S}", "Resolved time": f"{resolved:%Y-%m-%d %H:%M:%S}",
        "Closed time": f"{resolved:%Y-%m-%d %H:%M:%S}", "Last update time": f"{resolved:%Y-%m-%d %H:%M:%S}",
        "First response time (in hrs)": "01:30:00", "Resolution status": "Within SLA" if number % 2 else "SLA Violated",
        "Agent interactions": number % 6, "Survey results": survey, "Contact ID": 40 + number,
    }  # fmt: skip
    ticket = {
        "ticket_id": str(number), "created_at": created, "resolved_at": resolved, "sla_met": number % 2 == 1, "channel": "Phone",
        "first_response_at": created + timedelta(minutes=90), "agent_reply_count": number % 6,
    }  # fmt: skip
    scores = {"Extremely Happy": 5.0, "Happy": 4.0, "Neutral": 3.0, "Unhappy": 2.0}
    answer = (
        {"response_id": str(number), "score": scores[survey], "answered_at": resolved, "scale_max": 5.0}
        if survey in scores
        else None
    )
    return cells, {"ticket": ticket, "survey_response": answer}


def _intercom(chance: random.Random, number: int) -> Row:
    created = _moment(chance)
    closed = created + timedelta(minutes=chance.randrange(9_000)) if number % 3 else None
    rating = chance.choice([1, 3, 5, ""])
    cells = {
        "Conversation ID": 5_000 + number, "Conversation created at": f"{created:%Y-%m-%d %H:%M:%S}", "Teammate assigned": "Fay", "Channel": "Chat",
        "Last closed at": f"{closed:%Y-%m-%d %H:%M:%S}" if closed else "", "Conversation state": "closed" if closed else "open",
        "User ID": f"u{number % 9}", "Conversation rating": rating, "Number of reopens": number % 2,
    }  # fmt: skip
    ticket = {
        "ticket_id": str(5_000 + number),
        "created_at": created,
        "resolved_at": closed,
        "reopen_count": number % 2,
    }
    answer = {"response_id": str(5_000 + number), "kind": "csat", "score": rating, "answered_at": closed or created}
    return cells, {"ticket": ticket, "survey_response": answer if rating else None}


def _salesforce(chance: random.Random, number: int) -> Row:
    created, closed = _moment(chance), _moment(chance).replace(hour=0, minute=0)
    stage = chance.choice(["Closed Won", "Closed Lost", "Qualification"])
    is_closed = stage != "Qualification"
    cells = {
        "Id": f"006{number:012}", "AccountId": f"001{number % 9:012}", "StageName": stage, "Amount": 1000 + number,
        "CloseDate": f"{closed:%m/%d/%y}", "IsClosed": str(is_closed).upper(), "IsWon": str(stage == "Closed Won").upper(),
        "CreatedDate": f"{created:%m/%d/%y %I:%M %p}", "LeadSource": "Web", "Type": "Existing Customer - Upgrade",
    }  # fmt: skip
    deal = {
        "deal_id": f"006{number:012}", "created_at": created, "closed_at": closed if is_closed else None, "is_won": stage == "Closed Won",
        "amount": 1000.0 + number, "deal_type": "upsell", "customer_id": f"001{number % 9:012}",
    }  # fmt: skip
    return cells, {"deal": deal}


def _dynamics(chance: random.Random, number: int) -> Row:
    created, closed = _moment(chance), _moment(chance).replace(hour=0, minute=0)
    status = chance.choice(["Won", "Lost", "Open"])
    estimate, actual = 20_000 + number + 0.5, 26_173.38 + number
    cells = {
        "(Do Not Modify) Opportunity": f"o-{number}", "Topic": "x", "Potential Customer": f"Org {number % 8}", "Status": status, "Currency": "USD",
        "Est. Close Date": f"{closed:%Y-%m-%d}", "Actual Close Date": f"{closed:%Y-%m-%d}" if status != "Open" else "", "Created On": f"{created:%Y-%m-%d %H:%M}",
        "Est. Revenue": f"${estimate:,.2f}", "Actual Revenue": f"${actual:,.2f}" if status == "Won" else "", "Owner": "Gil",
    }  # fmt: skip
    deal = {
        "deal_id": f"o-{number}", "created_at": created, "closed_at": closed if status != "Open" else None, "currency": "USD",
        "is_won": {"Won": True, "Lost": False}.get(status), "amount": round(actual, 2) if status == "Won" else estimate, "customer_id": f"Org {number % 8}",
    }  # fmt: skip
    return cells, {"deal": deal}


def _pipedrive(chance: random.Random, number: int) -> Row:
    created, ended = _moment(chance), _moment(chance)
    status = chance.choice(["Gagnée", "Perdue", "Ouverte"])
    value = chance.randrange(1_000, 900_000) / 100
    cells = {
        "Affaire - ID": number, "Affaire - Titre": "x", "Affaire - Valeur": f"{value:,.2f}".replace(",", " ").replace(".", ","),
        "Affaire - Devise de Valeur": "EUR", "Affaire - Statut": status, "Affaire - Organisation": f"Org {number % 8}",
        "Affaire - Affaire créée": f"{created:%Y-%m-%d %H:%M:%S}",
        "Affaire - Date de gain": f"{ended:%Y-%m-%d %H:%M:%S}" if status == "Gagnée" else "",
        "Affaire - Heure de l'échec": f"{ended:%Y-%m-%d %H:%M:%S}" if status == "Perdue" else "",
    }  # fmt: skip
    deal = {
        "deal_id": str(number), "created_at": created, "closed_at": None if status == "Ouverte" else ended, "currency": "EUR",
        "is_won": {"Gagnée": True, "Perdue": False}.get(status), "amount": value, "customer_id": f"Org {number % 8}",
    }  # fmt: skip
    return cells, {"deal": deal}


def _mailchimp(chance: random.Random, number: int) -> Row:
    sent = _moment(chance)
    bounced, opened = 9 + number, 141 + chance.randrange(900)
    cells = {
        "Title": f"Campaign {number}", "Subject": "x", "List": "Main", "Send Date": f"{sent:%b %d, %Y %I:%M} {sent:%p}".replace("AM", "am").replace("PM", "pm"),
        "Total Recipients": f"{1751 + number:,}", "Successful Deliveries": "1,742", "Total Bounces": bounced, "Unique Opens": f"{opened:,}", "Unique Clicks": 20,
        "Unsubscribes": 1, "Abuse Complaints": 0, "Times Forwarded": 0, "Unique Id": f"id{number}", "Campaign Cost": "n/a",
    }  # fmt: skip
    return cells, {
        "campaign": {
            "campaign_id": f"id{number}",
            "name": f"Campaign {number}",
            "started_at": sent,
            "channel": "email",
        },
        "campaign_stat": {
            "campaign_id": f"id{number}", "sent_at": sent, "sent": 1751 + number, "delivered": 1742, "bounced": bounced, "opened": opened,
            "clicked": 20, "unsubscribed": 1, "complained": 0,
        },
    }  # fmt: skip


def _klaviyo(chance: random.Random, number: int) -> Row:
    sent = _moment(chance)
    channel = chance.choice(["Email", "SMS", "Mobile Push", ""])
    opened = "" if channel == "SMS" else chance.randrange(100, 4_000)
    cells = {
        "Campaign Name": f"Campaign {number}", "Tags": "tag", "Subject": "x", "List": "Engaged", "Send Time": f"{sent:%Y-%m-%d %H:%M:%S}",
        "Send Weekday": "Monday", "Total Recipients": f"{5_000 + number}.0", "Unique Opens": opened, "Unique Clicks": 7, "Unsubscribes": 2,
        "Spam Complaints": 0, "Successful Deliveries": f"{4_900 + number}.0", "Bounces": 100, "Campaign ID": f"01{number}", "Campaign Channel": channel,
    }  # fmt: skip
    stat = {
        "campaign_id": f"01{number}", "sent_at": sent, "sent": 5_000 + number, "delivered": 4_900 + number, "bounced": 100, "opened": opened,
        "unsubscribed": 2,
    }  # fmt: skip
    return cells, {
        "campaign": {"campaign_id": f"01{number}", "channel": channel or None},
        "campaign_stat": stat if channel in ("Email", "") else None,
    }


def _brevo(chance: random.Random, number: int) -> Row:
    added = _moment(chance).replace(hour=0, minute=0)
    cells = {
        "CONTACT ID": number,
        "EMAIL": f"p{number}@example.com",
        "LASTNAME": "Müller",
        "ADDED_TIME": f"{added:%d-%m-%Y}",
        "MODIFIED_TIME": f"{added:%d-%m-%Y}",
    }
    return cells, {
        "customer": {
            "customer_id": str(number),
            "email": f"p{number}@example.com",
            "name": "Müller",
            "created_at": added,
        }
    }


def _brevo_campaign(header: Sequence[str], thousands: str) -> Callable[[random.Random, int], Row]:
    def row(chance: random.Random, number: int) -> Row:
        sent = _moment(chance)
        hard, soft = 800 + 40 * number, 100 + 90 * number
        # The day decides how dates are read: one after the twelfth is in each file.
        sent = sent.replace(day=25) if number == 0 else sent
        totals = [9_000 + number, 8_000 + number, hard, "" if number % 9 == 8 else soft, 2_345 + number, 210, 11, 0]
        counts = [f"{total:,}".replace(",", thousands) if total != "" else "" for total in totals]
        cells = [f"Campaign {number}", "x", f"{sent:%d-%m-%Y %H:%M:%S}", *counts]
        stat = {
            "campaign_id": f"Campaign {number}", "sent_at": sent, "sent": totals[0], "delivered": totals[1],
            "bounced": hard + (totals[3] or 0), "opened": totals[4], "clicked": 210, "unsubscribed": 11, "complained": 0,
        }  # fmt: skip
        campaign = {"campaign_id": f"Campaign {number}", "started_at": sent, "channel": "email"}
        return dict(zip(header, cells, strict=True)), {"campaign": campaign, "campaign_stat": stat}

    return row


def _shopify(chance: random.Random, number: int) -> Row:
    order, line = divmod(number, 2)
    created = datetime(2025, 3, 1, 10) + timedelta(hours=order)
    email = "" if order % 3 else f"x{order}@example.com"
    phone = "+33 600" if order % 3 == 1 else ""
    if line:
        return {"Name": f"#{order}", "Email": email, "Lineitem name": "B", "Lineitem price": "5.00"}, {"order": None}
    cells = {
        "Name": f"#{order}", "Email": email, "Phone": phone, "Financial Status": "paid", "Currency": "EUR", "Total": f"{order + 10}.50",
        "Created at": f"{created:%Y-%m-%d %H:%M:%S} +0200", "Lineitem name": "A", "Lineitem price": "7.00", "Source": "web",
        "Cancelled at": f"{created:%Y-%m-%d %H:%M:%S} +0200" if order % 5 == 0 else "", "Shipping Country": "FR",
    }  # fmt: skip
    status = "cancelled" if order % 5 == 0 else "paid"
    paid = {
        "order_id": f"#{order}",
        "customer_id": email or phone or f"guest-#{order}",
        "amount": order + 10.5,
        "ordered_at": created - timedelta(hours=2),
        "status": status,
        "currency": "EUR",
        "country": "FR",
    }
    return cells, {"order": paid}


def _woocommerce(chance: random.Random, number: int) -> Row:
    ordered = _moment(chance)
    customer = "" if number % 2 else f"Ann {number}"
    cells = {
        "Date": f"{ordered:%Y-%m-%d %H:%M:%S}", "Order #": 300 + number, "N. Revenue (formatted)": "x", "Status": "completed", "Customer": customer,
        "Customer type": "new", "Product(s)": "1× A", "Items sold": 1, "N. Revenue": f"{number}.25",
    }  # fmt: skip
    order = {
        "order_id": str(300 + number), "customer_id": customer or f"guest-{300 + number}", "ordered_at": ordered, "amount": number + 0.25,
    }  # fmt: skip
    return cells, {"order": order}


def _zoho(chance: random.Random, number: int) -> Row:
    created, closing = _moment(chance), _moment(chance).replace(hour=0, minute=0)
    stage = chance.choice(["Closed Won", "Closed Lost", "Closed-Lost to Competition", "Qualification"])
    cells = {
        "Record Id": f"zcrm_{number}", "Deal Name": "x", "Account Name": "Acme", "Stage": stage, "Amount": number, "Deal Owner": "Ed",
        "Closing Date": f"{closing:%Y-%m-%d}", "Created Time": f"{created:%Y-%m-%d %H:%M:%S}",
    }  # fmt: skip
    is_open = stage == "Qualification"
    deal = {
        "deal_id": f"zcrm_{number}",
        "closed_at": None if is_open else closing,
        "is_won": None if is_open else stage == "Closed Won",
        "amount": float(number),
    }
    return cells, {"deal": deal}


_BREVO = {
    "en": ["Campaign Name", "Subject", "Date of sending", "Recipients", "Delivered", "Hard Bounces", "Soft Bounces", "Openers", "Clickers", "Unsubscribed", "Complaints"],
    "fr": ["Nom de la campagne", "Objet", "Date d'envoi", "Destinataires", "Délivrés", "Hard bounces", "Soft bounces", "Ouvreurs", "Cliqueurs", "Désabonnés", "Plaintes"],
    "fr-openings": ["Campagne", "Objet", "Date d'envoi", "Envoyés", "Délivrés", "Hard bounces", "Soft bounces", "Ouvertures", "Clics", "Désinscrits", "Plaintes"],
}  # fmt: skip

PRODUCTS = (
    Product("hubspot-deals", ["Record ID", "Deal Name", "Deal Stage", "Create Date", "Close Date", "Deal owner", "Amount", "Pipeline", "Associated Company IDs"], _hubspot_deal),
    Product("hubspot-tickets", ["Ticket ID", "Ticket name", "Create date", "Close date", "Ticket owner", "Ticket status", "Time to first agent email reply (HH:mm:ss)", "All associated contact emails"], _hubspot_ticket),
    Product("zendesk", ["Summation column", "Id", "Requester id", "Requester email", "Assignee", "Group", "Status", "Priority", "Via", "Ticket type", "Created at", "Updated at", "Solved at", "Satisfaction Score", "Assignee stations", "Reopens", "Replies", "First reply time in minutes"], _zendesk),
    Product("freshdesk", ["Ticket ID", "Status", "Priority", "Source", "Type", "Agent", "Group", "Created time", "Due by Time", "Resolved time", "Closed time", "Last update time", "Initial response time", "First response time (in hrs)", "Agent interactions", "Resolution status", "Survey results", "Contact ID"], _freshdesk, encoding="utf-8-sig"),
    Product("intercom", ["Conversation ID", "Conversation created at", "Last closed at", "Conversation state", "Teammate assigned", "Channel", "User ID", "Conversation rating", "Number of reopens"], _intercom),
    Product("salesforce", ["Id", "AccountId", "StageName", "Amount", "CloseDate", "Type", "LeadSource", "IsClosed", "IsWon", "CreatedDate"], _salesforce),
    Product("dynamics", ["(Do Not Modify) Opportunity", "Topic", "Potential Customer", "Status", "Est. Close Date", "Est. Revenue", "Actual Close Date", "Actual Revenue", "Currency", "Created On", "Owner"], _dynamics),
    Product("pipedrive-fr", ["Affaire - Titre", "Affaire - Valeur", "Affaire - Devise de Valeur", "Affaire - Statut", "Affaire - Organisation", "Affaire - Affaire créée", "Affaire - Date de gain", "Affaire - Heure de l'échec", "Affaire - ID"], _pipedrive, delimiter=";", encoding="cp1252"),
    Product("mailchimp", ["Title", "Subject", "List", "Send Date", "Total Recipients", "Successful Deliveries", "Total Bounces", "Times Forwarded", "Unique Opens", "Unique Clicks", "Unsubscribes", "Abuse Complaints", "Unique Id", "Campaign Cost"], _mailchimp),
    Product("klaviyo", ["Campaign Name", "Tags", "Subject", "List", "Send Time", "Send Weekday", "Total Recipients", "Unique Opens", "Unique Clicks", "Unsubscribes", "Spam Complaints", "Successful Deliveries", "Bounces", "Campaign ID", "Campaign Channel"], _klaviyo),
    Product("brevo", ["CONTACT ID", "EMAIL", "LASTNAME", "FIRSTNAME", "ADDED_TIME", "MODIFIED_TIME", "DOUBLE_OPT-IN"], _brevo, delimiter=";"),
    Product("brevo-campaigns", _BREVO["en"], _brevo_campaign(_BREVO["en"], ",")),
    Product("brevo-campaigns-fr", _BREVO["fr"], _brevo_campaign(_BREVO["fr"], "\u202f"), delimiter=";"),
    Product("brevo-campaigns-fr-openings", _BREVO["fr-openings"], _brevo_campaign(_BREVO["fr-openings"], " "), delimiter=";", encoding="cp1252"),
    Product("shopify", ["Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Currency", "Total", "Created at", "Lineitem name", "Lineitem price", "Shipping Country", "Cancelled at", "Source", "Phone"], _shopify),
    Product("woocommerce", ["Date", "Order #", "N. Revenue (formatted)", "Status", "Customer", "Customer type", "Product(s)", "Items sold", "Coupon(s)", "N. Revenue"], _woocommerce),
    Product("zoho", ["Record Id", "Deal Name", "Account Name", "Stage", "Amount", "Deal Owner", "Closing Date", "Created Time"], _zoho, encoding="utf-16"),
)  # fmt: skip
