"""Mailchimp's Marketing API 3.0, as far as a source asks for it: lists by offset, reports, authentication."""

import base64
import re
from dataclasses import dataclass, field
from typing import Any

from tests.vendors.vendor_server import Answer, Asked, VendorServer

KEY = "0123456789abcdef0123456789abcdef-us21"
_MOST_PER_PAGE = 1_000


@dataclass
class Campaign:
    """A campaign that was sent, with what its recipients did; they are listed by `email_id`."""

    campaign: dict[str, Any]
    sent_to: list[dict[str, Any]] = field(default_factory=list)
    activity: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    unsubscribed: list[dict[str, Any]] = field(default_factory=list)
    abuse: list[dict[str, Any]] = field(default_factory=list)


class MailchimpServer(VendorServer):
    """One account."""

    def __init__(self) -> None:
        super().__init__()
        self.campaigns: dict[str, Campaign] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.key = KEY
        # How many records the vendor counts in each list and does not show.
        self.uncounted = 0

    @property
    def base_url(self) -> str:
        """The address with the path prefix of the API."""
        return f"{self.url}/3.0"

    def answer(self, asked: Asked) -> Answer:
        """Returns the answer to a request."""
        expected = "Basic " + base64.b64encode(f"vigie:{self.key}".encode()).decode()
        if asked.headers.get("authorization") != expected:
            return Answer({"title": "API Key Invalid", "status": 401, "detail": f"Your API key {self.key}"}, 401)
        path = asked.path.removeprefix("/3.0")
        if path == "/ping":
            return Answer({"health_status": "Everything's Chimpy!"})
        if path == "/campaigns":
            return Answer(self._page(asked, "campaigns", [each.campaign for each in self._sent(asked.query)]))
        if path == "/ecommerce/orders":
            return Answer(self._page(asked, "orders", list(self.orders.values())))
        found = re.fullmatch(r"/reports/([^/]+)(?:/([a-z-]+))?", path)
        if found is None or found[1] not in self.campaigns:
            return Answer({"title": "Resource Not Found", "status": 404}, 404)
        return Answer(self._report(asked, self.campaigns[found[1]], found[2]))

    def _sent(self, query: dict[str, str]) -> list[Campaign]:
        since = query.get("since_send_time", "")
        sent = [each for each in self.campaigns.values() if each.campaign["send_time"] >= since]
        return sorted(sent, key=lambda each: str(each.campaign["send_time"]))

    def _report(self, asked: Asked, of: Campaign, part: str | None) -> dict[str, Any]:
        if part is None:
            events = [each["action"] for activity in of.activity.values() for each in activity]
            return {
                "emails_sent": len(of.sent_to),
                "opens": {"opens_total": events.count("open")},
                "clicks": {"clicks_total": events.count("click")},
                "bounces": {"hard_bounces": sum(each["status"] == "hard" for each in of.sent_to)},
                "unsubscribed": len(of.unsubscribed),
                "abuse_reports": len(of.abuse),
            }
        if part == "sent-to":
            return self._page(asked, "sent_to", of.sent_to)
        if part == "email-activity":
            people = [
                {"email_id": each["email_id"], "activity": of.activity.get(each["email_id"], [])} for each in of.sent_to
            ]
            return self._page(asked, "emails", people)
        if part == "unsubscribed":
            return self._page(asked, "unsubscribes", of.unsubscribed)
        return {"abuse_reports": of.abuse, "total_items": len(of.abuse)}

    def _page(self, asked: Asked, name: str, records: list[Any]) -> dict[str, Any]:
        count = min(int(asked.query.get("count", 10)), _MOST_PER_PAGE)
        offset = int(asked.query.get("offset", 0))
        return {name: records[offset : offset + count], "total_items": len(records) + self.uncounted}
