"""Runs of assets that somebody chose in the UI are followed like runs of the jobs; runs of `vigie run` are not."""

from datetime import UTC, date, datetime
from uuid import uuid4

import dagster as dg
import pytest
import yaml

from pipelines.orchestration import definitions, origin
from pipelines.orchestration.jobs import step_of
from pipelines.orchestration.keys import export_key, raw_key
from pipelines.services.outages import Outcome, record_outcomes
from pipelines.services.plan import Step
from pipelines.warehouse.build_record import BuildRecord, write_build_record
from tests.orchestration.company import orders
from tests.orchestration.daemon import Daemon
from tests.orchestration.ui import WORKSPACE

MONDAY = date(2025, 9, 1)
NOW = datetime(2025, 11, 3, 7, 0, tzinfo=UTC)


@pytest.fixture
def defs(daemon: Daemon) -> dg.Definitions:
    return definitions.build(daemon.vigie.installation())


def test_an_ingest_by_hand_is_followed_once_by_a_build(daemon: Daemon, defs: dg.Definitions) -> None:
    daemon.company.write_extract("orders-1.csv", orders(MONDAY, 1))
    _, cursor = daemon.tick("assets_materialized")

    run = daemon.materialize(defs, [raw_key("shop", "order")])

    assert run.is_success
    [request], cursor = daemon.tick("assets_materialized", cursor)
    assert (request.job_name, request.run_key) == ("transform", f"assets_materialized-{run.run_id}")
    assert daemon.tick("assets_materialized", cursor)[0] == []


def test_a_source_that_fails_by_hand_does_not_stop_the_others(daemon: Daemon, defs: dg.Definitions) -> None:
    daemon.company.write_extract("orders-1.csv", orders(MONDAY, 1))
    _, cursor = daemon.tick("assets_failed")

    # There is no file of tickets.
    run = daemon.materialize(defs, [raw_key("shop", "order"), raw_key("desk", "ticket")])

    assert run.is_failure
    [request], _ = daemon.tick("assets_failed", cursor)
    assert request.job_name == "transform"


def test_an_export_by_hand_is_followed_by_nothing(daemon: Daemon, defs: dg.Definitions) -> None:
    _, cursor = daemon.tick("assets_materialized")
    home = daemon.vigie.installation().home
    write_build_record(home.warehouse, BuildRecord("build", "inputs", next_moment=None, passed_at=NOW))
    # Its tick has been written already: the run has nothing to do.
    with daemon.vigie.installation().ledger() as ledger:
        tick = datetime(2025, 11, 3, 6, tzinfo=UTC)
        ledger.record_export("weekly", tick, written_at=tick, path="weekly.csv", rows=0, sha256="")
    assert daemon.materialize(defs, [export_key("weekly")]).is_success
    assert daemon.tick("assets_materialized", cursor)[0] == []


@pytest.mark.parametrize("sensor", ["assets_materialized", "assets_failed"])
def test_runs_of_the_jobs_are_not_followed_twice(daemon: Daemon, sensor: str) -> None:
    _, cursor = daemon.tick(sensor)
    daemon.run_step("ingest")
    daemon.run_step("ingest", error=RuntimeError("broken"))
    assert daemon.tick(sensor, cursor)[0] == []


def test_a_pass_of_the_command_line_is_not_continued_by_the_daemon(daemon: Daemon, defs: dg.Definitions) -> None:
    daemon.company.write_extract("orders-1.csv", orders(MONDAY, 1))
    record_outcomes(daemon.vigie.installation(), [Outcome("run", "ingest", "broken")])
    run_id = str(uuid4())
    events = origin.execute(
        defs.resolve_job_def("ingest"), daemon.instance,
        run_id=run_id, pass_id="pass", run_config={}, selection=[raw_key("shop", "order")],
    )  # fmt: skip
    [success] = [event for event in events if event.is_job_success]
    run = daemon.instance.get_run_by_id(run_id)
    assert run is not None
    of_the_location = dg.RunsFilter(job_name="ingest", tags={".dagster/repository": "__repository__@vigie"})
    assert [each.run_id for each in daemon.instance.get_runs(of_the_location)] == [run_id]

    def look(sensor: str) -> object:
        context = dg.build_run_status_sensor_context(
            sensor_name=sensor, dagster_event=success, dagster_instance=daemon.instance, dagster_run=run,
            resources={"vigie": daemon.vigie},
        )  # fmt: skip
        return daemon.sensor(sensor)(context)

    assert isinstance(look("ingest_succeeded"), dg.SkipReason)
    # `vigie run` records how its runs ended, and so does not need the daemon to.
    look("run_succeeded")
    with daemon.vigie.installation().ledger() as ledger:
        assert list(ledger.outages("run")) == ["ingest"]


def test_a_run_that_somebody_executes_again_is_continued() -> None:
    first = dg.DagsterRun(job_name="ingest", tags={origin.RUN_TAG: "pass"})
    again = dg.DagsterRun(
        job_name="ingest", tags={origin.RUN_TAG: "pass"}, root_run_id=first.run_id, parent_run_id=first.run_id
    )
    assert origin.is_part_of_a_pass(first)
    assert not origin.is_part_of_a_pass(again)


def test_the_code_location_has_the_name_that_the_workspace_gives_it(defs: dg.Definitions) -> None:
    [location] = yaml.safe_load(WORKSPACE.read_text(encoding="utf-8"))["load_from"]
    assert location["python_module"]["location_name"] == origin.LOCATION
    assert defs.get_repository_def().name == origin.REPOSITORY


def test_each_asset_belongs_to_the_step_whose_job_materializes_it(defs: dg.Definitions) -> None:
    repository = defs.get_repository_def()
    for step in Step:
        keys = set(repository.get_job(step.value).asset_layer.executable_asset_keys)
        assert keys
        assert {step_of(key) for key in keys} == {step}
    assert step_of(export_key("weekly")) is None
