"""Who may read the published files: their owner alone, and whom an administrator allows."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from publish_samples import ALERTS

from pipelines.export.publish import PublishSource, publish_duckdb, publish_parquet

MakeSource = Callable[..., PublishSource]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def generous_umask() -> Iterator[None]:
    """The umask of most systems, with which files would be readable by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def publish(make_source: MakeSource, target: Path) -> Callable[[], None]:
    def publish() -> None:
        publish_duckdb(make_source("fct_kpi"), target)
        publish_parquet(make_source("fct_kpi", extra=ALERTS), target.parent / "parquet")

    return publish


def test_published_files_are_private(publish: Callable[[], None], target: Path) -> None:
    publish()
    folder = target.parent
    parquet = folder / "parquet" / "fct_kpi"
    assert [mode(path) for path in (folder, parquet.parent, parquet)] == [0o700] * 3
    files = (target, parquet / "fct_kpi.parquet", folder / ".publish.lock")
    assert [mode(path) for path in files] == [0o600] * 3


def test_rights_that_an_administrator_has_widened_stay(publish: Callable[[], None], target: Path) -> None:
    publish()
    folder = target.parent
    table = folder / "parquet" / "fct_kpi"
    widened = {
        folder: 0o750, target: 0o640, table.parent: 0o755, table: 0o755, table / "fct_kpi.parquet": 0o644
    }  # fmt: skip
    for path, rights in widened.items():
        path.chmod(rights)
    inode = target.stat().st_ino
    publish()
    assert target.stat().st_ino != inode
    assert {path: mode(path) for path in widened} == widened


def test_new_files_have_the_rights_of_their_folder(publish: Callable[[], None], target: Path) -> None:
    folder = target.parent
    folder.mkdir()
    folder.chmod(0o750)
    publish()
    table = folder / "parquet" / "fct_kpi"
    assert [mode(path) for path in (table.parent, table)] == [0o750] * 2
    assert [mode(path) for path in (target, table / "fct_kpi.parquet")] == [0o640] * 2


def test_the_group_stays(publish: Callable[[], None], target: Path) -> None:
    groups = [group for group in os.getgroups() if group != os.getegid()]
    if os.geteuid() == 0:
        groups = [12_345]
    if not groups:
        pytest.skip("this user is in no second group")
    publish()
    os.chown(target, -1, groups[0])
    target.chmod(0o640)
    publish()
    assert (target.stat().st_gid, mode(target)) == (groups[0], 0o640)
