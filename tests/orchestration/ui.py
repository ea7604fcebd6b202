"""What Dagster's UI knows of a company: its GraphQL interface, on the code location of workspace.yaml."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.orchestration.company import TIMEOUT_SECONDS, Company

WORKSPACE = Path(__file__).parents[2] / "workspace.yaml"


def ask(company: Company, query: str) -> dict[str, Any]:
    """Returns the answer to a GraphQL query; the code location is loaded in a process of its own."""
    output = company.folder / "answer.json"
    finished = subprocess.run(
        [
            str(Path(sys.executable).with_name("dagster-graphql")), "-w", str(WORKSPACE), "-t", query,
            "-o", str(output),
        ],
        env={
            **os.environ,
            "VIGIE_SETTINGS": str(company.folder / "settings.yaml"),
            "VIGIE_HOME": str(company.home),
            "DAGSTER_HOME": str(company.home / "dagster"),
        },
        cwd=WORKSPACE.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stdout + finished.stderr
    answer: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data
