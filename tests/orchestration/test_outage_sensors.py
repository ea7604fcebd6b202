"""The sensors `run_failed` and `run_succeeded` notify the operators of outages and recoveries."""

from urllib.parse import urlsplit

import dagster as dg
import pytest

from pipelines.raw import RawStoreError
from tests.orchestration.company import SETTINGS
from tests.orchestration.daemon import Daemon


def test_operators_are_notified_once_of_an_outage_and_once_of_its_recovery(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "https://hooks.slack.example/services/T0/B0/verysecret"
    monkeypatch.setenv("HOOK", secret)
    daemon.company.write_settings(
        SETTINGS.replace("exports:", '  team: {type: slack, webhook_url: "${HOOK}"}\nexports:')
    )
    broken = daemon.run_step("raw__shop", error=dg.Failure(f"shop cannot be reached at {secret}"))

    daemon.follow("run_failed", broken)
    daemon.follow("run_failed", daemon.run_step("raw__shop", error=dg.Failure("and again")))

    [message] = daemon.outbox()
    assert message.channel == "operators"
    assert (message.record["kind"], message.record["status"]) == ("pipeline", "firing")
    assert "shop" in str(message.record)
    assert "cannot be reached at" in str(message.record)
    ledger_bytes = b"".join(file.read_bytes() for file in daemon.company.home.glob("ledger.db*"))
    assert b"cannot be reached at" in ledger_bytes
    for part in (secret, urlsplit(secret).path, "verysecret"):
        assert part not in str(message.record)
        assert part.encode() not in ledger_bytes

    daemon.follow("run_succeeded", daemon.run_step("raw__shop"))
    daemon.follow("run_succeeded", daemon.run_step("raw__shop"))

    _, recovery = daemon.outbox()
    assert (recovery.channel, recovery.record["kind"], recovery.record["status"]) == (
        "operators",
        "pipeline",
        "resolved",
    )


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RawStoreError("load.json cannot be read"), "load.json cannot be read"),
        (ValueError("not a number"), "ValueError: not a number"),
        (dg.DagsterInvariantViolationError("two outputs"), "DagsterInvariantViolationError: two outputs"),
    ],
    ids=["of Vigie", "of Python", "of Dagster"],
)
def test_the_reason_of_an_outage_is_the_error_in_the_step(daemon: Daemon, error: Exception, reason: str) -> None:
    daemon.follow("run_failed", daemon.run_step("dbt", error=error))
    [message] = daemon.outbox()
    [shown] = [block["value"] for block in message.record["content"]["blocks"] if block.get("label") == "Reason"]
    assert shown.endswith(reason)
    assert "pipelines." not in shown


@pytest.mark.parametrize(
    ("step", "subject"),
    [
        ("raw__shop", "Source shop"),
        ("export__weekly", "Export weekly"),
        ("published__duckdb", "Run duckdb"),
        ("watch__alerts", "Run alerts"),
        ("dbt", "Run dbt"),
    ],
)
def test_each_part_of_a_pass_is_reported_once_and_once_when_it_works(daemon: Daemon, step: str, subject: str) -> None:
    for _ in range(3):
        daemon.follow("run_failed", daemon.run_step(step, error=RuntimeError("broken")))
    for _ in range(2):
        daemon.follow("run_succeeded", daemon.run_step(step))
    # A relapse is another failure.
    daemon.follow("run_failed", daemon.run_step(step, error=RuntimeError("broken")))
    titles = [message.record["title"].partition(" after")[0] for message in daemon.outbox()]
    failure, recovery = f"Failure: {subject} failed", f"Recovered: {subject} works again"
    assert titles == [failure, recovery, failure]


def test_a_success_without_an_outage_sends_no_message(daemon: Daemon) -> None:
    daemon.follow("run_succeeded", daemon.run_step("dbt"))
    assert daemon.outbox() == []


def test_without_a_channel_for_operators_nothing_is_queued(daemon: Daemon) -> None:
    daemon.company.write_settings(SETTINGS.replace("  operators: {type: file, path: out/operators.jsonl}\n", ""))
    daemon.follow("run_failed", daemon.run_step("dbt", error=RuntimeError("broken")))
    assert daemon.outbox() == []


def test_a_run_whose_process_was_killed_is_an_outage(daemon: Daemon) -> None:
    """None of its steps has an event of a failure."""

    @dg.job(name="transform")
    def job() -> None:
        pass

    run = daemon.instance.create_run_for_job(job)
    failed = daemon.instance.report_run_failed(run, "The process of this run was killed.")
    after = daemon.instance.get_run_by_id(run.run_id)
    assert after is not None
    context = dg.build_run_status_sensor_context(
        sensor_name="run_failed",
        dagster_event=failed,
        dagster_instance=daemon.instance,
        dagster_run=after,
        resources={"vigie": daemon.vigie},
    )
    daemon.sensor("run_failed")(context.for_run_failure())

    [message] = daemon.outbox()
    assert "transform" in str(message.record)
    assert "was killed" in str(message.record)
