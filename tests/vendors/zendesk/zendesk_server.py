"""Zendesk's Support and Talk API, as far as a source asks for it: exports by cursor and by time, lists, refusals.

The server has a clock of its own. Exports leave out what changed in its last minute, and refuse a start in it.
"""

import base64
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from tests.vendors.vendor_server import Answer, Asked, VendorServer

EMAIL, TOKEN, OAUTH_TOKEN = "admin@example.com", "q7vK2mX9dR4sT8wZ1bN6yH3j", "e5c1f08a9b7d4e6f2a3c8d1b"
_LAG = timedelta(minutes=1)
_MOST_PER_LIST = 100
FORBIDDEN = {
    "error": {
        "title": "Forbidden",
        "message": "You do not have access to this page. Please contact the account owner of this help desk for further"
        " help.",
    }
}


def seconds(moment: datetime) -> int:
    """A moment as the exports' parameters have it."""
    return int(moment.timestamp())


def text(moment: datetime) -> str:
    """A moment as records have it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class ZendeskServer(VendorServer):
    """One account; its records are what the API shows of them, by their ids."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.now = now
        self.tickets: dict[int, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.users: dict[int, dict[str, Any]] = {}
        self.groups: dict[int, dict[str, Any]] = {}
        self.ratings: dict[int, dict[str, Any]] = {}
        self.calls: dict[int, dict[str, Any]] | None = {}
        self.has_ratings = True
        self.role = "admin"
        self.scope = "read"
        self.token: str | None = TOKEN
        self.per_export = 1_000
        self.per_list = _MOST_PER_LIST
        # Requests that exports allow within so many seconds; None for any number.
        self.export_limit: tuple[int, float] | None = None
        self.says_retry_after = True
        self._exports_at: deque[float] = deque()

    def answer(self, asked: Asked) -> Answer:
        """Returns the answer to a request."""
        if not self._is_authenticated(asked):
            return Answer({"error": "Couldn't authenticate you"}, 401)
        path = asked.path.removeprefix("/api/v2").removesuffix(".json")
        if self.scope not in {"read", f"{path.strip('/').partition('/')[0]}:read"}:
            return Answer(
                {"error": "Forbidden", "description": "You are missing the following required scopes: read"}, 403
            )
        if path == "/users/me":
            return Answer({"user": {"id": 1, "role": self.role, "name": "Admin", "phone": "+33 1 23 45 67 89"}})
        if "/incremental/" in path:
            return self._export(path, asked)
        if path == "/groups":
            return self._list("groups", self.groups.values(), asked)
        if path == "/satisfaction_ratings" and self.has_ratings:
            since = int(asked.query.get("start_time", 0))
            found = [each for each in self.ratings.values() if _epoch(each["created_at"]) >= since]
            return self._list("satisfaction_ratings", found, asked)
        return Answer({"error": "InvalidEndpoint", "description": "Not found"}, 404)

    def _is_authenticated(self, asked: Asked) -> bool:
        if self.token is None:
            return False
        basic = "Basic " + base64.b64encode(f"{EMAIL}/token:{self.token}".encode()).decode()
        return asked.headers.get("authorization") in {basic, f"Bearer {OAUTH_TOKEN}"}

    def _export(self, path: str, asked: Asked) -> Answer:
        if self.role != "admin":
            return Answer(FORBIDDEN, 403)
        if (refusal := self._too_many()) is not None:
            return refusal
        name = path.partition("/incremental/")[2]
        until = seconds(self.now - _LAG)
        if "start_time" in asked.query and int(asked.query["start_time"]) > until:
            return Answer({"error": "StartTimeTooRecent", "description": "Too recent start_time."}, 400)
        if name in {"tickets/cursor", "users/cursor"}:
            return self._by_cursor(name.partition("/")[0], asked, until)
        if "start_time" not in asked.query:
            return Answer({"error": "InvalidValue", "description": "Missing parameter start_time"}, 400)
        if name == "ticket_events":
            return self._by_time(name, [(each["timestamp"], each) for each in self.events], asked, until)
        if name == "calls" and path.startswith("/channels/voice/stats/"):
            if self.calls is None:
                return Answer(FORBIDDEN, 403)
            return self._by_time(
                name, [(_epoch(each["updated_at"]), each) for each in self.calls.values()], asked, until
            )
        return Answer({"error": "InvalidEndpoint", "description": "Not found"}, 404)

    def _too_many(self) -> Answer | None:
        if self.export_limit is None:
            return None
        most, window = self.export_limit
        now = monotonic()
        while self._exports_at and self._exports_at[0] <= now - window:
            self._exports_at.popleft()
        if len(self._exports_at) < most:
            self._exports_at.append(now)
            return None
        wait = self._exports_at[0] + window - now
        headers = {"Retry-After": str(int(wait) + 1)} if self.says_retry_after else {"Content-Type": "text/plain"}
        return Answer(
            {"error": "APIRateLimitExceeded"} if self.says_retry_after else "Rate limit exceeded", 429, headers
        )

    def _by_cursor(self, name: str, asked: Asked, until: int) -> Answer:
        records: dict[int, dict[str, Any]] = getattr(self, name)
        if "cursor" in asked.query:
            try:
                moment, _, number = base64.b64decode(asked.query["cursor"], validate=True).decode().partition(".0||")
                after = (int(moment), int(number))
            except ValueError:
                return Answer({"error": "InvalidValue", "description": "Invalid cursor"}, 400)
        elif "start_time" in asked.query:
            after = (int(asked.query["start_time"]), -1)
        else:
            return Answer({"error": "InvalidValue", "description": "Missing parameter start_time"}, 400)
        ordered = sorted(
            (
                (each.get("generated_timestamp") or _epoch(each["updated_at"]), number)
                for number, each in records.items()
            )
        )
        left = [place for place in ordered if place > after and place[0] <= until]
        page = left[: self.per_export]
        moment, number = page[-1] if page else after
        cursor = base64.b64encode(f"{moment}.0||{number}".encode()).decode()
        found = [records[number] for _, number in page]
        answer: dict[str, Any] = {
            name: found,
            # As in Zendesk's own description, the account is not filled in.
            "after_url": f"https://{{subdomain}}.zendesk.com/api/v2/incremental/{name}/cursor.json?cursor={cursor}",
            "after_cursor": cursor,
            "before_cursor": None,
            "end_of_stream": len(left) <= self.per_export,
        }
        if name == "tickets":
            with_metrics = "metric_sets" in asked.query.get("include", "").split(",")
            answer[name] = [{key: value for key, value in each.items() if key != "metric_set"} for each in found]
            if with_metrics:
                answer["metric_sets"] = [each["metric_set"] for each in found if each.get("metric_set")]
        return Answer(answer)

    def _by_time(self, name: str, dated: list[tuple[int, dict[str, Any]]], asked: Asked, until: int) -> Answer:
        start = int(asked.query["start_time"])
        left = sorted((each for each in dated if start <= each[0] <= until), key=lambda each: (each[0], each[1]["id"]))
        end = min(self.per_export, len(left))
        # All that happened at the moment at which a page ends is part of it.
        while 0 < end < len(left) and left[end][0] == left[end - 1][0]:
            end += 1
        page = left[:end]
        end_time = page[-1][0] if page else start
        answer: dict[str, Any] = {
            name: [self._without_text(each, asked) for _, each in page],
            "count": len(page),
            "end_time": end_time,
            "next_page": f"{self.url}{asked.path}?start_time={end_time}",
        }
        if name != "calls":
            answer["end_of_stream"] = end == len(left)
        return Answer(answer)

    def _without_text(self, record: dict[str, Any], asked: Asked) -> dict[str, Any]:
        """An event as it is without the sideload of comments: that there was one, and not what it says."""
        if not record.get("child_events") or "comment_events" in asked.query.get("include", ""):
            return record
        hidden = {"body", "html_body", "author_id"}
        children = [
            {key: value for key, value in child.items() if key not in hidden} for child in record["child_events"]
        ]
        return {**record, "child_events": children}

    def _list(self, name: str, records: Iterable[dict[str, Any]], asked: Asked) -> Answer:
        most = min(int(asked.query.get("page[size]", _MOST_PER_LIST)), self.per_list)
        after = int(asked.query.get("page[after]", 0))
        left = sorted((each for each in records if each["id"] > after), key=lambda each: each["id"])
        page = left[:most]
        has_more = len(left) > most
        last = str(page[-1]["id"]) if page else None
        return Answer({name: page, "meta": {"has_more": has_more, "after_cursor": last}, "links": {"next": None}})


def _epoch(moment: str) -> int:
    return seconds(datetime.fromisoformat(moment))
