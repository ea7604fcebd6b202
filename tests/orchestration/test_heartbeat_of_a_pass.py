"""`vigie run` has a heartbeat at its end, in a pass that works, in one that fails, and with an address that does not."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.notify.hostile_server import HostileServer, answering, http_answer
from tests.orchestration.company import Company, orders

NOW = datetime(2025, 11, 3, 7, 0, tzinfo=UTC)
SETTINGS = """
company: {{name: Company, timezone: Europe/Paris}}
sources:
  - {{name: shop, type: files, tables: [{{entity: order, path: extracts/orders-*.csv}}]}}
channels:
  operators: {{type: file, path: out/operators.jsonl}}
heartbeat: {{file: out/heartbeat.json, ping_url: "http://127.0.0.1:{port}/5bf66975-secret", ping_failures: true}}
"""

pytestmark = pytest.mark.acceptance


@pytest.fixture
def server() -> Iterator[HostileServer]:
    found = HostileServer(answering(http_answer(200, b"OK")))
    yield found
    found.close()


def test_each_pass_has_a_heartbeat(tmp_path: Path, server: HostileServer) -> None:
    company = Company(tmp_path)
    company.write_settings(SETTINGS.format(port=server.port))

    def outcome() -> str:
        return str(json.loads((tmp_path / "out/heartbeat.json").read_text(encoding="utf-8"))["outcome"])

    assert company.run(NOW)["exit_code"] == 1
    assert outcome() == "failed"
    company.write_extract("orders-1.csv", orders(date(2025, 10, 1), 30))
    assert company.run(NOW)["exit_code"] == 0
    assert outcome() == "succeeded"
    called = [request.split(b" ")[1] for request in server.requests]
    assert called == [b"/5bf66975-secret/fail", b"/5bf66975-secret"]

    server.behaviour = answering(http_answer(500))
    report = company.run(NOW)
    assert report["exit_code"] == 0
    assert [note.partition(" (HTTP")[0] for note in report["notes"]] == [
        "heartbeat ping_url: 127.0.0.1 did not accept the ping: check heartbeat.ping_url"
    ]
    # In the same pass: the next one may be far.
    assert company.messages("operators")[-1]["title"] == "Failure: Heartbeat ping_url failed"
    server.behaviour = answering(http_answer(200))
    assert company.run(NOW)["notes"] == []
    assert company.messages("operators")[-1]["status"] == "resolved"
    shown = company.vigie("doctor")
    assert "ok   heartbeat: a pass ended " in shown.output
    for file in (tmp_path / "var/dagster").rglob("*"):
        assert file.is_dir() or b"5bf66975-secret" not in file.read_bytes()
