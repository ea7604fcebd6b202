"""An export that is killed while it writes, and who may read what exports write."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from export_receivers import SftpFolder

from pipelines.export.content import ExportContent
from pipelines.export.destination import destination
from pipelines.export.write import write_export
from pipelines.storage.temporary_names import temporary_name

ROOT = Path(__file__).parents[2]
# The system sends SIGXFSZ to a process whose file grows beyond its limit; by default that ends the process at once.
KILLED = """
import resource, signal, sys
from pipelines.export.destination import destination
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
destination(sys.argv[1]).put("weekly-2026-03-23T0700.xlsx", b"x" * 10_000)
"""
# Stops in the middle of a write until its input ends, then completes it.
SLOW = """
import os, sys
from pathlib import Path
from pipelines.storage.files import replaced_atomically
with replaced_atomically(Path(sys.argv[1]) / "weekly-2026-03-23T0700.xlsx") as temporary:
    temporary.write_bytes(b"half")
    print("writing", flush=True)
    sys.stdin.read()
    temporary.write_bytes(b"complete")
"""


def script(text: str, folder: Path) -> list[str]:
    return [sys.executable, "-c", text, str(folder)]


def temporary_files(folder: Path) -> list[Path]:
    return list(folder.glob(".*"))


def test_the_next_run_removes_what_a_killed_run_left(
    make_content: Callable[..., ExportContent], tmp_path: Path
) -> None:
    killed = subprocess.run(script(KILLED, tmp_path), cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGXFSZ
    assert len(temporary_files(tmp_path)) == 1
    write_export(make_content(), str(tmp_path))
    assert temporary_files(tmp_path) == []


def test_a_writer_that_is_still_running_is_not_disturbed(
    make_content: Callable[..., ExportContent], tmp_path: Path
) -> None:
    command = script(SLOW, tmp_path)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        write_export(make_content(), str(tmp_path))
        assert len(temporary_files(tmp_path)) == 1
        writer.stdin.close()
        assert writer.wait() == 0
    assert (tmp_path / "weekly-2026-03-23T0700.xlsx").read_bytes() == b"complete"
    assert temporary_files(tmp_path) == []


def test_leftovers_on_a_server_are_removed_as_well(tmp_path: Path) -> None:
    served = tmp_path / "reports"
    served.mkdir()
    subprocess.run(script(KILLED, served), cwd=ROOT, check=False)
    assert len(temporary_files(served)) == 1
    with (
        temporary_name("weekly.csv") as in_use,
        SftpFolder(tmp_path, user="vigie", password="hunter2") as server,
    ):
        (served / in_use).touch()
        destination(f"sftp://vigie:hunter2@127.0.0.1:{server.port}/reports").put("weekly.csv", b"complete")
        assert [path.name for path in temporary_files(served)] == [in_use]
    assert (served / "weekly.csv").read_bytes() == b"complete"


@pytest.fixture
def private_umask() -> Iterator[None]:
    """The umask that the command line sets."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("private_umask")
@pytest.mark.parametrize(("is_private", "folder_mode", "file_mode"), [(True, 0o700, 0o600), (False, 0o755, 0o644)])
def test_files_are_private_in_the_home_folder_alone(
    tmp_path: Path, is_private: bool, folder_mode: int, file_mode: int
) -> None:
    folder = tmp_path / "new" / "exports"
    destination(str(folder), is_private=is_private).put("weekly.csv", b"")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "weekly.csv")] == [folder_mode, file_mode]
