"""A pass with nothing new, against `dbt build` of an empty project."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.figure import Figure, measured

_AS_OF = "2026-01-05T06:00:00+01:00"
_SETTINGS = """
company: {name: Quiet, timezone: Europe/Paris}
sources:
  - {name: shop, type: files, tables: [{entity: order, path: orders.csv}]}
"""


def figure(folder: Path, repetitions: int) -> Figure:
    """Times `vigie run` on a home that is up to date."""
    empty = folder / "empty"
    (empty / "models").mkdir(parents=True)
    (empty / "dbt_project.yml").write_text("{name: empty, version: '1.0', profile: empty}", encoding="utf-8")
    (empty / "profiles.yml").write_text(
        "empty: {target: dev, outputs: {dev: {type: duckdb, path: empty.duckdb}}}", encoding="utf-8"
    )
    (folder / "settings.yaml").write_text(_SETTINGS, encoding="utf-8")
    (folder / "orders.csv").write_text(
        "order_id,customer_id,ordered_at,amount\n1,a,2025-12-01T10:00:00,10\n", encoding="utf-8"
    )
    programs = Path(sys.executable).parent
    environment = {**os.environ, "DO_NOT_TRACK": "1"}

    def run(*arguments: str, where: Path) -> None:
        subprocess.run(arguments, cwd=where, env=environment, check=True, capture_output=True)  # noqa: S603 - our own

    def nothing_new() -> None:
        run(
            str(programs / "vigie"),
            "run",
            "--settings",
            "settings.yaml",
            "--home",
            "home",
            "--as-of",
            _AS_OF,
            where=folder,
        )

    def empty_build() -> None:
        run(str(programs / "dbt"), "build", where=empty)

    nothing_new()
    return measured(
        "a pass with nothing new", nothing_new, "dbt build of an empty project", empty_build,
        "at most 2 times and at most 15 s", repetitions,
    )  # fmt: skip
