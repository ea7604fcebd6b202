"""A pass in a process of its own."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path


def run_vigie(settings: Path, home: Path, as_of: datetime) -> Path:
    """Runs the console script, and returns the published file."""
    command = [
        str(Path(sys.executable).parent / "vigie"), "run",
        "--settings", str(settings), "--home", str(home), "--as-of", as_of.isoformat(),
    ]  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("VIGIE_", "DAGSTER_"))}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, env=environment)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return home / "published" / "kpi.duckdb"
