"""`make dev`'s program: a signal ends it together with every process that it started."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from pipelines.orchestration.serve import PortError, usable_port
from tests.orchestration.company import Company

ROOT = Path(__file__).parents[2]

# How long the processes may take to end on a busy machine.
LIMIT_SECONDS = 180.0

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_of(home: Path) -> list[psutil.Process]:
    """Returns the running processes whose environment names this home: the program and all that it started."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("VIGIE_HOME") == str(home) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            # The process has ended, or belongs to another user.
            continue
    return found


def groups_of(processes: list[psutil.Process]) -> set[int]:
    return {os.getpgid(process.pid) for process in processes}


def members(groups: set[int]) -> list[psutil.Process]:
    """Returns the running processes of these process groups."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) in groups and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, ProcessLookupError):
            continue
    return found


def wait_until_ended(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Waits until the processes have ended; returns those that still run. A zombie has ended."""
    deadline = time.monotonic() + seconds
    while processes and time.monotonic() < deadline:
        _, alive = psutil.wait_procs(processes, timeout=0.5)
        processes = [process for process in alive if is_running(process)]
    return processes


def is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    company = Company(tmp_path)
    company.write_settings()
    yield company
    for process in processes_of(company.home):
        process.kill()


# As a shell has it for what it starts in the background, and Dagster then for SIGTERM as well.
IGNORING = ["sh", "-c", 'trap "" INT TERM; exec "$@"', "sh"]


def start(company: Company, port: str | None = None, through: Sequence[str] = ()) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*through, sys.executable, "-m", "pipelines.orchestration.serve"],
        cwd=ROOT,
        env={
            **os.environ,
            "VIGIE_SETTINGS": str(company.folder / "settings.yaml"),
            "VIGIE_HOME": str(company.home),
            "VIGIE_PORT": str(free_port()) if port is None else port,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def serve(company: Company) -> subprocess.Popen[str]:
    """Starts the program and waits until it has said where the web server answers, last and after one other line."""
    port = free_port()
    process = start(company, str(port))
    assert process.stdout is not None
    output = []
    for line in process.stdout:
        output.append(line)
        if "is ready" in line:
            assert len(output) == 2, "".join(output)
            assert line.startswith(f"Dagster's UI is ready: http://127.0.0.1:{port} ")
            return process
    raise AssertionError(f"the program ended too early:\n{''.join(output)}")


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGTERM, id="SIGTERM"),
        pytest.param(signal.SIGINT, id="SIGINT", marks=pytest.mark.acceptance),
    ],
)
def test_a_signal_ends_every_process_that_was_started(company: Company, number: signal.Signals) -> None:
    program = serve(company)
    started = processes_of(company.home)
    groups = groups_of(started)
    # The program, dagster dev, the web server, the daemon, and at least one code server.
    assert len(started) >= 5

    program.send_signal(number)
    # The address stays the last line on the screen: what Dagster has to say is in its log.
    assert program.communicate(timeout=LIMIT_SECONDS)[0] == ""
    # `make dev` has not failed when who started it ends it.
    assert program.returncode == 0
    assert (company.home / "dagster/dev.log").exists()

    assert wait_until_ended(started, LIMIT_SECONDS) == []
    # Nor did any of them start another one in the meantime.
    assert processes_of(company.home) == []
    assert members(groups) == []


@pytest.mark.parametrize("through", [[], IGNORING], ids=["signals handled", "signals ignored"])
def test_a_signal_during_the_start_leaves_no_process(company: Company, through: Sequence[str]) -> None:
    program = start(company, through=through)
    assert program.stdout is not None
    assert program.stdout.readline().startswith("Dagster starts")

    program.send_signal(signal.SIGTERM)
    program.communicate(timeout=LIMIT_SECONDS)

    assert wait_until_ended(processes_of(company.home), LIMIT_SECONDS) == []


def refusal(company: Company, port: str | None = None) -> str:
    """Starts the program, which must refuse to; returns what it says."""
    program = start(company, port)
    output, _ = program.communicate(timeout=LIMIT_SECONDS)
    assert program.returncode == 1
    return output


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "٣٠٠٠", ""])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(PortError, match=f"^VIGIE_PORT={port}: write a port from 1 to 65535$"):
        usable_port(port)


def test_a_port_in_use_is_refused(company: Company) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        output = refusal(company, str(port))
    assert output.startswith(f"the port {port} cannot be used (Address already in use): end what listens there, or set")


def test_mistakes_in_the_settings_are_reported_before_anything_starts(company: Company) -> None:
    company.write_settings("company: {name: Lumen, colour: red}")
    assert 'company.colour: unknown key "colour"' in refusal(company)
    assert not company.home.exists()
