"""Passes that are killed, run out of room, or meet each other: the next one mends all, and nothing is done twice."""

import os
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from pipelines.orchestration.instance import dagster_instance
from pipelines.orchestration.runs import close_dead_runs
from pipelines.raw import RawStore
from pipelines.storage.home import Home
from pipelines.transform.manifest import ensure_manifest
from tests.orchestration.company import Company, answers, orders, tickets, users_of

MONDAY = date(2025, 9, 1)
FIRST = datetime(2025, 11, 3, 7, 0, tzinfo=UTC)
SECOND = FIRST + timedelta(weeks=1)

KPIS = "select * exclude (computed_at) from fct_kpi order by all"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="who has a file open is asked of Linux"),
]


def first_week(company: Company) -> None:
    company.settle()
    company.extract("orders-1.csv", orders(MONDAY, 63))
    company.extract("answers-1.csv", answers(MONDAY, 9, positive=9))
    company.extract("tickets.csv", tickets(MONDAY, 9))


def second_week(company: Company) -> None:
    """What is new breaches the floor: one message to each channel."""
    company.extract("orders-2.csv", orders(MONDAY + timedelta(days=63), 7))
    company.extract("answers-2.csv", answers(MONDAY + timedelta(weeks=9), 1, positive=5))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """The KPIs of a company whose only pass nothing came in the way of."""
    company = Company(tmp_path_factory.mktemp("undisturbed"))
    first_week(company)
    second_week(company)
    report = company.run(SECOND)
    assert report["exit_code"] == 0, report["output"]
    return company.published(KPIS)


def loads(company: Company) -> dict[str, list[str]]:
    """The files that were taken in, by entity, as often as they were."""
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


def test_killed_passes_leave_nothing_that_the_next_does_not_mend(
    tmp_path: Path, undisturbed: list[tuple[object, ...]]
) -> None:
    company = Company(tmp_path)
    first_week(company)
    assert company.run(FIRST)["exit_code"] == 0
    before = company.published(KPIS)
    second_week(company)

    # Everything is killed at once, as by a power failure.
    killed = company.start(SECOND)
    killed.until(killed.is_building)
    os.killpg(killed.process.pid, signal.SIGKILL)
    killed.process.communicate()
    assert company.published(KPIS) == before

    # dbt alone, as when memory runs out: the pass lives to tell.
    crippled = company.start(SECOND)
    crippled.until(crippled.is_building)
    for process in crippled.dbt():
        os.kill(process, signal.SIGKILL)
    report = crippled.ended()
    assert report["exit_code"] == 1
    assert {step["job"]: step["succeeded"] for step in report["steps"]} == {
        "ingest": True, "transform": False, "deliver": True,
    }  # fmt: skip
    [failure] = report["steps"][1]["failures"]
    assert "dbt was killed by signal 9" in failure["reason"]
    assert "Traceback" not in report["output"]
    assert company.published(KPIS) == before
    assert company.messages() == []
    [trouble] = company.messages("operators")
    assert (trouble["kind"], trouble["status"]) == ("pipeline", "firing")

    # The pass alone: its dbt must not go on writing beside the next one.
    orphaned = company.start(SECOND)
    orphaned.until(orphaned.is_building)
    orphans = orphaned.dbt()
    os.kill(orphaned.process.pid, signal.SIGKILL)
    orphaned.process.communicate()
    following = company.start(SECOND)
    following.until(lambda: not set(orphans) & set(users_of(company.home / "warehouse.duckdb")))
    report = following.ended()

    assert report["exit_code"] == 0, report["output"]
    assert company.published(KPIS) == undisturbed
    assert loads(company) == ONCE
    [message] = company.messages()
    assert (message["rule"], message["status"]) == ("csat-floor", "firing")
    assert [told["status"] for told in company.messages("operators")] == ["firing", "resolved"]
    exports = sorted(file.name for file in (company.folder / "out/exports").glob("*.csv"))
    assert exports == ["weekly-2025-11-03T0700.csv", "weekly-2025-11-10T0700.csv"]
    # Dagster counts what is started among what is at work, four at most.
    with dagster_instance(Home(company.home)) as instance:
        ended = Counter((run.job_name, run.status.value) for run in instance.get_runs())
    assert ended["transform", "FAILURE"] == 3
    assert ended["transform", "SUCCESS"] == 2
    assert {status for _, status in ended} == {"SUCCESS", "FAILURE"}


def test_two_passes_at_once_do_the_work_of_one(tmp_path: Path, undisturbed: list[tuple[object, ...]]) -> None:
    company = Company(tmp_path)
    first_week(company)
    second_week(company)

    reports = [begun.ended() for begun in [company.start(SECOND), company.start(SECOND)]]

    assert [report["exit_code"] for report in reports] == [0, 0], [report["output"] for report in reports]
    assert company.published(KPIS) == undisturbed
    assert loads(company) == ONCE
    assert [message["status"] for message in company.messages()] == ["firing"]
    assert company.messages("operators") == []
    assert len(list((company.folder / "out/exports").glob("*.csv"))) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of six megabytes: enough to begin."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("there is no mount")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_told_in_words_and_room_mends_it(
    small_disk: Path, undisturbed: list[tuple[object, ...]]
) -> None:
    company = Company(small_disk / "company")
    first_week(company)
    second_week(company)

    full = company.start(SECOND).ended()

    assert full["exit_code"] == 1
    assert "full" in full["output"] or "No space left" in full["output"]
    assert "free disk space" in " ".join(full["output"].split())
    assert "Traceback" not in full["output"]

    subprocess.run(["mount", "-o", "remount,size=500m", str(small_disk)], check=True)
    mended = company.start(SECOND).ended()

    assert mended["exit_code"] == 0, mended["output"]
    assert company.published(KPIS) == undisturbed
    assert loads(company) == ONCE
    assert len(company.messages()) == 1


def test_a_manifest_that_was_not_written_to_its_end_is_made_anew(tmp_path: Path) -> None:
    manifest = ensure_manifest(tmp_path)
    whole = manifest.read_bytes()
    manifest.write_bytes(whole[: len(whole) // 2])

    assert ensure_manifest(tmp_path).read_bytes() == whole


def test_a_run_at_work_is_not_closed(tmp_path: Path) -> None:
    with dagster_instance(Home(tmp_path)) as instance:

        @dg.op
        def step(context: dg.OpExecutionContext) -> None:
            run = instance.get_run_by_id(context.run_id)
            assert run is not None
            assert run.status is dg.DagsterRunStatus.STARTED
            assert close_dead_runs(instance) == []

        @dg.job
        def job() -> None:
            step()

        assert job.execute_in_process(instance=instance).success
