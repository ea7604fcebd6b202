"""Why a warehouse cannot be opened, and what helps."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from pipelines.warehouse.connection import WarehouseError, connect

_HELD = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE numbers AS SELECT range AS number FROM range(10000)")
    return path


@pytest.mark.parametrize("first", [0, 4096, 8192])
def test_a_corrupt_file_is_to_be_deleted(warehouse: Path, first: int) -> None:
    # DuckDB names the corrupt block, a word with a lock in it.
    content = bytearray(warehouse.read_bytes())
    content[first:] = bytes(each ^ 0x5A for each in content[first:])
    warehouse.write_bytes(content)
    with (
        pytest.raises(WarehouseError, match=r"warehouse\.duckdb cannot be opened .*; delete it, the next run"),
        connect(warehouse),
    ):
        pass


def test_a_file_of_another_process_is_to_be_waited_for(warehouse: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _HELD, str(warehouse)], stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(WarehouseError, match="in use by another process"), connect(warehouse):
            pass
        other.communicate("")
