"""A helpdesk on a Zendesk server: people act on tickets, and the server shows what follows; extracts of it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from pipelines.raw import RawStore, Stream
from pipelines.raw.writer import ORIGIN_COLUMNS
from pipelines.sources import ExtractContext, StreamReport
from pipelines.sources.zendesk.settings import ZendeskSettings
from pipelines.sources.zendesk.source import ZendeskSource
from pipelines.transform.project import project_folder
from pipelines.warehouse.raw_views import RawTable, create_raw_views
from tests.vendors.zendesk.zendesk_server import EMAIL, TOKEN, ZendeskServer, seconds, text

# The machine's clock is years later: nothing may be asked for by it.
NOW = datetime(2025, 11, 3, 7, tzinfo=UTC)
OPENED = datetime(2025, 10, 20, 8, tzinfo=UTC)
CUSTOMER, AGENT, COLLEAGUE, SYSTEM = 100, 200, 201, -1
SECRET_TEXT = "my printer is on fire"


class Desk:
    """What happens at a helpdesk."""

    def __init__(self, server: ZendeskServer | None = None) -> None:
        self.server = server or ZendeskServer(NOW)
        self.server.groups = {7: {"id": 7, "name": "First line"}, 8: {"id": 8, "name": "Second line"}}
        self.user(CUSTOMER, "end-user")
        self.user(AGENT, "agent")
        self.user(COLLEAGUE, "admin")
        self._numbers = iter(range(1, 10_000_000))

    def user(self, number: int, role: str, at: datetime = OPENED - timedelta(days=900), **fields: Any) -> None:
        """Somebody is there, or changes."""
        self.server.users[number] = {
            "id": number, "role": role, "name": f"Person {number}", "email": f"p{number}@example.com",
            "phone": "+33 1 23 45 67 89", "notes": SECRET_TEXT, "updated_at": text(at), "active": True, **fields,
        }  # fmt: skip

    def open(self, number: int, at: datetime = OPENED, by: int = CUSTOMER, **fields: Any) -> None:
        """Somebody opens a ticket for the customer."""
        self.server.tickets[number] = {
            "id": number, "created_at": text(at), "status": "new", "priority": "normal", "type": "question",
            "via": {"channel": "email", "source": {"from": {"address": "p100@example.com"}}}, "subject": SECRET_TEXT,
            "description": SECRET_TEXT, "requester_id": CUSTOMER, "submitter_id": by, "assignee_id": None,
            "group_id": 7, "tags": [], **fields,
            "metric_set": {
                "ticket_id": number, "reopens": 0, "replies": 0, "assignee_stations": 0, "group_stations": 1,
                "solved_at": None, "status_updated_at": text(at), "reply_time_in_minutes": {"calendar": None},
            },
        }  # fmt: skip
        self.comment(number, at, by, creates=True)

    def comment(
        self, number: int, at: datetime, by: int, *, public: bool = True, via: Any = "Mail", creates: bool = False
    ) -> None:
        """Somebody writes on a ticket."""
        child = {
            "id": next(self._numbers), "event_type": "Comment", "via": via, "comment_present": True,
            "comment_public": public, "body": SECRET_TEXT, "html_body": SECRET_TEXT,
        }  # fmt: skip
        others: list[dict[str, Any]] = [{"id": next(self._numbers), "event_type": "Change", "status": "open"}]
        if creates:
            others = [{"id": next(self._numbers), "event_type": "Create", "subject": SECRET_TEXT}]
        self.server.events.append(
            {
                "id": next(self._numbers), "ticket_id": number, "timestamp": seconds(at), "created_at": text(at),
                "updater_id": by, "via": via, "event_type": "Audit", "child_events": [child, *others],
                "system": {"client": "Firefox", "ip_address": "192.0.2.1"},
            }
        )  # fmt: skip
        self.touch(number, at)

    def touch(self, number: int, at: datetime, **fields: Any) -> None:
        """A ticket changes; fields of the metric set are those that it has."""
        ticket = self.server.tickets[number]
        metrics = {name: value for name, value in fields.items() if name in ticket["metric_set"]}
        ticket["metric_set"].update(metrics)
        ticket.update({name: value for name, value in fields.items() if name not in metrics})
        ticket["updated_at"], ticket["generated_timestamp"] = text(at), seconds(at)

    def rate(self, number: int, ticket: int, score: str, at: datetime, **fields: Any) -> None:
        """The customer rates a ticket."""
        self.server.ratings[number] = {
            "id": number, "ticket_id": ticket, "score": score, "created_at": text(at), "updated_at": text(at),
            "requester_id": CUSTOMER, "assignee_id": AGENT, "group_id": 7, "comment": SECRET_TEXT, **fields,
        }  # fmt: skip


class Extract:
    """Extracts of an account into a home."""

    def __init__(self, server: ZendeskServer, home: Path) -> None:
        self.server = server
        self.store_path = home
        self.store = RawStore(home)

    def settings(self, **settings: Any) -> ZendeskSettings:
        """The settings of the account."""
        credentials = {} if "oauth_token" in settings else {"email": EMAIL, "api_token": TOKEN}
        return ZendeskSettings(name="desk", type="zendesk", base_url=self.server.url, **{**credentials, **settings})

    def run(self, **settings: Any) -> dict[str, StreamReport]:
        """Extracts everything; returns the reports by stream."""
        source = ZendeskSource(self.settings(**settings))
        context = ExtractContext(self.store, Path(), "Europe/Paris", NOW, NOW)
        return {report.stream: report for report in source.extract([each.name for each in source.streams()], context)}

    def staged(self, entity: str, columns: str) -> list[tuple[Any, ...]]:
        """What the staging model makes of what is loaded, all versions."""
        path = self.store_path / "staged.duckdb"
        streams = {stream.name: stream for stream in ZendeskSource.all_streams()}
        create_raw_views(path, [self._raw_table(stream) for stream in streams.values()])
        sql = (project_folder() / f"models/staging/zendesk/stg_zendesk__{entity}.sql").read_text(encoding="utf-8")
        query = re.sub(r"\{\{ source\('raw', '(\w+)'\) \}\}", r"raw.\1", sql)
        with duckdb.connect(str(path), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(f"SELECT {columns} FROM ({query}) ORDER BY ALL").fetchall()

    def _raw_table(self, stream: Stream) -> RawTable:
        rows, deletions = self.store.files("desk", stream.name, self.store.loads("desk", stream.name))
        table = RawTable("zendesk", stream.name, [*stream.columns, *ORIGIN_COLUMNS])
        table.rows.extend(rows)
        table.deletions.extend(deletions)
        return table

    def rows(self, stream: str, columns: str) -> list[tuple[Any, ...]]:
        """The rows of raw in the order in which they were loaded."""
        rows, _ = self.store.files("desk", stream, self.store.loads("desk", stream))
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(
                f"SELECT {columns} FROM read_parquet($paths) ORDER BY _load_sequence, _row",
                {"paths": [str(file.path) for file in rows]},
            ).fetchall()
