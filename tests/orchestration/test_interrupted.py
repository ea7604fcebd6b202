"""Passes that are killed, fill the disk or run at the same time: the next one recovers, and nothing is done twice."""

import os
import shutil
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import dagster as dg
import pytest

from pipelines.orchestration.instance import dagster_instance
from pipelines.raw import RawStore
from pipelines.storage.home import Home
from tests.orchestration.company import Company, answers, orders, tickets, users_of

MONDAY = date(2025, 9, 1)
FIRST = datetime(2025, 11, 3, 7, 0, tzinfo=UTC)
SECOND = FIRST + timedelta(weeks=1)

KPIS = "select * exclude (computed_at) from fct_kpi order by all"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.acceptance,
    pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux lists the processes that use a file"),
]


def first_week(company: Company) -> None:
    company.write_settings()
    company.write_extract("orders-1.csv", orders(MONDAY, 63))
    company.write_extract("answers-1.csv", answers(MONDAY, 9, positive=9))
    company.write_extract("tickets.csv", tickets(MONDAY, 9))


def second_week(company: Company) -> None:
    """Adds rows that breach the threshold."""
    company.write_extract("orders-2.csv", orders(MONDAY + timedelta(days=63), 7))
    company.write_extract("answers-2.csv", answers(MONDAY + timedelta(weeks=9), 1, positive=5))


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """Returns the KPIs of a company whose only pass was not interrupted."""
    company = Company(tmp_path_factory.mktemp("uninterrupted"))
    first_week(company)
    second_week(company)
    report = company.run(SECOND)
    assert report["exit_code"] == 0, report["output"]
    return company.published(KPIS)


def loads(company: Company) -> dict[str, list[str]]:
    """Returns the files of all loads by entity; a file that was loaded twice is there twice."""
    tables = {"order": "shop", "survey_response": "surveys", "ticket": "desk"}
    return {
        entity: sorted(file.path for load in RawStore(company.home).loads(source, entity) for file in load.files)
        for entity, source in tables.items()
    }


ONCE = {
    "order": ["extracts/orders-1.csv", "extracts/orders-2.csv"],
    "survey_response": ["extracts/answers-1.csv", "extracts/answers-2.csv"],
    "ticket": ["extracts/tickets.csv"],
}


def test_the_next_pass_recovers_from_killed_passes(tmp_path: Path, uninterrupted: list[tuple[object, ...]]) -> None:
    company = Company(tmp_path)
    first_week(company)
    assert company.run(FIRST)["exit_code"] == 0
    before = company.published(KPIS)
    second_week(company)

    # A power failure: all processes are killed at once.
    killed = company.start(SECOND)
    killed.wait_until(killed.is_building)
    os.killpg(killed.process.pid, signal.SIGKILL)
    killed.process.communicate()
    assert company.published(KPIS) == before

    # Out of memory: only dbt is killed, and the pass reports it.
    failing = company.start(SECOND)
    failing.wait_until(failing.is_building)
    for process in failing.dbt_processes():
        os.kill(process, signal.SIGKILL)
    report = failing.wait()
    assert report["exit_code"] == 1
    assert {step["job"]: step["succeeded"] for step in report["steps"]} == {
        "ingest": True, "transform": False, "deliver": True,
    }  # fmt: skip
    [failure] = report["steps"][1]["failures"]
    assert "dbt was killed by signal 9" in failure["reason"]
    assert "Traceback" not in report["output"]
    assert company.published(KPIS) == before
    assert company.messages() == []
    [outage] = company.messages("operators")
    assert (outage["kind"], outage["status"]) == ("pipeline", "firing")

    # Only the pass is killed: its dbt must end before the next pass writes.
    orphaned = company.start(SECOND)
    orphaned.wait_until(orphaned.is_building)
    orphans = orphaned.dbt_processes()
    os.kill(orphaned.process.pid, signal.SIGKILL)
    orphaned.process.communicate()
    following = company.start(SECOND)
    following.wait_until(lambda: not set(orphans) & set(users_of(company.home / "warehouse.duckdb")))
    report = following.wait()

    assert report["exit_code"] == 0, report["output"]
    assert company.published(KPIS) == uninterrupted
    assert loads(company) == ONCE
    [message] = company.messages()
    assert (message["rule"], message["status"]) == ("csat-floor", "firing")
    assert [message["status"] for message in company.messages("operators")] == ["firing", "resolved"]
    exports = sorted(file.name for file in (company.folder / "out/exports").glob("*.csv"))
    assert exports == ["weekly-2025-11-03T0700.csv", "weekly-2025-11-10T0700.csv"]
    # A run that stays started counts towards the four that Dagster executes at once.
    with dagster_instance(Home(company.home)) as instance:
        ended = Counter((run.job_name, run.status.value) for run in instance.get_runs())
    assert ended["transform", "FAILURE"] == 3
    assert ended["transform", "SUCCESS"] == 2
    assert {status for _, status in ended} == {"SUCCESS", "FAILURE"}


