"""A home folder with settings of two rules, the command line on it, and an open alert."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.kpis import Kpi
from pipelines.ledger import Ledger
from pipelines.watch.reading import Reading, frame_of
from pipelines.watch.rule import Rule
from pipelines.watch.series import evaluate_series

SETTINGS = """
company: {name: Lumen, timezone: Europe/Paris}
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

    def run(command: str, *arguments: str) -> Result:
        return CliRunner().invoke(app, [command, *arguments, "--settings", str(settings), "--home", str(home)])

    return run


@pytest.fixture
def alert_id(home: Path) -> str:
    """The id of an open alert of the segment chat."""
    reading = Reading("csat", "week", date(2024, 1, 1), "channel", "chat", 0.5, None, None, 100, None, None, True)
    now = datetime.now(UTC)
    (change,) = evaluate_series(RULE, CSAT, frame_of([reading]), {}, now)
    with Ledger(home / "ledger.db") as ledger:
        ledger.record_pass([change], [], now)
    return change.events[0].alert_id
