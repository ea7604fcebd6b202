"""What happens by itself between two runs of the schedule: each sensor, asked as Dagster's daemon asks it."""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import pytest

from pipelines.ledger import OutboxItem
from pipelines.orchestration import definitions, jobs, sensors
from pipelines.orchestration.assets import warehouse as warehouse_assets
from pipelines.orchestration.instance import dagster_instance
from pipelines.orchestration.resources import Vigie
from pipelines.services.build import record_start, record_success
from pipelines.services.installation import Installation
from pipelines.settings import Settings
from pipelines.storage.home import Home
from pipelines.warehouse.build_record import BuildRecord, write_build_record
from tests.orchestration.company import SETTINGS, Company, answers, orders, tickets

MONDAY = date(2025, 9, 1)
NOW = datetime(2025, 11, 3, 7, 0, tzinfo=UTC)

SOURCES = """
company: {{name: Company, timezone: Europe/Paris, currency: EUR}}
sources:
  - name: shop
    type: files
    tables: [{{entity: order, path: extracts/orders-*.csv}}]
  - name: web
    type: files
    tables: [{{entity: lead, path: "{address}"}}]
"""


@lru_cache(maxsize=2)
def built(settings: str, home: str) -> dg.Definitions:
    """What Dagster knows of a company, as of the first look at it: the daemon, too, takes sensors' jobs from memory."""
    return definitions.build(Installation(Path(settings), Path(home)))


@dataclass
class Daemon:
    """A company under the daemon: what a sensor is given, and the runs that are done already."""

    company: Company
    instance: dg.DagsterInstance
    vigie: Vigie

    @property
    def settings(self) -> Settings:
        return self.vigie.installation().settings()

    def settle(self, settings: str) -> None:
        self.company.settle(settings)

    def at(self, moment: datetime) -> None:
        self.vigie = Vigie(
            settings_path=self.vigie.settings_path, home_path=self.vigie.home_path, as_of=moment.isoformat()
        )

    def sensor(self, name: str) -> dg.SensorDefinition:
        settings = self.settings
        found = sensors.sensors(settings, list(jobs.export_jobs(settings)))
        return next(sensor for sensor in found if sensor.name == name)

    def look(self, name: str, cursor: str | None = None) -> tuple[list[dg.RunRequest], str | None]:
        """One tick of a sensor; what it requests and the cursor that the daemon keeps if all of it could be started."""
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=cursor,
            definitions=built(self.vigie.settings_path, self.vigie.home_path),
            resources={"vigie": self.vigie},
        )
        told = self.sensor(name).evaluate_tick(context)
        assert told.run_requests or told.skip_message
        return list(told.run_requests or []), told.cursor

    def outbox(self) -> list[OutboxItem]:
        with self.vigie.installation().ledger() as ledger:
            return [waiting.item for waiting in ledger.undelivered(datetime.now(UTC))]


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    company = Company(tmp_path)
    company.settle()
    with pytest.MonkeyPatch.context() as environment:
        # The instance names its home in the environment of this process.
        environment.setenv("DAGSTER_HOME", "")
        with dagster_instance(Home(company.home)) as instance:
            vigie = Vigie(
                settings_path=str(company.folder / "settings.yaml"), home_path=str(company.home), as_of=NOW.isoformat()
            )
            yield Daemon(company, instance, vigie)


def execute(daemon: Daemon, name: str, *, error: Exception | None = None) -> dg.ExecuteInProcessResult:
    """A run of one step, which fails if there is an `error`."""

    @dg.op(name=name)
    def step() -> None:
        if error is not None:
            raise error

    @dg.job(name=f"{name}_job")
    def job() -> None:
        step()

    return job.execute_in_process(instance=daemon.instance, raise_on_error=False)


def follow(daemon: Daemon, name: str, result: dg.ExecuteInProcessResult) -> Any:
    """What a sensor of ended runs does about this one."""
    context = dg.build_run_status_sensor_context(
        sensor_name=name,
        dagster_event=result.get_run_success_event() if result.success else result.get_run_failure_event(),
        dagster_instance=daemon.instance,
        dagster_run=daemon.instance.get_run_by_id(result.run_id) or result.dagster_run,
        resources={"vigie": daemon.vigie},
    )
    if name == "run_failed":
        return daemon.sensor(name)(context.for_run_failure())
    return daemon.sensor(name)(context)


