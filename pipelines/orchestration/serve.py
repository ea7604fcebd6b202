"""`python -m pipelines.orchestration.serve`: Dagster's UI and daemon on this machine alone."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from threading import Event
from types import FrameType

import psutil

from pipelines.orchestration.instance import dagster_instance
from pipelines.orchestration.runs import close_dead_runs
from pipelines.services.upgrade import upgrade_home
from pipelines.storage.files import make_files_private
from pipelines.storage.home import Home

ADDRESS = "127.0.0.1"
# How long Dagster's processes get to end by themselves (seconds).
_GRACE = 20.0


def main() -> None:
    """Runs `dagster dev` until it is interrupted or terminated, and ends every process that it started.

    VIGIE_SETTINGS, VIGIE_HOME, VIGIE_AS_OF and VIGIE_PORT say for which installation.
    """
    make_files_private()
    root = Path(__file__).resolve().parents[2]
    for name, default in (("VIGIE_SETTINGS", "settings"), ("VIGIE_HOME", "var")):
        os.environ[name] = str(Path(os.environ.get(name, default)).absolute())
    home = Home(Path(os.environ["VIGIE_HOME"]))
    upgrade_home(home)
    with dagster_instance(home) as instance:
        close_dead_runs(instance)
        os.environ["DAGSTER_HOME"] = str(instance.root_directory)
    port = os.environ.get("VIGIE_PORT", "3000")
    dagster = Path(sys.executable).with_name("dagster")
    arguments = [str(dagster), "dev", "-w", str(root / "workspace.yaml"), "-h", ADDRESS, "-p", port]
    sys.stdout.write(f"Dagster's UI: http://{ADDRESS}:{port} (in a few seconds; Ctrl+C ends it)\n")
    sys.stdout.flush()
    started: set[psutil.Process] = set()
    process: subprocess.Popen[bytes] | None = None
    is_ending = Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        is_ending.set()
        if process is not None:
            started.update(_descendants(process.pid))
            process.send_signal(signal.SIGINT)

    # Before the start: a signal while Dagster starts must not leave it behind.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    # A session of its own: the terminal interrupts only this process, which then ends all of them in order.
    process = subprocess.Popen(arguments, start_new_session=True)  # noqa: S603 - the program of this very environment
    if is_ending.is_set():
        end(signal.SIGTERM, None)
    status = _wait(process, is_ending)
    _end_all(started)
    sys.exit(status)


def _wait(process: "subprocess.Popen[bytes]", is_ending: Event) -> int:
    """Waits for Dagster; after an interrupt it gets the time of grace, then it is killed."""
    while True:
        try:
            return process.wait(timeout=_GRACE)
        except subprocess.TimeoutExpired:
            if is_ending.is_set():
                process.kill()


def _descendants(pid: int) -> set[psutil.Process]:
    try:
        return set(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return set()


def _end_all(processes: Iterable[psutil.Process]) -> None:
    """Terminates the processes that are left, and kills those that do not end."""
    left = [process for process in processes if process.is_running()]
    for process in left:
        try:
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    _, alive = psutil.wait_procs(left, timeout=_GRACE)
    for process in alive:
        process.kill()


if __name__ == "__main__":
    main()
