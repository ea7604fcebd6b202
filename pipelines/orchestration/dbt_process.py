"""dbt in a process of its own, forked from one that has imported it.

However dbt ends, it lets go of the warehouse; and its import, which takes seconds, happens beside other work and once
for all runs of a process. If the pass is killed, its dbt ends with it: the lock on the home folder went with the pass,
and the next one may begin. This module imports nothing of the house: whoever is forked imports it first.
"""

import gc
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import forkserver, get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread

_PROCESSES = get_context("forkserver")


@dataclass(frozen=True, slots=True)
class Done:
    """How a dbt command ended: 0 all went well, 1 a node failed, 2 dbt itself, below 0 a signal; and what it said."""

    returncode: int
    output: str

    @property
    def killed_by(self) -> str | None:
        """The name of the signal that ended dbt, None if it ended by itself."""
        return signal.Signals(-self.returncode).name if self.returncode < 0 else None


def start_importing() -> None:
    """Starts the process that imports dbt, unless it is there; returns at once."""
    _PROCESSES.set_forkserver_preload(["__main__", "dbt.cli.main", "dbt.adapters.duckdb", __name__])
    forkserver.ensure_running()


def run(arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str], output: Path) -> Done:
    """Runs `dbt` with these arguments in `folder`, with this environment alone; what it prints goes to `output`."""
    start_importing()
    output.unlink(missing_ok=True)
    process = _PROCESSES.Process(target=_dbt, args=(list(arguments), folder, dict(environment), output))
    process.start()
    process.join()
    # Only a process that still runs has no exit status.
    return Done(process.exitcode or 0, output.read_text(encoding="utf-8") if output.exists() else "")


def _end_with_parent() -> None:
    """Kills this process as soon as the one that asked for it is gone: by then another may be at work in its place."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGKILL)


def _dbt(arguments: list[str], folder: Path, environment: dict[str, str], output: Path) -> None:
    Thread(target=_end_with_parent, daemon=True).start()
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415 - the server has it by now
    from dbt.cli.main import cli  # noqa: PLC0415

    # A build ends within minutes: its garbage can wait longer than a server's, and what was imported is none.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    with output.open("w", encoding="utf-8") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
        try:
            cli(arguments, prog_name="dbt")
        finally:
            # DuckDB then writes its log into the warehouse; else whoever opens that next has to.
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
