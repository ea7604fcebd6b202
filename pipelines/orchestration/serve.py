"""`python -m pipelines.orchestration.serve`: Dagster's UI and daemon on this machine alone."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import FrameType
from urllib.request import urlopen

import psutil

from pipelines.config import SettingsError
from pipelines.orchestration.instance import dagster_instance
from pipelines.orchestration.runs import close_dead_runs
from pipelines.services.installation import Installation
from pipelines.services.upgrade import upgrade_home
from pipelines.storage.files import StorageError, make_files_private
from pipelines.transform.manifest import TransformError

ADDRESS = "127.0.0.1"
PORTS = range(1, 65_536)
# What Dagster's programs write, in its folder of the home: a pass has hundreds of lines, an operator wants the address.
LOG = "dev.log"
_SHOWN_LINES = 20
# How long Dagster's processes get to end by themselves (seconds).
_GRACE = 20
_INTERRUPT_EVERY = 5
_POLL = 1
# Dagster would rather have its new program started, which needs a project of another shape.
_EXPECTED_WARNING = "ignore:Function `dev_command` is superseded"


class PortError(Exception):
    """The web server cannot listen on a port; the message says why and what to do."""


def main() -> None:
    """Runs `dagster dev` until it is interrupted or terminated, and ends every process that it started.

    VIGIE_SETTINGS, VIGIE_HOME, VIGIE_AS_OF and VIGIE_PORT say for which installation.
    """
    make_files_private()
    for name, default in (("VIGIE_SETTINGS", "settings"), ("VIGIE_HOME", "var")):
        os.environ[name] = str(Path(os.environ.get(name, default)).absolute())
    try:
        port = usable_port(os.environ.get("VIGIE_PORT", "3000"))
        installation = Installation(Path(os.environ["VIGIE_SETTINGS"]), Path(os.environ["VIGIE_HOME"]))
        _prepare(installation)
    except (PortError, SettingsError, StorageError, TransformError) as error:
        sys.exit(str(error))
    _run(port, installation.home.dagster / LOG)


def usable_port(given: str) -> int:
    """Returns a port as given in text.

    Raises:
        PortError: it is no port, or another process listens on it; Dagster would run without its UI.
    """
    if not (given.isascii() and given.isdecimal() and int(given) in PORTS):
        raise PortError(f"VIGIE_PORT={given}: write a port from {PORTS.start} to {PORTS.stop - 1}")
    port = int(given)
    with socket.socket() as probe:
        # As the web server does it: connections of a former one that linger do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise PortError(
                f"the port {port} cannot be used ({error.strerror}): end what listens there, or set VIGIE_PORT to"
                f" another port, such as VIGIE_PORT={port + 1 if port + 1 in PORTS else port - 1} make dev"
            ) from error
    return port


def _prepare(installation: Installation) -> None:
    """Makes the home folder and its Dagster instance ready, and names it to Dagster's processes."""
    upgrade_home(installation.home, installation.settings().company.name)
    with dagster_instance(installation.home) as instance:
        close_dead_runs(instance)
        os.environ["DAGSTER_HOME"] = str(instance.root_directory)


def _run(port: int, log: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    dagster = Path(sys.executable).with_name("dagster")
    arguments = [
        str(dagster), "dev", "-w", str(root / "workspace.yaml"), "-h", ADDRESS, "-p", str(port),
        # Without them, every sensor that finds nothing to do says so every ten seconds.
        "--log-level", "warning",
    ]  # fmt: skip
    is_ending = Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        is_ending.set()

    # Before the start, and before it is announced: a signal while Dagster starts must not leave it behind.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    _say(f"Dagster starts, which takes some seconds; its log is {log}")
    # A session of its own: the terminal interrupts only this process, which then ends all of them in order. In its own
    # folder Dagster does not warn that the repository has instance settings as well.
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the program of this very environment
            arguments,
            start_new_session=True,
            stdout=output,
            stderr=output,
            cwd=os.environ["DAGSTER_HOME"],
            env={**os.environ, "PYTHONWARNINGS": _EXPECTED_WARNING},
        )
    Thread(target=_announce, args=(port, is_ending), daemon=True).start()
    status = _wait(process, is_ending)
    _end_all(_session(process.pid))
    if not is_ending.is_set():
        last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_SHOWN_LINES:]
        _say("\n".join([f"Dagster has ended by itself (status {status}). The end of {log}:", *last]))
    # Who ends it has what they asked for: with the status of an interrupted Dagster, `make dev` failed.
    sys.exit(0 if is_ending.is_set() else status)


def _announce(port: int, is_ending: Event) -> None:
    """Says where the web server is once it answers: what an operator needs is the last line on the screen."""
    while not is_ending.wait(_POLL):
        with suppress(OSError), urlopen(f"http://{ADDRESS}:{port}/server_info", timeout=_GRACE):
            _say(f"Dagster's UI is ready: http://{ADDRESS}:{port} (Ctrl+C ends it)")
            return


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _wait(process: "subprocess.Popen[bytes]", is_ending: Event) -> int:
    """Returns Dagster's exit status once it has ended, by itself or after a signal.

    It is interrupted until it ends, because an interrupt that falls into one of its imports may get lost there, and is
    killed after the time of grace.
    """
    patience = 0
    while True:
        if is_ending.is_set():
            if patience == _GRACE:
                process.kill()
            elif patience % _INTERRUPT_EVERY == 0:
                process.send_signal(signal.SIGINT)
            patience += 1
        try:
            return process.wait(timeout=_POLL)
        except subprocess.TimeoutExpired:
            continue


def _session(number: int) -> list[psutil.Process]:
    """Returns the processes of a session: whatever its first process has started, and what those have."""
    found = []
    for process in psutil.process_iter():
        # It has ended in the meantime.
        with suppress(ProcessLookupError):
            if os.getsid(process.pid) == number:
                found.append(process)
    return found


def _end_all(processes: Sequence[psutil.Process]) -> None:
    """Terminates processes, and kills those that do not end."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=_GRACE)
    for process in alive:
        process.kill()


if __name__ == "__main__":
    main()
