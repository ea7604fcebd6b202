"""What is removed from the settings while it fails, and comes back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.notify.translations import Subject
from pipelines.services.deliver import deliver_messages
from pipelines.services.installation import Installation
from pipelines.services.outages import Outcome, record_outcomes

NOW = datetime(2025, 11, 3, 7, 0, tzinfo=UTC)
SETTINGS = """
company: {name: Lumen, timezone: Europe/Paris}
channels:
  operators: {type: file, path: operators.jsonl}
"""
PRESENT = """
sources:
  - {name: shop, type: files, tables: [{entity: order, path: orders.csv}]}
exports:
  - {name: weekly, schedule: "0 7 * * 1", format: csv, kpis: [revenue], grain: week, periods: 4, to: {path: out/}}
heartbeat: {ping_url: "http://127.0.0.1:9/secret-address"}
"""


@pytest.mark.parametrize(
    ("subject", "name"), [("source", "shop"), ("source", "shop order"), ("export", "weekly"), ("heartbeat", "ping_url")]
)
def test_a_failure_after_it_came_back_is_reported_again(tmp_path: Path, subject: Subject, name: str) -> None:
    installation = Installation(tmp_path / "settings.yaml", tmp_path / "home", NOW)

    def delivered(settings: str, *outcomes: Outcome) -> int:
        """Returns how many messages the operators have after a delivery under the settings."""
        installation.settings_path.write_text(SETTINGS + settings, encoding="utf-8")
        record_outcomes(installation, outcomes)
        with installation.ledger() as ledger:
            deliver_messages(installation, ledger)
        return len((tmp_path / "operators.jsonl").read_text(encoding="utf-8").splitlines())

    failed = Outcome(subject, name, "it does not answer")
    assert delivered(PRESENT, failed) == 1
    assert delivered(PRESENT, failed) == 1
    assert delivered("") == 1
    assert delivered(PRESENT, failed) == 2
