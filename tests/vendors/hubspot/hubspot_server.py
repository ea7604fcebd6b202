"""HubSpot's API, as far as a source asks for it: the CRM's search with its cap, lists, archive, authentication, limits."""

import re
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from tests.vendors.vendor_server import Answer, Asked, VendorServer

TOKEN = "pat-eu1-0123456789abcdef"
SECRET = "secret-of-the-app"
REFRESH = "refresh-token-of-the-account"
_CAP = 10_000


@dataclass
class CrmRecord:
    """A record of the CRM: its properties as HubSpot writes them, and when the index learns of its latest change."""

    id: str
    properties: dict[str, str | None]
    archived_at: str | None = None
    indexed: dict[str, str | None] | None = None


def iso(moment: datetime) -> str:
    """Returns a moment as HubSpot writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class HubSpotServer(VendorServer):
    """One account; its clock stands at `now`."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.now = now
        self.token = TOKEN
        self.objects: dict[str, dict[str, CrmRecord]] = {}
        self.associations: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.pipelines: dict[str, list[dict[str, Any]]] = {}
        self.owners: list[dict[str, Any]] = []
        self.emails: list[dict[str, Any]] = []
        self.campaigns: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.forbidden: set[str] = set()
        self.absent: set[str] = set()
        self.cap = _CAP
        self.searches = 0
        self.issued = 0
        # At most so many requests in so many seconds whose paths have a text; None for no limits.
        self.limits: list[tuple[int, float, str]] | None = None
        self.sent: dict[str, deque[float]] = {}
        self.refused = 0

    def put(self, kind: str, key: int | str, at: datetime | None = None, **properties: Any) -> CrmRecord:
        """Creates or changes a record; it is in the index at once."""
        version = "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"
        records = self.objects.setdefault(kind, {})
        record = records.setdefault(str(key), CrmRecord(str(key), {"hs_object_id": str(key)}))
        moment = iso(at or self.now)
        created = "createdate" if kind in {"contacts", "deals", "tickets", "companies"} else "hs_createdate"
        record.properties.setdefault(created, moment)
        record.properties |= {version: moment, **properties}
        return record

    def archive(self, kind: str, key: int | str) -> None:
        """Archives a record."""
        self.objects[kind][str(key)].archived_at = iso(self.now)

    def merge(self, kind: str, survivor: int | str, merged: int | str) -> None:
        """Merges a record into another: it is in no list any more."""
        gone = self.objects[kind].pop(str(merged))
        kept = self.objects[kind][str(survivor)].properties
        ids = [kept.get("hs_merged_object_ids"), gone.properties.get("hs_merged_object_ids"), str(merged)]
        addresses = [each.get(name) for each in (kept, gone.properties) for name in ("hs_additional_emails", "email")]
        addresses.remove(kept.get("email"))
        self.put(
            kind,
            survivor,
            hs_merged_object_ids=";".join(each for each in ids if each),
            hs_additional_emails=";".join(each for each in addresses if each),
        )

    def associate(self, kind: str, key: int | str, contact: int | str, label: str | None = None) -> None:
        """Associates a record with a contact."""
        to = {
            "toObjectId": int(contact),
            "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 3, "label": label}],
        }
        self.associations.setdefault((kind, str(key)), []).append(to)

    def add_pipeline(self, kind: str, **stages: dict[str, str]) -> None:
        """Adds a pipeline with the metadata of its stages."""
        shown = [{"id": key.lstrip("_"), "label": key, "metadata": meta} for key, meta in stages.items()]
        self.pipelines.setdefault(kind, []).append({"id": str(len(self.pipelines)), "stages": shown})

    def answer(self, asked: Asked) -> Answer:
        """Returns the answer to a request."""
        if asked.path == "/oauth/v1/token" and asked.method == "POST":
            return self._issue_token(dict(parse_qsl(asked.body)))
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return _error(401, "INVALID_AUTHENTICATION", f"Authentication credentials {self.token} are not valid")
        if (limited := self._limited(asked)) is not None:
            return limited
        return self.route(asked)

    def _issue_token(self, form: dict[str, str]) -> Answer:
        wanted = {"grant_type": "refresh_token", "client_id": "app", "client_secret": SECRET, "refresh_token": REFRESH}
        if form != wanted:
            return _error(400, "BAD_REFRESH_TOKEN", "missing or invalid refresh token")
        self.issued += 1
        self.token = f"issued-{self.issued}"
        return Answer(
            {"access_token": self.token, "refresh_token": REFRESH, "expires_in": 1800, "token_type": "bearer"}
        )

    def _limited(self, asked: Asked) -> Answer | None:
        """Returns 429 for what is above the limits; the answer does not say how long to wait, as HubSpot's does not."""
        if self.limits is None:
            return None
        now = time.monotonic()
        for requests, seconds, part in self.limits:
            sent = self.sent.setdefault(part, deque())
            while sent and sent[0] <= now - seconds:
                sent.popleft()
            if part in asked.path and len(sent) >= requests:
                self.refused += 1
                return _error(429, "RATE_LIMITS", "You have reached your limit", {"X-HubSpot-RateLimit-Remaining": "0"})
        for _, _, part in self.limits:
            if part in asked.path:
                self.sent[part].append(now)
        return None

    def route(self, asked: Asked) -> Answer:
        """Returns the answer to a request with valid credentials."""
        kind = asked.path.split("/")[4 if asked.path.startswith("/crm/v3/objects/") else 3]
        if kind in self.forbidden:
            return _error(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call.")
        if kind in self.absent:
            return _error(404, "OBJECT_NOT_FOUND", "no such resource")
        if asked.path == "/crm/v3/owners":
            archived = asked.query.get("archived") == "true"
            return self._page(asked, [each for each in self.owners if each.get("archived", False) == archived])
        if asked.path == "/marketing/v3/emails":
            archived = asked.query.get("archived") == "true"
            found = [each for each in self.emails if each.get("archived", False) == archived]
            return self._page(
                asked, found if "includeStats" in asked.query else [_without_stats(each) for each in found]
            )
        if asked.path == "/marketing/v3/campaigns":
            return self._page(asked, [each["campaign"] for each in self.campaigns.values()])
        if found := re.fullmatch(r"/marketing/v3/campaigns/([^/]+)/budget/totals", asked.path):
            return Answer(self.campaigns[found[1]]["budget"])
        if asked.path == "/email/public/v1/events":
            return self._events(asked.query)
        if found := re.fullmatch(r"/crm/v3/pipelines/([a-z]+)", asked.path):
            return Answer({"results": self.pipelines.get(found[1], [])})
        if found := re.fullmatch(r"/crm/v4/associations/([a-z_]+)/contacts/batch/read", asked.path):
            return self._associated(found[1], asked.body["inputs"])
        found = re.fullmatch(r"/crm/v3/objects/([a-z_]+)(/search|/batch/read)?", asked.path)
        if found is None:
            return _error(404, "OBJECT_NOT_FOUND", "no such resource")
        kind, action = found[1], found[2]
        if action == "/search" and asked.method == "POST":
            return self._search(kind, asked.body)
        if action == "/batch/read" and asked.method == "POST":
            return self._batch(kind, asked.body)
        if action is None and asked.method == "GET":
            return self._list(kind, asked.query)
        return _error(405, "VALIDATION_ERROR", "method")

    def _events(self, query: dict[str, str]) -> Answer:
        limit = int(query.get("limit", 100))
        if not 10 <= limit <= 1_000:
            return _error(400, "VALIDATION_ERROR", "limit is not between 10 and 1,000")
        begin, end = int(query.get("startTimestamp", 0)), int(query.get("endTimestamp", 1 << 62))
        found = [each for each in self.events if begin <= each["created"] < end]
        if "campaignId" in query:
            found = [each for each in found if str(each.get("emailCampaignId")) == query["campaignId"]]
        found.sort(key=lambda each: each["created"], reverse=True)
        after = int(query["offset"].removeprefix("offset-")) if "offset" in query else 0
        answer = {"events": found[after : after + limit], "hasMore": after + limit < len(found)}
        return Answer({**answer, "offset": f"offset-{after + limit}"})

    def _associated(self, kind: str, inputs: list[dict[str, str]]) -> Answer:
        if len(inputs) > 1_000:
            return _error(400, "VALIDATION_ERROR", "more than 1,000 inputs")
        found = [(each["id"], self.associations.get((kind, each["id"]))) for each in inputs]
        results = [{"from": {"id": key}, "to": to} for key, to in found if to]
        errors = [{"category": "OBJECT_NOT_FOUND", "context": {"fromObjectId": [key]}} for key, to in found if not to]
        answer = {"status": "COMPLETE", "results": results, "errors": errors, "numErrors": len(errors)}
        return Answer(answer, 207 if errors else 200)

    def _page(self, asked: Asked, records: list[dict[str, Any]]) -> Answer:
        limit, after = int(asked.query.get("limit", 100)), int(asked.query.get("after") or 0)
        if limit > 100:
            return _error(400, "VALIDATION_ERROR", "limit is above 100")
        answer: dict[str, Any] = {"total": len(records), "results": records[after : after + limit]}
        if after + limit < len(records):
            answer["paging"] = {"next": {"after": str(after + limit)}}
        return Answer(answer)

    def _search(self, kind: str, query: dict[str, Any]) -> Answer:
        self.searches += 1
        limit, after = int(query.get("limit", 10)), int(query.get("after") or 0)
        if limit > 200:
            return _error(400, "VALIDATION_ERROR", "limit is above 200")
        if after + limit > self.cap:
            return _error(400, "VALIDATION_ERROR", "paging beyond 10,000 results")
        records = [each for each in self.objects.get(kind, {}).values() if each.archived_at is None or each.indexed]
        groups = query.get("filterGroups") or [{"filters": []}]
        found = [each for each in records if any(_all_match(each, group["filters"]) for group in groups)]
        for order in reversed(query.get("sorts") or []):
            found.sort(
                key=lambda each, name=order["propertyName"]: _ordered(_indexed(each).get(name)),
                reverse=order["direction"] == "DESCENDING",
            )
        page = found[after : after + limit]
        answer: dict[str, Any] = {
            "total": len(found),
            "results": [_shown(each, query.get("properties"), _indexed(each)) for each in page],
        }
        if after + limit < len(found):
            answer["paging"] = {"next": {"after": str(after + limit)}}
        return Answer(answer)

    def _batch(self, kind: str, query: dict[str, Any]) -> Answer:
        if len(query["inputs"]) > 100:
            return _error(400, "VALIDATION_ERROR", "more than 100 inputs")
        records = [self.objects.get(kind, {}).get(each["id"]) for each in query["inputs"]]
        found = [_shown(each, query["properties"]) for each in records if each is not None and each.archived_at is None]
        return Answer({"status": "COMPLETE", "results": found}, 200 if len(found) == len(records) else 207)

    def _list(self, kind: str, query: dict[str, str]) -> Answer:
        limit = int(query.get("limit", 10))
        if limit > 100:
            return _error(400, "VALIDATION_ERROR", "limit is above 100")
        is_archived = query.get("archived") == "true"
        after = int(query.get("after") or 0)
        records = sorted(self.objects.get(kind, {}).values(), key=lambda each: int(each.id))
        records = [each for each in records if (each.archived_at is not None) == is_archived and int(each.id) > after]
        answer: dict[str, Any] = {
            "results": [_shown(each, query.get("properties", "").split(",")) for each in records[:limit]]
        }
        if len(records) > limit:
            answer["paging"] = {"next": {"after": records[limit - 1].id, "link": "https://api.hubapi.com/…"}}
        return Answer(answer)


def _indexed(record: CrmRecord) -> dict[str, str | None]:
    return record.indexed or record.properties


def _shown(record: CrmRecord, names: Any, properties: dict[str, str | None] | None = None) -> dict[str, Any]:
    has = record.properties if properties is None else properties
    shown = {"id": record.id, "properties": {name: has.get(name) for name in ["hs_object_id", *names]}}
    shown["updatedAt"] = has.get("lastmodifieddate") or has.get("hs_lastmodifieddate")
    shown["archived"] = record.archived_at is not None
    if record.archived_at is not None:
        shown["archivedAt"] = record.archived_at
    return shown


def _all_match(record: CrmRecord, filters: list[dict[str, Any]]) -> bool:
    return all(_matches(_indexed(record).get(each["propertyName"]), each) for each in filters)


def _matches(value: str | None, condition: dict[str, Any]) -> bool:
    operator = condition["operator"]
    if value is None:
        return operator == "NOT_HAS_PROPERTY"
    if operator in {"IN", "NOT_IN"}:
        return (value in condition["values"]) == (operator == "IN")
    number, bound = _ordered(value), _ordered(condition.get("value"))
    return {
        "GTE": number >= bound,
        "GT": number > bound,
        "LTE": number <= bound,
        "LT": number < bound,
        "EQ": number == bound,
        "HAS_PROPERTY": True,
    }[operator]


def _ordered(value: str | None) -> float:
    """Returns numbers as they are, moments as milliseconds since 1970."""
    if value is None:
        return float("-inf")
    try:
        return float(value)
    except ValueError:
        return datetime.fromisoformat(value).timestamp() * 1000


def _without_stats(email: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in email.items() if name != "stats"}


def _error(status: int, category: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    return Answer({"status": "error", "category": category, "message": message}, status, headers or {})
