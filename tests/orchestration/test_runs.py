"""Housekeeping of Dagster's runs: runs without a process are ended, and old runs are deleted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from pipelines.orchestration.instance import dagster_instance
from pipelines.orchestration.runs import close_dead_runs, delete_old_runs
from pipelines.storage.home import Home

Status = dg.DagsterRunStatus


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with pytest.MonkeyPatch.context() as environment:
        # The instance sets its home in the environment of this process.
        environment.setenv("DAGSTER_HOME", "")
        with dagster_instance(Home(tmp_path)) as instance:
            yield instance


@dg.job
def job() -> None:
    pass


def add_run(instance: dg.DagsterInstance, status: dg.DagsterRunStatus, created_at: datetime) -> str:
    """Adds a run as if it had been created at a moment; returns its id."""
    run = dg.DagsterRun(job_name="job", status=status)
    return instance.run_storage.add_historical_run(run, created_at).run_id


def ids(instance: dg.DagsterInstance) -> set[str]:
    return {run.run_id for run in instance.get_runs()}


def status_of(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_a_run_that_was_not_started_within_ten_minutes_is_ended(instance: dg.DagsterInstance) -> None:
    now = datetime.now(UTC)
    abandoned = add_run(instance, Status.NOT_STARTED, now - timedelta(minutes=11))
    starting = add_run(instance, Status.NOT_STARTED, now - timedelta(minutes=8))
    created_now = instance.create_run_for_job(job).run_id

    assert close_dead_runs(instance) == [abandoned]

    assert status_of(instance, abandoned) is Status.FAILURE
    [failure] = instance.all_logs(abandoned, of_type=dg.DagsterEventType.RUN_FAILURE)
    assert "ended before it started" in str(failure.dagster_event)
    assert [status_of(instance, run_id) for run_id in (starting, created_now)] == [Status.NOT_STARTED] * 2
    assert close_dead_runs(instance) == []


def test_a_running_run_is_not_ended(instance: dg.DagsterInstance) -> None:
    @dg.op
    def step(context: dg.OpExecutionContext) -> None:
        assert status_of(instance, context.run_id) is Status.STARTED
        assert close_dead_runs(instance) == []

    @dg.job
    def running() -> None:
        step()

    assert running.execute_in_process(instance=instance).success


def test_old_finished_runs_are_deleted(instance: dg.DagsterInstance) -> None:
    limit = datetime(2025, 11, 1, tzinfo=UTC)
    finished = (Status.SUCCESS, Status.FAILURE, Status.CANCELED)
    unfinished = (Status.NOT_STARTED, Status.STARTING, Status.STARTED, Status.CANCELING)
    old = {add_run(instance, status, limit - timedelta(seconds=1)) for status in finished}
    kept = {add_run(instance, status, limit + timedelta(seconds=1)) for status in finished}
    kept |= {add_run(instance, status, limit - timedelta(days=400)) for status in unfinished}

    assert delete_old_runs(instance, limit) == len(old)

    assert ids(instance) == kept
    assert delete_old_runs(instance, limit) == 0


def test_the_oldest_runs_are_deleted_first_and_not_more_than_the_limit(instance: dg.DagsterInstance) -> None:
    limit = datetime(2025, 11, 1, tzinfo=UTC)
    by_age = {days: add_run(instance, Status.SUCCESS, limit - timedelta(days=days)) for days in (5, 4, 3, 2, 1)}

    assert delete_old_runs(instance, limit, limit=2) == 2
    assert ids(instance) == {by_age[3], by_age[2], by_age[1]}
    assert delete_old_runs(instance, limit, limit=2) == 2
    assert ids(instance) == {by_age[1]}


def test_a_run_is_deleted_with_its_events(instance: dg.DagsterInstance) -> None:
    executed = job.execute_in_process(instance=instance)
    assert list(instance.all_logs(executed.run_id))

    assert delete_old_runs(instance, datetime.now(UTC) + timedelta(minutes=1)) == 1

    assert list(instance.all_logs(executed.run_id)) == []