def finished_runs(home: Path) -> int:
    """Returns how many runs Dagster has recorded as successful."""
    runs = home / "dagster/history/runs.db"
    if not runs.exists():
        return 0
    with closing(sqlite3.connect(f"file:{runs}?mode=ro", uri=True)) as connection:
        try:
            [number] = connection.execute("select count(*) from runs where status = 'SUCCESS'").fetchone()
        except sqlite3.OperationalError:
            # The tables are being created.
            return 0
    return int(number)


def has_finished_runs(home: Path, number: int) -> bool:
    """Whether a pass has opened Dagster's storage and as many of its runs have succeeded."""
    return (home / "dagster/history/runs.db").exists() and finished_runs(home) >= number


def test_a_pass_ends_when_it_is_terminated_at_any_step(tmp_path: Path, uninterrupted: list[tuple[object, ...]]) -> None:
    """Between two jobs, Dagster would lose the signal; within one, it would call the run failed."""
    company = Company(tmp_path)
    first_week(company)
    second_week(company)

    for finished in range(4):
        running = company.start(SECOND)
        running.wait_until(partial(has_finished_runs, company.home, finished_runs(company.home) + finished))
        running.process.send_signal(signal.SIGTERM)
        report = running.wait()
        assert report["exit_code"] == 130, report["output"]
        assert "Interrupted" in report["output"]
        assert "Traceback" not in report["output"]

    report = company.start(SECOND).wait()
    assert report["exit_code"] == 0, report["output"]
    assert company.published(KPIS) == uninterrupted
    assert loads(company) == ONCE
    assert company.messages("operators") == []
    assert [message["status"] for message in company.messages()] == ["firing"]
    with dagster_instance(Home(company.home)) as instance:
        assert {run.status.value for run in instance.get_runs()} <= {"SUCCESS", "FAILURE", "CANCELED"}


def test_a_truncated_log_of_a_load_fails_the_build_and_not_the_pass(tmp_path: Path) -> None:
    company = Company(tmp_path)
    first_week(company)
    assert company.vigie("run", "--as-of", FIRST.isoformat()).exit_code == 0
    before = company.published(KPIS)
    log = next((company.home / "raw/shop").rglob("load.json"))
    whole = log.read_bytes()
    log.write_bytes(whole[:40])

    report = company.run(FIRST)

    assert report["exit_code"] == 1
    assert {step["job"]: step["succeeded"] for step in report["steps"]} == {
        "ingest": False, "transform": False, "deliver": True,
    }  # fmt: skip
    reasons = [failure["reason"] for step in report["steps"] for failure in step["failures"]]
    assert [str(log) in reason for reason in reasons] == [True, True], reasons
    assert all(str(log) in message["text"] for message in company.messages("operators"))
    assert len(company.messages("operators")) == 2
    assert company.published(KPIS) == before

    # As if it had been restored from a backup.
    log.write_bytes(whole)
    report = company.run(FIRST)

    assert report["exit_code"] == 0, report["output"]
    assert loads(company)["order"] == ["extracts/orders-1.csv"]
    assert [message["status"] for message in company.messages("operators")[2:]] == ["resolved"] * 2


def test_two_passes_at_once_do_the_work_of_one(tmp_path: Path, uninterrupted: list[tuple[object, ...]]) -> None:
    company = Company(tmp_path)
    first_week(company)
    second_week(company)

    reports = [running.wait() for running in [company.start(SECOND), company.start(SECOND)]]

    assert [report["exit_code"] for report in reports] == [0, 0], [report["output"] for report in reports]
    assert company.published(KPIS) == uninterrupted
    assert loads(company) == ONCE
    assert [message["status"] for message in company.messages()] == ["firing"]
    assert company.messages("operators") == []
    assert len(list((company.folder / "out/exports").glob("*.csv"))) == 1


def test_a_pass_waits_for_the_build_of_another_and_does_not_repeat_it(
    tmp_path: Path, uninterrupted: list[tuple[object, ...]]
) -> None:
    company = Company(tmp_path)
    first_week(company)
    second_week(company)

    building = company.start(SECOND)
    building.wait_until(building.is_building)
    waiting = company.start(SECOND)

    assert [running.wait()["exit_code"] for running in (building, waiting)] == [0, 0]
    with dagster_instance(Home(company.home)) as instance:
        assert [run.status.value for run in instance.get_runs(dg.RunsFilter(job_name="transform"))] == ["SUCCESS"]
    assert company.published(KPIS) == uninterrupted


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yields a disk of six megabytes: enough to start a pass, too small to finish it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("this machine has no mount command")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_reported_and_the_next_pass_recovers(
    small_disk: Path, uninterrupted: list[tuple[object, ...]]
) -> None:
    company = Company(small_disk / "company")
    first_week(company)
    second_week(company)

    full = company.start(SECOND).wait()

    assert full["exit_code"] == 1
    assert "full" in full["output"] or "No space left" in full["output"]
    assert "free disk space" in " ".join(full["output"].split())
    assert "Traceback" not in full["output"]

    subprocess.run(["mount", "-o", "remount,size=500m", str(small_disk)], check=True)
    recovered = company.start(SECOND).wait()

    assert recovered["exit_code"] == 0, recovered["output"]
    assert company.published(KPIS) == uninterrupted
    assert loads(company) == ONCE
    assert len(company.messages()) == 1
