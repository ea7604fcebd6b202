"""The workbook of the small warehouse, rendered and opened once."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from export_samples import KNOWN_AT, KPIS, TICK, Lumen, export_of
from workbook_reading import opened

from pipelines.export.content import ExportContent
from pipelines.export.formats.xlsx import render
from pipelines.export.rows import read_rows


@pytest.fixture(scope="session")
def workbook(warehouse_file: Path) -> bytes:
    export = export_of()
    with duckdb.connect(str(warehouse_file), read_only=True) as connection:
        rows = read_rows(connection, export, tick=TICK, timezone="Europe/Paris")
    return render(ExportContent(export, rows, KPIS, Lumen(), TICK, KNOWN_AT))


@pytest.fixture(scope="session")
def book(workbook: bytes) -> Any:
    """Returns the workbook as openpyxl reads it; tests must not change it."""
    return opened(workbook)
