"""A home folder with settings of two rules, the command line on it, and an open alert."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.kpis import Kpi
from pipelines.ledger import Ledger, OutboxItem
from pipelines.watch.reading import Reading, frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series

SETTINGS = """
company: {name: Lumen, timezone: Europe/Paris}
channels:
  support: {type: file, path: support.jsonl}
  operators: {type: file, path: operators.jsonl}
exports:
  - {name: weekly, schedule: "0 7 * * 1", format: csv, kpis: [csat], to: {path: exports/}}
sources:
  - name: shop
    type: files
    tables:
      - {entity: order, path: orders.csv, columns: {order_id: id, customer_id: client, ordered_at: at, amount: price}}
rules:
  - {name: csat-floor, kpi: csat, grain: week, by: channel, below: 0.8}
  - {name: backlog-ceiling, kpi: backlog, grain: week, above: 100}
"""
RULE = Rule.model_validate({"name": "csat-floor", "kpi": "csat", "grain": "week", "by": "channel", "below": 0.8})
CSAT = Kpi("csat", "CSAT", "CSAT", "support", "Satisfaction.", "good / all", "ratio", "up", "helpdesk", 0, False)

Vigie = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def vigie(tmp_path: Path, home: Path) -> Vigie:
    settings = tmp_path / "settings.yaml"
    settings.write_text(SETTINGS, encoding="utf-8")

    (tmp_path / "orders.csv").write_text("id,client,at,price\n1,c1,2024-01-01T10:00:00,5\n", encoding="utf-8")

    def run(command: str, *arguments: str) -> Result:
        # `init` writes settings and reads none.
        options = [] if command == "init" else ["--settings", str(settings)]
        return CliRunner().invoke(app, [command, *arguments, *options, "--home", str(home)])

    return run


OpenAlert = Callable[..., str]


@pytest.fixture
def open_alert(home: Path) -> OpenAlert:
    """Fires an alert of a segment, on a value, or lets it end; returns its id."""

    def fire(segment: str = "chat", value: float = 0.5, week: date = date(2024, 1, 1)) -> str:
        reading = Reading("csat", "week", week, "channel", segment, value, None, None, 100, None, None, True)
        now = datetime.now(UTC)
        with Ledger(home / "ledger.db") as ledger:
            (change,) = evaluate_series(RULE, CSAT, frame_of([reading]), ledger.states(RULE.name), now)
            messages = [
                OutboxItem(
                    f"{event.alert_id} {event.kind}", f"{event.alert_id} {event.kind}", "support", event.alert_id,
                    {"kind": "alert", "title": f"Critical: CSAT by {segment}"}, now,
                )
                for event in change.events
            ]  # fmt: skip
            ledger.record_pass([change], messages, now)
            return change.events[0].alert_id

    return fire


@pytest.fixture
def alert_id(open_alert: OpenAlert) -> str:
    """The id of an open alert of the segment chat."""
    return open_alert()
