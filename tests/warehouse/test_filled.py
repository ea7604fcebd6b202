"""How many rows of the canonical tables have a value."""

from pathlib import Path

import pytest

from pipelines.kpis import Input
from pipelines.warehouse import WarehouseError
from pipelines.warehouse.connection import connect
from pipelines.warehouse.filled import filled_rows

TICKETS, SLA = Input("ticket"), Input("ticket", "sla_met")


def test_rows_and_values_are_counted(tmp_path: Path) -> None:
    with connect(tmp_path / "warehouse.duckdb") as connection:
        connection.execute("CREATE SCHEMA canonical")
        connection.execute("CREATE TABLE canonical.canonical__ticket (ticket_id VARCHAR, sla_met BOOLEAN)")
        connection.execute("INSERT INTO canonical.canonical__ticket VALUES ('a', true), ('b', NULL), ('c', false)")
    assert filled_rows(tmp_path / "warehouse.duckdb", [TICKETS, SLA]) == {TICKETS: 3, SLA: 2}


def test_tables_that_are_not_built_are_not_counted(tmp_path: Path) -> None:
    with connect(tmp_path / "warehouse.duckdb"):
        pass
    assert filled_rows(tmp_path / "warehouse.duckdb", [TICKETS]) is None


def test_a_missing_warehouse_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="does not exist yet"):
        filled_rows(tmp_path / "warehouse.duckdb", [TICKETS])
