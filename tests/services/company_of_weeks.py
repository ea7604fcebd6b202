"""A company whose KPI values are given week by week, with a receiver of each kind for its messages."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from pipelines.ledger import Ledger
from pipelines.services.deliver import deliver_messages
from pipelines.services.evaluate import EvaluationReport, evaluate_rules
from pipelines.services.installation import Installation
from pipelines.watch.reading import Reading, frame_of
from tests.notify.notify_receivers import AnyPort, Mailbox
from tests.notify.slack_workspace import CHANNEL, TOKEN, Workspace
from tests.services.test_kill_delivery import Pager, serving

NOW = datetime(2024, 3, 4, 7, 0, tzinfo=UTC)
WELL, LOW = 0.9, 0.7


class Company:
    """A company whose rules watch channels and teams, and the receivers of its messages."""

    def __init__(self, folder: Path, running: ExitStack) -> None:
        self.workspace, self.pager, self.mailbox = Workspace(), Pager(), Mailbox()
        running.enter_context(serving(self.workspace))
        running.enter_context(serving(self.pager))
        mail = AnyPort(self.mailbox, hostname="127.0.0.1", port=0)
        mail.start()
        running.callback(mail.stop)
        self.settings: dict[str, Any] = {
            "company": {"name": "Lumen", "timezone": "Europe/Paris"},
            "rules": [
                {"name": "csat-by-channel", "kpi": "csat", "by": "channel", "below": {"warn": 0.8, "critical": 0.6}},
                {"name": "csat-by-team", "kpi": "csat", "by": "team", "below": {"warn": 0.8, "critical": 0.6}},
            ],
            "channels": {
                "slack": {
                    "type": "slack", "token": TOKEN, "channel": CHANNEL, "api_url": self.workspace.api_url,
                    "timeout": 5,
                },
                "mail": {
                    "type": "email", "to": ["a@example.com"], "from": "vigie@example.com",
                    "smtp": {"host": "127.0.0.1", "port": mail.port},
                },
                "pager": {
                    "type": "pagerduty", "routing_key": "0123456789abcdef",
                    "url": f"http://127.0.0.1:{self.pager.server_port}/",
                },
                "file": {"type": "file", "path": "messages.jsonl"},
            },
        }  # fmt: skip
        self.folder = folder
        self.installation = Installation(folder / "settings.yaml", folder / "home")
        self.weeks = 0
        self.values: dict[tuple[str, str], list[float]] = {}
        self.write()

    def write(self, **changes: Any) -> None:
        """Writes the settings, with changes."""
        self.settings |= changes
        self.installation.settings_path.write_text(json.dumps(self.settings), encoding="utf-8")

    def week(self, ledger: Ledger, *, delivers: bool = True, **values: Mapping[str, float]) -> EvaluationReport:
        """A week ends: each dimension has its values by segment, and the rules are evaluated."""
        self.weeks += 1
        for dimension, of_segments in values.items():
            for segment, value in of_segments.items():
                self.values.setdefault((dimension, segment), []).append(value)
        self.build()
        report = evaluate_rules(self.installation, ledger, NOW)
        if delivers:
            assert deliver_messages(self.installation, ledger).problems == []
        return report

    def build(self) -> None:
        """Replaces the KPI tables, as a build does."""
        rows = [
            Reading("csat", "week", monday(number), *names, value, None, None, 28, None, None, True)
            for names, values in self.values.items()
            for number, value in enumerate(values)
        ]
        home = self.installation.home
        with home.lock(timeout=1), duckdb.connect(str(home.warehouse)) as connection:
            connection.register("readings", frame_of(sorted(rows, key=lambda row: (row.segment_type, row.segment))))
            connection.execute(
                "CREATE OR REPLACE TABLE fct_kpi AS"
                " SELECT * REPLACE (period_start::DATE AS period_start, sample_size::BIGINT AS sample_size)"
                " FROM readings"
            )

    def roots(self) -> list[str]:
        """The titles that are visible in the Slack channel."""
        return [each["text"] for each in self.workspace.messages.values() if "thread_ts" not in each]

    def replies(self) -> list[tuple[str, str]]:
        """The titles in threads, each with that of its thread."""
        found = self.workspace.messages
        return [(found[each["thread_ts"]]["text"], each["text"]) for each in found.values() if "thread_ts" in each]

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mailbox.mails]

    def records(self) -> list[dict[str, Any]]:
        """What the file has."""
        path = self.folder / "messages.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def triggered(self) -> int:
        """How many incidents PagerDuty has open."""
        return sum(actions[-1] == "trigger" for actions in self.pager.incidents.values())


def monday(number: int) -> date:
    return date(2024, 1, 1) + timedelta(weeks=number)


def all_at(value: float, *segments: str) -> Mapping[str, float]:
    return dict.fromkeys(segments, value)
