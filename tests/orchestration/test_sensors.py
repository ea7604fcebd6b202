"""The sensors that follow the plan of a pass, and the one that retries deliveries."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest

from pipelines.ledger import OutboxItem
from pipelines.orchestration import definitions
from pipelines.orchestration.assets import warehouse as warehouse_assets
from pipelines.orchestration.keys import raw_key
from pipelines.services.build import record_success
from pipelines.services.outages import Outcome, record_outcomes
from pipelines.warehouse.build_record import BuildRecord, write_build_record
from tests.orchestration.company import answers, orders, tickets
from tests.orchestration.daemon import Daemon

MONDAY = date(2025, 9, 1)
NOW = datetime(2025, 11, 3, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sensor", "starts"),
    [
        ("ingest_succeeded", "transform"),
        ("ingest_failed", "transform"),
        ("kpis_rebuilt", "watch"),
        ("alerts_judged", "deliver"),
        ("messages_delivered", "publish"),
        ("new_files", "ingest"),
        ("outbox_retry", "deliver"),
        ("exports_due", "export_weekly"),
    ],
)
def test_what_a_sensor_starts(daemon: Daemon, sensor: str, starts: str) -> None:
    assert [target.job_name for target in daemon.sensor(sensor).targets] == [starts]


@pytest.mark.parametrize(
    ("sensor", "job", "fails"),
    [
        ("ingest_succeeded", "ingest", False),
        ("ingest_failed", "ingest", True),
        ("kpis_rebuilt", "transform", False),
        ("alerts_judged", "watch", False),
        ("messages_delivered", "deliver", False),
    ],
)
def test_each_run_is_followed_once_by_the_next_job(daemon: Daemon, sensor: str, job: str, fails: bool) -> None:
    home = daemon.vigie.installation().home
    write_build_record(home.warehouse, BuildRecord("build", "inputs", next_moment=None, passed_at=NOW))
    result = daemon.run_step(job, error=RuntimeError("broken") if fails else None)
    assert daemon.follow(sensor, result).run_key == f"{sensor}-{result.run_id}"


def test_what_a_failed_stream_could_load_is_reported(daemon: Daemon) -> None:
    bad = {**orders(MONDAY, 1)[0], "order_id": "bad", "amount": "1O0"}
    daemon.company.write_extract("orders-1.csv", [*orders(MONDAY, 1), bad])
    daemon.company.write_extract("orders-2.csv", [{"order_id": "without the other columns"}])
    ingest = definitions.build(daemon.vigie.installation()).resolve_job_def("ingest")
    result = ingest.execute_in_process(instance=daemon.instance, raise_on_error=False)

    assert not result.success
    [observation] = [
        event.asset_observation_data.asset_observation
        for event in result.all_events
        if event.is_asset_observation and event.asset_key == raw_key("shop", "order")
    ]
    counts = {name: observation.metadata[name].value for name in ("new_files", "new_rows", "quarantined_rows")}
    assert counts == {"new_files": 1, "new_rows": len(orders(MONDAY, 1)), "quarantined_rows": 1}


@pytest.mark.parametrize("sensor", ["ingest_succeeded", "ingest_failed"])
def test_tables_that_are_up_to_date_are_not_built_again(daemon: Daemon, sensor: str) -> None:
    result = daemon.run_step("ingest", error=RuntimeError("broken") if sensor == "ingest_failed" else None)
    for name, rows in (
        ("orders-1.csv", orders(MONDAY, 1)),
        ("answers-1.csv", answers(MONDAY, 1, positive=9)),
        ("tickets.csv", tickets(MONDAY, 1)),
    ):
        daemon.company.write_extract(name, rows)
    ingest = definitions.build(daemon.vigie.installation()).resolve_job_def("ingest")
    assert ingest.execute_in_process(instance=daemon.instance).success
    assert dg.materialize(
        [warehouse_assets.warehouse_tables(daemon.settings)], resources={"vigie": daemon.vigie}
    ).success
    assert isinstance(daemon.follow(sensor, result), dg.RunRequest)
    # A build by dbt takes too long for this test: only its record is written.
    record_success(daemon.vigie.installation().home, NOW)
    record_outcomes(daemon.vigie.installation(), [Outcome("run", "warehouse", "the disk is full")])

    skipped = daemon.follow(sensor, result)

    assert isinstance(skipped, dg.SkipReason)
    assert "up to date" in (skipped.skip_message or "")
    # Tables that need no build have recovered from one that failed.
    pipeline = [item.record["status"] for item in daemon.outbox() if "warehouse" in item.dedup_key]
    assert pipeline == ["firing", "resolved"]
    daemon.company.write_extract("orders-2.csv", orders(MONDAY, 2))
    assert ingest.execute_in_process(instance=daemon.instance).success
    assert isinstance(daemon.follow(sensor, result), dg.RunRequest)


def test_a_delivery_starts_when_a_message_is_due(daemon: Daemon) -> None:
    assert daemon.tick("outbox_retry")[0] == []
    item = OutboxItem("m1", "k1", "log", None, {}, datetime.now(UTC))
    now = daemon.vigie.installation().wall_clock()
    with daemon.vigie.installation().ledger() as ledger:
        ledger.enqueue([item])
        assert len(daemon.tick("outbox_retry")[0]) == 1
        # Without a run key, each retry is a run of its own.
        assert daemon.tick("outbox_retry")[0][0].run_key is None
        ledger.claim(now, timedelta(minutes=5), 1)
        assert daemon.tick("outbox_retry")[0] == []
        ledger.mark_failed("m1", now, "no answer", can_retry=True, retry_after=3600)
        assert daemon.tick("outbox_retry")[0] == []
        ledger.enqueue([OutboxItem("m2", "k2", "log", None, {}, now)])
        assert len(daemon.tick("outbox_retry")[0]) == 1
