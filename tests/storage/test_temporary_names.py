"""The name of a temporary file shows whether a killed process left it or a running one uses it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from pipelines.storage.temporary_names import is_abandoned, temporary_name

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from pipelines.storage.temporary_names import temporary_name
with temporary_name("weekly.csv") as name:
    print(name, flush=True)
    sys.stdin.readline()
"""


def test_a_file_is_abandoned_once_its_writer_has_been_killed() -> None:
    command = [sys.executable, "-c", WRITER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdout is not None
        name = writer.stdout.readline().strip()
        assert name.startswith(".weekly.csv.")
        assert not is_abandoned(name)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert is_abandoned(name)


def test_a_name_of_this_process_is_abandoned_when_it_is_no_longer_in_use() -> None:
    """A container gives the same process ids again: a name with our own id may be that of an earlier process."""
    with temporary_name("weekly.csv") as name, temporary_name("weekly.csv") as other:
        assert name != other
        assert not is_abandoned(name)
    assert is_abandoned(name)


def test_a_file_of_another_machine_is_not_abandoned() -> None:
    with temporary_name("weekly.csv") as name:
        host = name.split(".")[-2].split("-")[0]
    other = "0" * 8 if host != "0" * 8 else "1" * 8
    assert not is_abandoned(name.replace(host, other))


def test_other_names_are_never_abandoned() -> None:
    names = ("weekly.csv", ".weekly.csv.0123456789abcdef.tmp", f".weekly.csv.x-{os.getpid():x}-0.tmp", "notes.tmp", "")
    assert not any(is_abandoned(name) for name in names)
