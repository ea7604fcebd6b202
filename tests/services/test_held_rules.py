"""A source that fails holds its rules: their owners get one message, and one more when it delivers again."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.ledger import Ledger
from pipelines.services.evaluate import EvaluationReport, evaluate_rules
from pipelines.services.installation import Installation
from pipelines.services.outages import Outcome, record_outcomes
from pipelines.watch.reading import Reading, frame_of

SETTINGS = """
company: {name: Company, timezone: Europe/Paris}
sources:
  - {name: helpdesk, type: files, tables: [{entity: survey_response, path: answers.csv}]}
  - {name: shop, type: files, tables: [{entity: order, path: orders.csv}]}
rules:
  - {name: floor, kpi: csat, below: 80%, notify: [support, operators]}
  - {name: chat-floor, kpi: csat, by: channel, below: 80%, notify: [support]}
  - {name: sales, kpi: new_customers, below: 1, notify: [sales]}
channels:
  support: {type: file, path: support.jsonl}
  sales: {type: file, path: sales.jsonl}
  operators: {type: file, path: operators.jsonl}
"""
MONDAY = datetime(2024, 1, 15, 7, 0, tzinfo=UTC)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    (tmp_path / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    return Installation(tmp_path / "settings.yaml", tmp_path / "home")


@pytest.fixture
def ledger(installation: Installation) -> Iterator[Ledger]:
    with installation.ledger() as ledger:
        yield ledger


def build(installation: Installation, *, complete: int, incomplete: int = 0) -> None:
    """KPI tables of which the latest weeks wait for a source."""
    rows = [
        Reading(kpi, "week", date(2024, 1, 1) + timedelta(weeks=week), *of, 0.5, *[None] * 5, week < complete)
        for kpi in ("csat", "new_customers")
        for of in (("all", "all"), ("channel", "chat"))
        for week in range(complete + incomplete)
    ]
    home = installation.home
    with home.lock(timeout=1), duckdb.connect(str(home.warehouse)) as connection:
        connection.register("readings", frame_of(rows))
        connection.execute(
            "CREATE OR REPLACE TABLE fct_kpi AS SELECT * REPLACE (period_start::DATE AS period_start,"
            " sample_size::BIGINT AS sample_size) FROM readings ORDER BY ALL"
        )


def evaluate(installation: Installation, ledger: Ledger, now: datetime) -> EvaluationReport:
    return evaluate_rules(installation, ledger, now)


def record(installation: Installation, reason: str | None) -> None:
    record_outcomes(installation, [Outcome("source", "helpdesk", reason)])


def messages(ledger: Ledger, channel: str) -> list[tuple[str, str]]:
    """The messages to a channel about sources: status and title, the oldest first."""
    found = ledger.undelivered(datetime.now(UTC))
    records = [each.item.record for each in found if each.item.channel == channel]
    return [(each["status"], each["title"]) for each in records if each["kind"] == "pipeline"]


def test_owners_learn_that_their_rules_wait_and_that_they_go_on(installation: Installation, ledger: Ledger) -> None:
    build(installation, complete=1)
    evaluate(installation, ledger, MONDAY - timedelta(weeks=1))
    build(installation, complete=1, incomplete=1)
    record(installation, "no connection")
    for _ in range(2):
        assert evaluate(installation, ledger, MONDAY).held == 2
    held = ("held", "Waiting: 2 rules wait for data from helpdesk")
    assert messages(ledger, "support") == [held]
    assert messages(ledger, "sales") == []
    # The operators are informed of the source itself.
    assert messages(ledger, "operators") == [("firing", "Failure: Source helpdesk failed")]

    record(installation, None)
    assert messages(ledger, "support") == [held, ("resolved", "Resumed: Source helpdesk delivers again")]
    assert messages(ledger, "sales") == []
    record(installation, "no connection")
    evaluate(installation, ledger, MONDAY)
    assert len(messages(ledger, "support")) == 3


def test_a_failure_that_holds_nothing_up_is_the_operators_alone(installation: Installation, ledger: Ledger) -> None:
    build(installation, complete=2)
    record(installation, "no connection")
    assert evaluate(installation, ledger, MONDAY).held == 0
    record(installation, None)
    assert messages(ledger, "support") == []
    assert len(messages(ledger, "operators")) == 2


def test_while_a_source_fails_nothing_is_resolved_and_nothing_fires(installation: Installation, ledger: Ledger) -> None:
    build(installation, complete=1)
    evaluate(installation, ledger, MONDAY - timedelta(weeks=1))
    before = ledger.open_alerts()
    build(installation, complete=1, incomplete=2)
    record(installation, "no connection")
    report = evaluate(installation, ledger, MONDAY + timedelta(weeks=1))
    assert (report.fired, report.resolved, ledger.open_alerts()) == (0, 0, before)
