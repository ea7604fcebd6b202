"""`python -m benchmarks`: one line of JSON a figure, then a table."""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import api_load, build, extracts, startup, watch
from benchmarks.figure import Figure


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="of the extract (default: %(default)s)")
    parser.add_argument("--series", type=int, default=10_000, help="that are watched (default: %(default)s)")
    parser.add_argument(
        "--scales", type=float, nargs="*", default=[1, 10], help="of the company that is built (default: %(default)s)"
    )
    parser.add_argument("--repetitions", type=int, default=5, help="of each figure (default: %(default)s)")
    given = parser.parse_args()
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("figure", "seconds", "against", "seconds", "ratio", "MiB", "goal"):
        table.add_column(heading, justify="right" if heading in ("seconds", "ratio", "MiB") else "left")
    for figure in _figures(given.rows, given.series, given.scales, given.repetitions):
        sys.stdout.write(json.dumps({**figure.as_dict(), **_machine()}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        table.add_row(
            figure.name, f"{figure.seconds:.2f}", figure.against, f"{figure.reference_seconds:.2f}",
            f"{figure.ratio:.2f}", f"{figure.peak_memory_mib:,}", figure.goal,
        )  # fmt: skip
    Console(width=160).print(table)


def _figures(rows: int, series: int, scales: Sequence[float], repetitions: int) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as folder:
        yield extracts.figure(Path(folder), rows, repetitions)
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as folder:
        yield startup.figure(Path(folder), repetitions)
    for scale in scales:
        with tempfile.TemporaryDirectory(prefix="vigie-bench-") as folder:
            yield build.figure(Path(folder), scale, repetitions)
        with tempfile.TemporaryDirectory(prefix="vigie-bench-") as folder:
            yield build.figure_of_a_day(Path(folder), scale, repetitions)
    yield api_load.figure(repetitions)
    yield watch.figure(series, repetitions)
    yield from watch.figures_of_conditions(series, repetitions)


def _machine() -> dict[str, object]:
    packages = ("dagster", "dbt-core", "duckdb", "pandas")
    return {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


if __name__ == "__main__":
    main()
