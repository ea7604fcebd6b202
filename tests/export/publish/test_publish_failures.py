"""Publishing when something fails or happens at the same time: the old copy stays until the new one is complete."""

import signal
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from publish_samples import ALERT, ALERT_COLUMNS, ALERTS, ROOT, count_in, names_in, script

from pipelines.export.errors import PublishError
from pipelines.export.publish import ExtraTable, PublishSource, publish_duckdb, publish_parquet

MakeSource = Callable[..., PublishSource]

PUBLISHER = """
    import sys
    from pathlib import Path
    import duckdb
    from pipelines.export.publish import PublishSource, publish_duckdb, publish_parquet
    mark, target = int(sys.argv[1]), Path(sys.argv[2])
    warehouse = target.parent.parent / f"{mark}.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        for table in ("one", "two"):
            connection.execute(f"create or replace table {table} as select {mark} as mark from range(2000)")
    for _ in range(int(sys.argv[3])):
        publish_duckdb(PublishSource(warehouse, ["one", "two"]), target)
        publish_parquet(PublishSource(warehouse, ["one", "two"]), target.parent / "parquet")
"""


def test_processes_that_publish_at_once_leave_one_complete_copy(target: Path) -> None:
    subprocess.run(script(PUBLISHER, 0, target, 1), check=True, cwd=ROOT)
    publishers = [
        subprocess.Popen(script(PUBLISHER, mark, target, 5), cwd=ROOT, stderr=subprocess.PIPE) for mark in (1, 2)
    ]
    seen = set()
    while any(publisher.poll() is None for publisher in publishers):
        with duckdb.connect(str(target), read_only=True) as connection:
            found = connection.execute(
                "select min(mark), max(mark), count(*) from (from one union all from two)"
            ).fetchone()
        assert found is not None
        assert found[0] == found[1]
        assert found[2] == 4_000
        seen.add(found[0])
    for publisher in publishers:
        assert publisher.communicate()[1] == b""
        assert publisher.returncode == 0
    assert {1, 2} & seen
    assert names_in(target.parent) == [".publish.lock", "kpi.duckdb", "parquet"]
    files = {str(path.relative_to(target.parent)) for path in target.parent.rglob("*.parquet")}
    assert files == {"parquet/one/one.parquet", "parquet/two/two.parquet"}


# The system sends SIGXFSZ to a process whose file grows beyond its limit; by default that ends the process at once.
LIMITED = """
    import resource, signal, sys
    from pathlib import Path
    from pipelines.export.errors import PublishError
    from pipelines.export.publish import PublishSource, publish_duckdb, publish_parquet
    if sys.argv[4] == "killed":
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    publish = {"duckdb": publish_duckdb, "parquet": publish_parquet}[sys.argv[3]]
    try:
        publish(PublishSource(Path(sys.argv[1]), ["big"]), Path(sys.argv[2]))
    except PublishError as error:
        print(error)
"""


@pytest.fixture(params=["duckdb", "parquet"])
def big(request: pytest.FixtureRequest, make_source: MakeSource, target: Path) -> tuple[str, Path, Path, Path]:
    """Returns a kind of copy, the warehouse, the copy and its file: one row is published, many are in the warehouse."""
    source = make_source("big")
    place = target if request.param == "duckdb" else target.parent / "parquet"
    file = target if request.param == "duckdb" else place / "big" / "big.parquet"
    with duckdb.connect(str(source.warehouse)) as connection:
        connection.execute("create table big as select 1 as n, 'x' as text")
    {"duckdb": publish_duckdb, "parquet": publish_parquet}[request.param](source, place)
    with duckdb.connect(str(source.warehouse)) as connection:
        connection.execute(
            "create or replace table big as select i as n, md5(i::varchar) as text from range(300000) t(i)"
        )
    return request.param, source.warehouse, place, file


def test_a_full_disk_leaves_the_old_copy(big: tuple[str, Path, Path, Path], target: Path) -> None:
    kind, warehouse, place, file = big
    before = file.read_bytes()
    run = subprocess.run(
        script(LIMITED, warehouse, place, kind, "full"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(f"cannot publish to {place}: ")
    assert "File too large" in run.stdout
    assert run.stdout.endswith("what was published before is unchanged\n")
    assert file.read_bytes() == before
    assert not list(target.parent.glob(".incoming-*"))


def test_leftovers_of_a_killed_process_are_removed_by_the_next_publish(
    big: tuple[str, Path, Path, Path], target: Path
) -> None:
    kind, warehouse, place, file = big
    before = file.read_bytes()
    killed = subprocess.run(script(LIMITED, warehouse, place, kind, "killed"), cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGXFSZ
    [leftover] = target.parent.glob(".incoming-*")
    assert list(leftover.iterdir()) != []
    assert file.read_bytes() == before
    publish = {"duckdb": publish_duckdb, "parquet": publish_parquet}[kind]
    assert publish(PublishSource(warehouse, ["big"]), place) == {"big": 300_000}
    assert not leftover.exists()


def test_mistakes_are_reported_and_change_nothing(make_source: MakeSource, target: Path, tmp_path: Path) -> None:
    publish_duckdb(make_source("fct_kpi"), target)
    before = target.read_bytes()
    naive = {"fct_alert": ExtraTable(ALERT_COLUMNS, [(*ALERT[:2], datetime(2026, 3, 30, 7, 0), *ALERT[3:])])}
    incomplete = {"fct_alert": ExtraTable(ALERT_COLUMNS, [(None, *ALERT[1:])])}
    for source, message in (
        (make_source("fct_kip"), "there is no table 'fct_kip' in schema main"),
        (make_source("fct_kpi", "fct_kpi"), "'fct_kpi' would be published twice"),
        (make_source("fct_alert", extra=ALERTS), "'fct_alert' would be published twice"),
        (make_source("../fct_kpi"), r"'\.\./fct_kpi' cannot be the name of a published table"),
        (make_source("fct_kpi", extra=naive), "has a time without a zone: 2026-03-30 07:00:00"),
        (make_source("fct_kpi", extra=incomplete), "NOT NULL constraint failed"),
    ):
        with pytest.raises(PublishError, match=message):
            publish_duckdb(source, target)
    with pytest.raises(PublishError, match=r"cannot publish to .*kpi\.duckdb: .*nowhere\.duckdb.*unchanged"):
        publish_duckdb(PublishSource(tmp_path / "nowhere.duckdb", ["fct_kpi"]), target)
    assert target.read_bytes() == before
    assert count_in(target) == 408
    (tmp_path / "file").touch()
    with pytest.raises(PublishError, match=r"cannot publish to .*: .*file cannot be created \((Not a dir|File exists)"):
        publish_duckdb(make_source("fct_kpi"), tmp_path / "file" / "kpi.duckdb")