# ------------------------------------------------------------------------------------------------------------ new files


def test_a_pass_starts_when_a_file_appears_changes_or_goes(daemon: Daemon) -> None:
    requests, cursor = daemon.look("new_files")
    assert len(requests) == 1
    assert daemon.look("new_files", cursor) == ([], cursor)
    extract = daemon.company.folder / "extracts/orders-1.csv"

    def is_seen() -> bool:
        nonlocal cursor
        requests, after = daemon.look("new_files", cursor)
        is_news = after != cursor
        cursor = after
        assert len(requests) == is_news
        return is_news

    daemon.company.extract("orders-1.csv", orders(MONDAY, 1))
    assert is_seen()
    assert not is_seen()
    daemon.company.extract("orders-1.csv", orders(MONDAY, 2))
    assert is_seen()
    # As long as before, but written a second later.
    before = extract.stat()
    extract.write_bytes(extract.read_bytes().replace(b"100.10", b"200.20"))
    os.utime(extract, ns=(before.st_atime_ns, before.st_mtime_ns + 10**9))
    assert extract.stat().st_size == before.st_size
    assert is_seen()
    extract.unlink()
    assert is_seen()
    assert not is_seen()


def test_files_of_no_source_are_nothing_new(daemon: Daemon) -> None:
    _, cursor = daemon.look("new_files")
    daemon.company.extract("others.csv", orders(MONDAY, 1))
    assert daemon.look("new_files", cursor) == ([], cursor)


def test_a_change_whose_run_could_not_be_started_is_seen_again(daemon: Daemon) -> None:
    _, before = daemon.look("new_files")
    daemon.company.extract("orders-1.csv", orders(MONDAY, 1))
    [request], after = daemon.look("new_files", before)
    # Without a run the daemon keeps the cursor of the tick before.
    [again], cursor = daemon.look("new_files", before)
    assert cursor == after != before
    # A file that comes back as it was is a change of its own, whatever was started for it once.
    assert (request.run_key or "").startswith(f"files-{after}-")
    assert (again.run_key or "").startswith(f"files-{after}-")


