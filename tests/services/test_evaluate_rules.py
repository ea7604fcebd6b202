"""Evaluations of all rules: one snapshot of the KPI tables, and what is saved in the ledger."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.ledger import Ledger, LedgerConflict, OutboxItem, Silence
from pipelines.services.deliver import deliver_messages
from pipelines.services.evaluate import evaluate_rules
from pipelines.services.installation import Installation
from pipelines.storage.home import Home
from pipelines.warehouse.connection import WarehouseError
from pipelines.watch.reading import Reading, frame_of
from pipelines.watch.state import SeriesChange, State

NOW = datetime(2024, 3, 4, 7, 0, tzinfo=UTC)
SETTINGS = """
company: {name: Company, timezone: Europe/Paris}
rules:
  - {name: first, kpi: csat, by: channel, below: 80%, notify: [log]}
  - {name: second, kpi: csat, by: channel, below: 80%}
channels:
  log: {type: file, path: log.jsonl}
  operators: {type: file, path: operators.jsonl}
"""


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    settings = tmp_path / "settings.yaml"
    settings.write_text(SETTINGS, encoding="utf-8")
    return Installation(settings, tmp_path / "home")


@pytest.fixture
def ledger(installation: Installation) -> Iterator[Ledger]:
    with installation.ledger() as ledger:
        yield ledger


def build(home: Home, *values: float, kpi: str = "csat", others: int = 0) -> None:
    """Replaces the KPI tables by ones with weekly values of a channel, and of another one, as a build does."""
    readings = [
        Reading(kpi, "week", date(2024, 1, 1) + timedelta(weeks=number), "channel", segment, value, *[None] * 5, True)
        for segment, its_values in (("chat", values), ("phone", [0.9] * others))
        for number, value in enumerate(its_values)
    ]
    with home.lock(timeout=1), duckdb.connect(str(home.warehouse)) as connection:
        connection.register("readings", frame_of(readings))
        connection.execute(
            "CREATE OR REPLACE TABLE fct_kpi AS"
            " SELECT * REPLACE (period_start::DATE AS period_start, sample_size::BIGINT AS sample_size) FROM readings"
        )


class RebuildingLedger(Ledger):
    """A ledger during whose first write another process builds other KPI tables."""

    home: Home
    rebuilt = False

    def record_pass(self, changes: Sequence[SeriesChange], messages: Sequence[OutboxItem], now: datetime) -> int:
        if not self.rebuilt:
            self.rebuilt = True
            build(self.home, 0.9, 0.5, 0.5)
        return super().record_pass(changes, messages, now)


def test_tables_replaced_between_two_rules_are_not_seen_by_one_evaluation(installation: Installation) -> None:
    build(installation.home, 0.9, 0.95)
    with RebuildingLedger(installation.home.ledger) as ledger:
        ledger.home = installation.home
        report = evaluate_rules(installation, ledger, NOW)
        assert ledger.rebuilt
        assert (report.series, report.fired) == (2, 0)
        [first] = ledger.states("first").values()
        [second] = ledger.states("second").values()
        assert first == second
        # The next evaluation sees the new tables, both rules alike.
        report = evaluate_rules(installation, ledger, NOW)
        assert (report.fired, len(ledger.open_alerts())) == (2, 2)


def test_rules_notify_their_channels_or_all_but_the_operators(installation: Installation, ledger: Ledger) -> None:
    build(installation.home, 0.9, 0.5)
    report = evaluate_rules(installation, ledger, NOW)
    assert (report.messages, report.unsent) == (2, {})
    assert [item.channel for item in ledger.claim(installation.wall_clock(), timedelta(minutes=1), 10)] == [
        "log",
        "log",
    ]


def test_silenced_messages_are_queued_and_counted(installation: Installation, ledger: Ledger) -> None:
    build(installation.home, 0.9, 0.5)
    now = installation.wall_clock()
    ledger.silence(Silence("first", None, "planned", now, now + timedelta(hours=1)))
    report = evaluate_rules(installation, ledger, NOW)
    assert (report.messages, report.unsent) == (2, {"silenced": 1})
    claimed = ledger.claim(installation.wall_clock(), timedelta(minutes=1), 10)
    assert [item.record["rule"] for item in claimed] == ["second"]


def test_without_a_channel_the_alert_is_saved_and_the_reason_counted(
    installation: Installation, ledger: Ledger
) -> None:
    text = SETTINGS.replace(", notify: [log]", "").replace("  log: {type: file, path: log.jsonl}\n", "")
    installation.settings_path.write_text(text, encoding="utf-8")
    build(installation.home, 0.9, 0.5)
    report = evaluate_rules(installation, ledger, NOW)
    assert (report.fired, report.messages, report.unsent) == (2, 0, {"no_channel": 2})
    assert len(ledger.open_alerts()) == 2


def test_the_alerts_of_a_removed_rule_are_closed(installation: Installation, ledger: Ledger) -> None:
    build(installation.home, 0.9, 0.5)
    evaluate_rules(installation, ledger, NOW)
    installation.settings_path.write_text(SETTINGS.replace("second", "third"), encoding="utf-8")
    report = evaluate_rules(installation, ledger, NOW)
    assert (report.closed, report.fired) == (1, 1)
    assert {alert["rule"] for alert in ledger.open_alerts()} == {"first", "third"}


class ContestedLedger(Ledger):
    """A ledger in which another process builds and evaluates one more week before the first writes."""

    installation: Installation
    contests = 0

    def record_pass(self, changes: Sequence[SeriesChange], messages: Sequence[OutboxItem], now: datetime) -> int:
        if self.contests:
            build(self.installation.home, *[0.9] * (20 - self.contests))
            self.contests -= 1
            with self.installation.ledger() as other:
                evaluate_rules(self.installation, other, now)
        return super().record_pass(changes, messages, now)


def test_a_rule_is_evaluated_again_if_another_process_was_faster(installation: Installation) -> None:
    build(installation.home, 0.9, 0.5)
    with ContestedLedger(installation.home.ledger) as ledger:
        ledger.installation = installation
        ledger.contests = 1
        report = evaluate_rules(installation, ledger, NOW)
        assert (ledger.contests, report.series, report.fired, report.messages) == (0, 2, 0, 0)
        [state] = ledger.states("first").values()
        assert state.last_period == date(2024, 1, 1) + timedelta(weeks=18)


class ForeverContestedLedger(Ledger):
    """A ledger whose states other processes change before every write."""

    def record_pass(self, changes: Sequence[SeriesChange], messages: Sequence[OutboxItem], now: datetime) -> int:
        moved = [replace(change, before=change.after) for change in changes if change.has_changed]
        return super().record_pass([replace(change, after=State()) for change in moved], messages, now)


def test_an_evaluation_gives_up_after_five_conflicts(installation: Installation) -> None:
    build(installation.home, 0.9, 0.5)
    with ForeverContestedLedger(installation.home.ledger) as ledger, pytest.raises(LedgerConflict):
        evaluate_rules(installation, ledger, NOW)


def test_without_rules_no_tables_are_needed(installation: Installation, ledger: Ledger) -> None:
    with pytest.raises(WarehouseError):
        evaluate_rules(installation, ledger, NOW)
    installation.settings_path.write_text("company: {name: Company}\n", encoding="utf-8")
    assert evaluate_rules(installation, ledger, NOW).series == 0


def test_an_alert_is_repeated_until_it_is_acknowledged(installation: Installation, ledger: Ledger) -> None:
    text = SETTINGS.replace("below: 80%, notify: [log]}", "below: 80%, notify: [log], repeat_every: 1d}")
    installation.settings_path.write_text(text, encoding="utf-8")
    build(installation.home, 0.9)
    evaluate_rules(installation, ledger, NOW)
    build(installation.home, 0.9, 0.5)
    assert evaluate_rules(installation, ledger, NOW).messages == 2
    deliver_messages(installation, ledger)
    assert evaluate_rules(installation, ledger, NOW + timedelta(hours=23)).messages == 0
    assert evaluate_rules(installation, ledger, NOW + timedelta(days=1)).messages == 1
    [alert] = [each for each in ledger.open_alerts() if each["rule"] == "first"]
    assert ledger.acknowledge(alert["alert_id"], NOW + timedelta(days=1))
    report = evaluate_rules(installation, ledger, NOW + timedelta(days=2))
    assert (report.messages, report.unsent["acknowledged"]) == (0, 1)


def test_missing_data_is_an_alert_until_there_is_data_again(installation: Installation, ledger: Ledger) -> None:
    text = SETTINGS.replace("by: channel, below: 80%, notify: [log]}", "by: channel, below: 80%, no_data: alert}")
    installation.settings_path.write_text(text, encoding="utf-8")
    build(installation.home, 0.9, 0.9)
    evaluate_rules(installation, ledger, NOW)
    # Another channel has the week, so that the company was not closed.
    build(installation.home, 0.9, 0.9, others=3)
    report = evaluate_rules(installation, ledger, NOW)
    assert (report.fired, report.messages, dict(report.no_data)) == (0, 1, {"first": 1, "second": 1})
    [alert] = ledger.open_alerts()
    assert (alert["rule"], alert["status"], alert["value"], alert["period_start"]) == (
        "first", "no_data", None, date(2024, 1, 15),
    )  # fmt: skip
    build(installation.home, 0.9, 0.9, 0.9, others=3)
    assert evaluate_rules(installation, ledger, NOW).messages == 1
    assert ledger.open_alerts() == []
    titles = [each.title for each in ledger.messages_about(alert["alert_id"])]
    assert titles == [
        "No data: Customer satisfaction (CSAT) by chat without a value for 1 week",
        "Data again: Customer satisfaction (CSAT) by chat at 90%, after 1 week without a value",
    ]


def test_messages_of_a_quiet_time_are_due_when_it_ends(installation: Installation, ledger: Ledger) -> None:
    week = "{mon-sun: ['00:00-24:00']}"
    text = SETTINGS.replace("below: 80%, notify: [log]}", f"below: 80%, notify: [log], mute: {week}" + "}")
    installation.settings_path.write_text(text, encoding="utf-8")
    build(installation.home, 0.9)
    evaluate_rules(installation, ledger, NOW)
    build(installation.home, 0.9, 0.5)
    report = evaluate_rules(installation, ledger, NOW)
    assert (report.messages, report.unsent["quiet_time"]) == (2, 1)
    now = datetime.now(UTC)
    assert [item.record["rule"] for item in ledger.claim(now, timedelta(minutes=5), 10)] == ["second"]
    assert [each.item.record["rule"] for each in ledger.undelivered(now)] == ["second"]
    # A time that does not end holds them for eight days.
    later = now + timedelta(days=8, minutes=1)
    assert "first" in [item.record["rule"] for item in ledger.claim(later, timedelta(minutes=5), 10)]


def build_with_whole(home: Home, whole: Sequence[float], chat: Sequence[float]) -> None:
    """KPI tables of a channel and of the company as a whole."""
    rows = [
        Reading("csat", "week", date(2024, 1, 1) + timedelta(weeks=number), *of, value, *[None] * 5, True)
        for of, values in ((("all", "all"), whole), (("channel", "chat"), chat))
        for number, value in enumerate(values)
    ]
    with home.lock(timeout=1), duckdb.connect(str(home.warehouse)) as connection:
        connection.register("readings", frame_of(rows))
        connection.execute(
            "CREATE OR REPLACE TABLE fct_kpi AS"
            " SELECT * REPLACE (period_start::DATE AS period_start, sample_size::BIGINT AS sample_size) FROM readings"
        )


def test_a_segment_waits_while_the_whole_is_in_alert(installation: Installation, ledger: Ledger) -> None:
    text = SETTINGS.replace("{name: second, kpi: csat, by: channel,", "{name: second, kpi: csat, notify: [log],")
    installation.settings_path.write_text(text, encoding="utf-8")
    build_with_whole(installation.home, [0.9], [0.9])
    evaluate_rules(installation, ledger, NOW)
    build_with_whole(installation.home, [0.9, 0.7], [0.9, 0.5])
    report = evaluate_rules(installation, ledger, NOW)
    assert (report.fired, report.messages, report.unsent["inhibited"]) == (2, 2, 1)
    now = datetime.now(UTC)
    [sent] = ledger.claim(now, timedelta(minutes=5), 10)
    assert sent.record["rule"] == "second"
    ledger.mark_sent(sent.message_id, now)
    # The whole is well again, the channel is not.
    build_with_whole(installation.home, [0.9, 0.7, 0.9], [0.9, 0.5, 0.5])
    assert evaluate_rules(installation, ledger, NOW).resolved == 1
    due = ledger.claim(now, timedelta(minutes=5), 10)
    assert sorted((item.record["rule"], item.record["status"]) for item in due) == [
        ("first", "firing"), ("second", "resolved"),
    ]  # fmt: skip
