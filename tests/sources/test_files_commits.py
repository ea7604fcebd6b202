"""A load is complete or absent: killed processes, a full disk, two passes at once, missing permissions."""

import json
import os
import subprocess
import sys

import pytest

from tests.sources.shop import LEADS, Shop


def test_a_pass_leaves_no_incomplete_load(shop: Shop) -> None:
    shop.write("good.csv", LEADS + "a,2024-01-31,web\nb,?,web\n")
    shop.write("bad.csv", "x\n")
    shop.load(path="*.csv")
    assert list((shop.home / ".incoming").iterdir()) == []
    (load,) = shop.loads()
    folder = shop.home / "raw" / "shop" / "lead"
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) == [load.load_id]
    assert sorted(path.name for path in (folder / load.load_id).iterdir()) == ["load.json", "rows.parquet"]


def test_incomplete_loads_of_dead_processes_are_removed_and_others_kept(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    with shop.store.working_folder() as mine:
        incoming = mine.parent
        host = mine.name.split("-")[1]
        dead = subprocess.run(
            [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
        )
        names = {
            "dead": f"load-{host}-{int(dead.stdout)}-{'0' * 16}",
            "elsewhere": f"load-otherhost-{int(dead.stdout)}-{'0' * 16}",
            "elsewhere long ago": f"load-otherhost-1-{'1' * 16}",
            "foreign": "something-else",
        }
        for name in names.values():
            (incoming / name / "0").mkdir(parents=True)
            (incoming / name / "0" / "rows.parquet").write_bytes(b"half")
        os.utime(incoming / names["elsewhere long ago"], (1, 1))
        assert shop.load(path="leads.csv").rows == 1
        left = {path.name for path in incoming.iterdir()}
    assert left == {mine.name, names["elsewhere"], names["foreign"]}


def test_a_load_that_was_not_committed_is_loaded_by_the_next_pass(shop: Shop) -> None:
    """The quarantine is written before the load is committed; the next pass replaces it."""
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\nb,?,web\n")
    (load,) = shop.load(path="leads.csv").new_loads
    folder = shop.store.stream_folder("shop", load.stream) / load.load_id
    folder.rename(shop.home / ".incoming" / "died")
    assert shop.loads() == []
    assert shop.load(path="leads.csv").new_loads == [load]
    assert len(shop.quarantine()) == 1


def test_a_file_without_permission_fails_alone(shop: Shop) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    shop.write("1.csv", LEADS).chmod(0)
    shop.write("2.csv", LEADS + "a,2024-01-31,web\n")
    report = shop.load(path="*.csv")
    assert report.failures == ["1.csv cannot be read: Permission denied"]
    assert report.rows == 1


def test_a_home_that_cannot_be_created_fails_the_stream(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "a,2024-01-31,web\n")
    shop.home.write_text("a file in the place of the folder")
    (problem,) = shop.load(path="leads.csv").failures
    assert problem.startswith(f"{shop.home}")
    assert "cannot be created (Not a directory)" in problem


# One pass in a process that cannot write files larger than so many bytes.
PASS_WITH_LIMIT = """
import json, resource, sys
from datetime import datetime, UTC
from pathlib import Path
from pipelines.raw import RawStore
from pipelines.sources import ExtractContext, open_source
from pipelines.sources.files.settings import FilesSource

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
source = FilesSource(name="shop", type="files", tables=[{"entity": "lead", "path": "*.csv"}])
now = datetime(2030, 1, 1, tzinfo=UTC)
context = ExtractContext(RawStore(Path(sys.argv[1])), Path(sys.argv[2]), "UTC", now, now)
[report] = open_source(source).extract(["lead"], context)
print(json.dumps([report.failures, report.rows]))
"""


def test_a_full_disk_leaves_no_incomplete_load(shop: Shop) -> None:
    """The limit on the size of files has the effect of a full disk."""
    body = "".join(f"{number},2024-01-31,{number * 7919}\n" for number in range(200_000))
    shop.write("leads.csv", LEADS + body)
    arguments = [sys.executable, "-c", PASS_WITH_LIMIT, str(shop.home), str(shop.base), "100000"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    problems, rows = json.loads(done.stdout)
    assert (len(problems), rows) == (1, 0)
    assert str(shop.home) in problems[0]
    assert shop.loads() == []
    assert shop.load(path="leads.csv").rows == 200_000


def test_two_passes_at_once_load_a_file_once(shop: Shop) -> None:
    shop.write("leads.csv", LEADS + "".join(f"{number},2024-01-31,web\n" for number in range(50_000)))
    arguments = [sys.executable, "-c", PASS_WITH_LIMIT, str(shop.home), str(shop.base), "100000000"]
    both = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outcomes = sorted(json.loads(process.communicate()[0]) for process in both)
    assert outcomes == [[[], 0], [[], 50_000]]
    assert len(shop.loads()) == 1
