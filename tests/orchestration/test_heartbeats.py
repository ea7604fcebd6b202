"""When a pass of the daemon has ended: its chain of jobs, the failures in it, and what is no pass."""

import dagster as dg
import pytest

from pipelines.orchestration import origin
from pipelines.orchestration.heartbeats import beat_if_a_pass_ended
from pipelines.services.heartbeat import Heartbeat, read_heartbeat
from tests.orchestration.daemon import Daemon


def run(daemon: Daemon, name: str, *, fails: bool = False, of_a_pass: bool = False) -> dg.ExecuteInProcessResult:
    """Runs a job of that name, as the daemon or as a pass of `vigie run`."""

    @dg.op
    def step() -> None:
        if fails:
            raise RuntimeError("broken")

    tags = {origin.RUN_TAG: "abc"} if of_a_pass else {}

    @dg.job(name=name, tags=tags)
    def job() -> None:
        step()

    return job.execute_in_process(instance=daemon.instance, raise_on_error=False)


def follow(daemon: Daemon, name: str, *, fails: bool = False, of_a_pass: bool = False) -> Heartbeat | None:
    """Runs a job and has the sensor of ended runs see it; returns the heartbeat after it."""
    result = run(daemon, name, fails=fails, of_a_pass=of_a_pass)
    daemon.follow("run_failed" if fails else "run_succeeded", result)
    return read_heartbeat(daemon.vigie.installation())


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.services.build.has_passed", lambda home: True)


@pytest.mark.usefixtures("passed")
def test_a_pass_ends_when_its_tables_are_published(daemon: Daemon) -> None:
    for name in ("ingest", "transform", "watch", "deliver"):
        assert follow(daemon, name) is None
    first = follow(daemon, "publish")
    assert first is not None
    assert first.failed == ()
    # Retries of messages and their publication are no passes.
    assert follow(daemon, "deliver") == first
    assert follow(daemon, "publish") == first
    assert follow(daemon, "ingest") == first
    second = follow(daemon, "publish")
    assert second is not None
    assert second.at > first.at


@pytest.mark.usefixtures("passed")
@pytest.mark.parametrize("failing", ["transform", "watch", "deliver", "publish"])
def test_a_pass_ends_with_the_job_that_failed_in_it(daemon: Daemon, failing: str) -> None:
    follow(daemon, "ingest")
    found = follow(daemon, failing, fails=True)
    assert found is not None
    assert found.failed == (failing,)


@pytest.mark.usefixtures("passed")
def test_a_failed_ingest_does_not_end_the_pass_and_is_named(daemon: Daemon) -> None:
    assert follow(daemon, "ingest", fails=True) is None
    found = follow(daemon, "publish")
    assert found is not None
    assert found.failed == ("ingest",)


def test_without_tables_that_passed_the_delivery_ends_it(daemon: Daemon) -> None:
    follow(daemon, "ingest")
    assert follow(daemon, "deliver") is not None


def test_what_is_no_pass_of_the_daemon_has_no_heartbeat(daemon: Daemon) -> None:
    assert follow(daemon, "export_weekly") is None
    assert follow(daemon, "ingest", of_a_pass=True) is None
    assert follow(daemon, "publish", of_a_pass=True) is None
    # Its jobs are not those that a chain of the daemon belongs to either.
    finished = daemon.instance.get_run_by_id(run(daemon, "deliver").run_id)
    assert finished is not None
    beat_if_a_pass_ended(daemon.instance, finished, daemon.vigie.installation())
    assert read_heartbeat(daemon.vigie.installation()) is None


def test_a_pass_that_finds_nothing_new_has_a_heartbeat(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.services.build.is_up_to_date", lambda installation: True)
    result = run(daemon, "ingest")
    daemon.follow("run_succeeded", result)
    assert read_heartbeat(daemon.vigie.installation()) is None
    daemon.follow("ingest_succeeded", result)
    assert read_heartbeat(daemon.vigie.installation()) is not None
