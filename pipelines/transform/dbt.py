"""`python -m pipelines.transform.dbt`: dbt as Vigie runs it. dagster-dbt is given this program as its dbt executable.

It differs from `dbt` in four points:

- It runs in the folder that VIGIE_DBT_FOLDER names, where the profile finds the warehouse: a path that is the same in
  every home lets dbt use a prepared parse again.
- It answers `--version`, which dagster-dbt asks before every command, without importing dbt.
- It ends when the process that started it is gone: the lock on the home folder went with that process, so another pass
  may already be writing to the warehouse.
- It closes the warehouse before it ends, so that DuckDB writes its log into the file here and not in the next process
  that opens it.
"""

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import Thread

from pipelines.transform.project import project_folder

_POLL_SECONDS = 0.2

# The flags of every command: no colours, no usage statistics.
GLOBAL_FLAGS = ("--no-use-colors", "--no-send-anonymous-usage-stats")


@dataclass(frozen=True, slots=True)
class DbtResult:
    """How a dbt command ended: 0 success, 1 a node failed, 2 dbt itself failed; `output` is what it printed."""

    returncode: int
    output: str


def executable() -> Path:
    """Returns the path of the program, as installed beside the Python interpreter."""
    return Path(sys.executable).with_name("vigie-dbt")


def run_dbt(
    arguments: Sequence[str], target: Path, *, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> DbtResult:
    """Runs a dbt command on the project in a process of its own and waits for it.

    Args:
        arguments: the command and its options, such as `["parse"]`.
        target: the folder for artefacts and logs.
        folder: where dbt runs; the profile looks for the warehouse there. The project's own folder by default.
        environment: variables that the profile reads, in addition to this process's.
    """
    project = project_folder()
    target = target.absolute()
    target.mkdir(parents=True, exist_ok=True)
    completed = subprocess.run(  # noqa: S603 - our own program
        [
            sys.executable, "-m", __name__, "--quiet", *GLOBAL_FLAGS, "--log-path", str(target), *arguments,
            "--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(target),
        ],
        cwd=folder or project,
        env={**os.environ, "DO_NOT_TRACK": "1", **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )  # fmt: skip
    return DbtResult(completed.returncode, completed.stdout)


def main() -> None:
    """Runs the dbt command line."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"Core:\n  - installed: {version('dbt-core')}\n")
        return
    folder = os.environ.get("VIGIE_DBT_FOLDER")
    if folder is not None:
        os.chdir(folder)
    Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415 - takes a second to import
    from dbt.cli.main import cli  # noqa: PLC0415

    # A build ends within minutes: collecting garbage as often as in a server costs more than it frees.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    try:
        cli(prog_name="dbt")
    finally:
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