def test_a_place_that_cannot_be_reached_leaves_the_others_watched(daemon: Daemon) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
    address = f"http://127.0.0.1:{server.server_port}/leads.csv"
    # From here on nobody listens at that address.
    server.server_close()
    daemon.settle(SOURCES.format(address=address))
    requests, cursor = daemon.look("new_files")
    assert len(requests) == 1
    assert daemon.look("new_files", cursor) == ([], cursor)
    daemon.company.extract("orders-1.csv", orders(MONDAY, 1))
    requests, after = daemon.look("new_files", cursor)
    assert len(requests) == 1
    assert after != cursor


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_a_file_on_the_web_is_new_once(daemon: Daemon) -> None:
    (daemon.company.folder / "leads.csv").write_text("lead_id,created_at\na,2025-09-01\n", encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(daemon.company.folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        daemon.settle(SOURCES.format(address=f"http://127.0.0.1:{server.server_port}/leads.csv"))
        requests, cursor = daemon.look("new_files")
        assert len(requests) == 1
        assert daemon.look("new_files", cursor) == ([], cursor)
        (daemon.company.folder / "leads.csv").write_text("lead_id,created_at\nab,2025-09-01\n", encoding="utf-8")
        requests, _ = daemon.look("new_files", cursor)
        assert len(requests) == 1
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# --------------------------------------------------------------------------------------------------------------- outbox


def test_a_delivery_starts_when_a_message_is_due(daemon: Daemon) -> None:
    assert daemon.look("outbox_retry")[0] == []
    item = OutboxItem("m1", "k1", "log", None, {}, datetime.now(UTC))
    now = daemon.vigie.installation().wall_clock()
    with daemon.vigie.installation().ledger() as ledger:
        ledger.enqueue([item])
        assert len(daemon.look("outbox_retry")[0]) == 1
        # Not looked at by a key: each of its retries is a run of its own.
        assert daemon.look("outbox_retry")[0][0].run_key is None
        ledger.claim(now, timedelta(minutes=5), 1)
        assert daemon.look("outbox_retry")[0] == []
        ledger.mark_failed("m1", now, "no answer", can_retry=True, retry_after=3600)
        assert daemon.look("outbox_retry")[0] == []
        ledger.enqueue([OutboxItem("m2", "k2", "log", None, {}, now)])
        assert len(daemon.look("outbox_retry")[0]) == 1


# -------------------------------------------------------------------------------------------------------------- exports


def due(daemon: Daemon, moment: datetime) -> list[str]:
    """The ticks that exports are requested for at a moment, without the hour of the attempt."""
    daemon.at(moment)
    requests, _ = daemon.look("exports_due")
    assert {request.job_name for request in requests} <= {"export_weekly"}
    return [(request.run_key or "").removeprefix("weekly-").rpartition("-")[0] for request in requests]


def written(daemon: Daemon, tick: datetime) -> None:
    with daemon.vigie.installation().ledger() as ledger:
        ledger.record_export("weekly", tick, written_at=tick, path="weekly.csv", rows=0, sha256="")


@pytest.fixture
def exporter(daemon: Daemon) -> Daemon:
    """One whose tables have been built; the exports themselves are none of the sensor's business."""
    home = daemon.vigie.installation().home
    write_build_record(home.warehouse, BuildRecord("build", "inputs", has_later_rows=False, passed_at=NOW))
    return daemon


def test_an_export_is_due_once_a_tick(exporter: Daemon) -> None:
    # Mondays at seven in Paris; until then last week's counts.
    first, second = datetime(2025, 11, 3, 6, tzinfo=UTC), datetime(2025, 11, 10, 6, tzinfo=UTC)
    assert due(exporter, first) == [first.isoformat()]
    written(exporter, first)
    assert due(exporter, first + timedelta(hours=1)) == []
    assert due(exporter, second - timedelta(seconds=1)) == []
    assert due(exporter, second) == [second.isoformat()]


def test_after_missed_ticks_the_latest_is_due(exporter: Daemon) -> None:
    written(exporter, datetime(2025, 11, 3, 6, tzinfo=UTC))
    assert due(exporter, datetime(2025, 12, 2, 12, tzinfo=UTC)) == ["2025-12-01T06:00:00+00:00"]


@pytest.mark.parametrize(
    ("schedule", "before", "after"),
    [
        # Spring: 02:30 does not exist on 29 March 2026; the clocks go from 02:00 to 03:00, 01:00 UTC.
        ("30 2 * * *", datetime(2026, 3, 28, 1, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        # Autumn: 02:30 comes twice on 25 October 2026; the first one counts.
        ("30 2 * * *", datetime(2026, 10, 24, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        # Seven in the morning is seven before and after.
        ("0 7 * * *", datetime(2026, 3, 28, 6, 0, tzinfo=UTC), datetime(2026, 3, 29, 5, 0, tzinfo=UTC)),
    ],
)
def test_clocks_that_change_neither_drop_nor_double_a_tick(
    exporter: Daemon, schedule: str, before: datetime, after: datetime
) -> None:
    exporter.settle(SETTINGS.replace("0 7 * * 1", schedule))
    minute = timedelta(minutes=1)
    assert due(exporter, after - minute) == [before.isoformat()]
    written(exporter, before)
    assert due(exporter, after - minute) == []
    assert due(exporter, after) == [after.isoformat()]
    written(exporter, after)
    # Through the hour that comes twice, and the one after.
    assert [due(exporter, after + timedelta(minutes=later)) for later in (0, 30, 60, 90, 120)] == [[]] * 5


def test_an_export_that_failed_is_due_again(exporter: Daemon) -> None:
    """Dagster starts one run for a key, even if that run fails."""
    exporter.at(NOW)
    [request], _ = exporter.look("exports_due")
    assert (request.run_key or "").endswith(f"-{exporter.vigie.installation().wall_clock():%Y%m%dT%H}")


def test_nothing_is_exported_before_there_are_tables(daemon: Daemon) -> None:
    assert due(daemon, NOW) == []


def test_nothing_is_exported_from_tables_that_did_not_pass(exporter: Daemon) -> None:
    assert len(due(exporter, NOW)) == 1
    home = exporter.vigie.installation().home
    with home.lock():
        record_start(home)
    assert due(exporter, NOW) == []


# ---------------------------------------------------------------------------------------------------------- the chain


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
    write_build_record(home.warehouse, BuildRecord("build", "inputs", has_later_rows=False, passed_at=NOW))
    result = execute(daemon, job, error=RuntimeError("broken") if fails else None)
    assert follow(daemon, sensor, result).run_key == f"{sensor}-{result.run_id}"


@pytest.mark.parametrize("sensor", ["ingest_succeeded", "ingest_failed"])
def test_tables_that_are_up_to_date_are_not_built_again(daemon: Daemon, sensor: str) -> None:
    result = execute(daemon, "ingest", error=RuntimeError("broken") if sensor == "ingest_failed" else None)
    for name, rows in (
        ("orders-1.csv", orders(MONDAY, 1)),
        ("answers-1.csv", answers(MONDAY, 1, positive=9)),
        ("tickets.csv", tickets(MONDAY, 1)),
    ):
        daemon.company.extract(name, rows)
    ingest = definitions.build(daemon.vigie.installation()).resolve_job_def("ingest")
    assert ingest.execute_in_process(instance=daemon.instance).success
    assert dg.materialize(
        [warehouse_assets.warehouse_tables(daemon.settings)], resources={"vigie": daemon.vigie}
    ).success
    assert isinstance(follow(daemon, sensor, result), dg.RunRequest)
    # dbt itself takes longer than a test of sensors may: this is what is recorded when it has built everything.
    record_success(daemon.vigie.installation().home, NOW)

    skipped = follow(daemon, sensor, result)

    assert isinstance(skipped, dg.SkipReason)
    assert "up to date" in (skipped.skip_message or "")
    daemon.company.extract("orders-2.csv", orders(MONDAY, 2))
    assert ingest.execute_in_process(instance=daemon.instance).success
    assert isinstance(follow(daemon, sensor, result), dg.RunRequest)


# ------------------------------------------------------------------------------------------------------------- troubles


def test_the_operators_are_told_once_and_once_more_when_it_works_again(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "https://hooks.slack.example/services/T0/B0/verysecret"
    monkeypatch.setenv("HOOK", secret)
    daemon.settle(SETTINGS.replace("exports:", '  team: {type: slack, webhook_url: "${HOOK}"}\nexports:'))
    broken = execute(daemon, "raw__shop", error=dg.Failure(f"shop cannot be reached at {secret}"))

    follow(daemon, "run_failed", broken)
    follow(daemon, "run_failed", execute(daemon, "raw__shop", error=dg.Failure("and again")))

    [told] = daemon.outbox()
    assert told.channel == "operators"
    assert (told.record["kind"], told.record["status"]) == ("pipeline", "firing")
    assert "shop" in str(told.record)
    assert "cannot be reached at" in str(told.record)
    everything = b"".join(file.read_bytes() for file in daemon.company.home.glob("ledger.db*"))
    assert b"cannot be reached at" in everything
    for part in (secret, urlsplit(secret).path, "verysecret"):
        assert part not in str(told.record)
        assert part.encode() not in everything

    follow(daemon, "run_succeeded", execute(daemon, "raw__shop"))
    follow(daemon, "run_succeeded", execute(daemon, "raw__shop"))

    _, over = daemon.outbox()
    assert (over.channel, over.record["kind"], over.record["status"]) == ("operators", "pipeline", "resolved")


def test_what_works_is_not_told(daemon: Daemon) -> None:
    follow(daemon, "run_succeeded", execute(daemon, "dbt"))
    assert daemon.outbox() == []


def test_without_operators_nobody_is_told(daemon: Daemon) -> None:
    daemon.settle(SETTINGS.replace("  operators: {type: file, path: out/operators.jsonl}\n", ""))
    follow(daemon, "run_failed", execute(daemon, "dbt", error=RuntimeError("broken")))
    assert daemon.outbox() == []


def test_a_run_whose_process_died_is_told_of(daemon: Daemon) -> None:
    """No step says that it failed: nobody was left to say it."""

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

    [told] = daemon.outbox()
    assert "transform" in str(told.record)
    assert "was killed" in str(told.record)
