"""Dagster's UI and daemon on this machine alone, on the settings and the home folder of the environment."""

import os
import sys
from pathlib import Path

from pipelines.orchestration.run import dagster_instance

ADDRESS = "127.0.0.1"


def main() -> None:
    """Becomes `dagster dev`; VIGIE_SETTINGS, VIGIE_HOME, VIGIE_AS_OF and VIGIE_PORT name what it is for."""
    root = Path(__file__).resolve().parents[2]
    for name, default in (("VIGIE_SETTINGS", "settings"), ("VIGIE_HOME", "var")):
        os.environ[name] = str(Path(os.environ.get(name, default)).absolute())
    with dagster_instance(Path(os.environ["VIGIE_HOME"])):
        pass
    dagster = Path(sys.executable).with_name("dagster")
    port = os.environ.get("VIGIE_PORT", "3000")
    arguments = [str(dagster), "dev", "-w", str(root / "workspace.yaml"), "-h", ADDRESS, "-p", port]
    os.execv(dagster, arguments)  # noqa: S606 - the program of this very environment, without a shell


if __name__ == "__main__":
    main()
