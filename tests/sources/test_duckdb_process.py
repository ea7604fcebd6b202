"""DuckDB in a process of its own answers like DuckDB, and ends when it should."""

import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from reader_processes import running_readers

from pipelines.sources.files.formats.duckdb_process import (
    DuckDBProcess,
    MemoryExceededError,
    QueryFailedError,
    TimeoutExceededError,
)

ENDLESS = "SELECT count(*) FROM range(1000000000000) AS a(x), range(1000) AS b(y) WHERE x + y > 7"


@pytest.fixture
def process() -> Iterator[DuckDBProcess]:
    with DuckDBProcess(60, 1 << 30, {"threads": "1"}) as process:
        yield process
    assert running_readers() == []


def test_answers_have_columns_and_rows(process: DuckDBProcess) -> None:
    answer = process.execute("SELECT 1 AS a, 'é\n' AS \"it's\" UNION ALL SELECT 2, NULL ORDER BY 1")
    assert (answer.columns, answer.rows) == (("a", "it's"), [[1, "é\n"], [2, None]])
    process.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert process.execute("FROM kept").rows == [[42]]


def test_a_rejected_query_leaves_the_process_usable(process: DuckDBProcess) -> None:
    with pytest.raises(QueryFailedError, match="nonsense") as failed:
        process.execute("SELECT nonsense")
    assert failed.value.kind == "BinderException"
    assert process.execute("SELECT 1").rows == [[1]]


def test_a_query_without_end_is_ended() -> None:
    before = time.monotonic()
    with DuckDBProcess(1, 1 << 30, {}) as process, pytest.raises(TimeoutExceededError):
        process.execute(ENDLESS)
    assert time.monotonic() - before < 20
    assert running_readers() == []


def test_memory_is_limited() -> None:
    config = {"memory_limit": "64MB", "threads": "1"}
    with DuckDBProcess(60, 64 << 20, config) as process, pytest.raises(MemoryExceededError):
        process.execute("SELECT length(repeat('x', 2000000000))")


def test_the_process_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent(f"""
            import sys
            from pipelines.sources.files.formats.duckdb_process import DuckDBProcess
            process = DuckDBProcess(60, 1 << 30, {{}})
            process.execute("SELECT 1")
            print(process._process.pid, flush=True)
            process.execute({ENDLESS!r} if "busy" in sys.argv else "SELECT 1")
            sys.stdin.read()
        """)
    )
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    child.wait(timeout=30)
