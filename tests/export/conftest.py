"""A small warehouse with the KPI tables of the contract, and an export of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from export_samples import DIM_KPI, FCT_KPI, KNOWN_AT, KPIS, TICK, Lumen, export_of, fill

from pipelines.export.content import ExportContent
from pipelines.export.rows import read_rows
from pipelines.export.settings import Export


@pytest.fixture(scope="session")
def warehouse_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("warehouse") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        fill(connection)
    return path


@pytest.fixture
def warehouse(warehouse_file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Returns a connection to a copy, which a test may change."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{warehouse_file}' as origin (read_only)")
        connection.execute(FCT_KPI)
        connection.execute(DIM_KPI)
        connection.execute("insert into fct_kpi from origin.fct_kpi")
        connection.execute("insert into dim_kpi from origin.dim_kpi")
        connection.execute("detach origin")
        yield connection


MakeExport = Callable[..., Export]


@pytest.fixture
def make_export() -> MakeExport:
    return export_of


@pytest.fixture
def export() -> Export:
    return export_of()


@pytest.fixture
def rows(warehouse: duckdb.DuckDBPyConnection, export: Export) -> pd.DataFrame:
    return read_rows(warehouse, export, tick=TICK, timezone="Europe/Paris")


MakeContent = Callable[..., ExportContent]


@pytest.fixture
def make_content(export: Export, rows: pd.DataFrame) -> MakeContent:
    def make(**changes: Any) -> ExportContent:
        content = {
            "export": export,
            "rows": rows,
            "catalogue": KPIS,
            "company": Lumen(),
            "tick": TICK,
            "known_at": KNOWN_AT,
        }
        return ExportContent(**(content | changes))

    return make
