"""Dagster's UI and daemon on this machine alone, on the settings and the home folder of the environment."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from pipelines.orchestration.instance import dagster_instance
from pipelines.orchestration.runs import close_dead_runs
from pipelines.storage.home import Home

ADDRESS = "127.0.0.1"


def main() -> None:
    """Runs `dagster dev` and ends with it; VIGIE_SETTINGS, VIGIE_HOME, VIGIE_AS_OF and VIGIE_PORT say what for."""
    root = Path(__file__).resolve().parents[2]
    for name, default in (("VIGIE_SETTINGS", "settings"), ("VIGIE_HOME", "var")):
        os.environ[name] = str(Path(os.environ.get(name, default)).absolute())
    home = Home(Path(os.environ["VIGIE_HOME"]))
    with dagster_instance(home) as instance:
        close_dead_runs(instance)
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    dagster = Path(sys.executable).with_name("dagster")
    port = os.environ.get("VIGIE_PORT", "3000")
    arguments = [str(dagster), "dev", "-w", str(root / "workspace.yaml"), "-h", ADDRESS, "-p", port]
    # Even if whoever started us has interrupts ignored, as shells do in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.stdout.write(f"Dagster's UI: http://{ADDRESS}:{port} (in a few seconds; Ctrl+C ends it)\n")
    sys.stdout.flush()
    process = subprocess.Popen(arguments)  # noqa: S603 - the program of this very environment
    # Terminated, `dagster dev` would leave its daemon running beside the next one; interrupted, it takes it along.
    signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT))
    # The terminal interrupts both of us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(process.wait())


if __name__ == "__main__":
    main()
