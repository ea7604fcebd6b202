"""How many rows of the canonical tables have a value."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines.kpis import Input
from pipelines.warehouse import WarehouseError
from pipelines.warehouse.connection import connect
from pipelines.warehouse.filled import filled_rows, words_of
from pipelines.warehouse.run_context import built_at
from pipelines.warehouse.sales import first_sale_day

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


def test_the_words_of_a_column_come_by_their_number(tmp_path: Path) -> None:
    kind, team = Input("survey_response", "kind"), Input("agent", "team")
    with connect(tmp_path / "warehouse.duckdb") as connection:
        connection.execute("CREATE SCHEMA canonical")
        connection.execute("CREATE TABLE canonical.canonical__survey_response (kind VARCHAR)")
        connection.execute(
            "INSERT INTO canonical.canonical__survey_response VALUES ('ces'), ('csat'), ('csat'), (NULL)"
        )
    # Of an entity that is not built nothing is known.
    assert words_of(tmp_path / "warehouse.duckdb", [kind, team]) == {kind: ("csat", "ces")}


def test_before_the_first_build_there_is_no_sale_and_no_moment(tmp_path: Path) -> None:
    with connect(tmp_path / "warehouse.duckdb") as connection:
        connection.execute("SELECT 1")
    assert first_sale_day(tmp_path / "warehouse.duckdb") is None
    assert built_at(tmp_path / "warehouse.duckdb") is None


def test_the_first_sale_and_the_moment_of_the_build(tmp_path: Path) -> None:
    with connect(tmp_path / "warehouse.duckdb") as connection:
        connection.execute("CREATE TABLE fct_sale AS SELECT unnest([DATE '2025-03-10', DATE '2025-01-02']) AS sold_on")
        connection.execute("CREATE SCHEMA control")
        connection.execute("CREATE TABLE control.run AS SELECT TIMESTAMPTZ '2025-04-01T06:00:00+02:00' AS as_of")
    assert first_sale_day(tmp_path / "warehouse.duckdb") == date(2025, 1, 2)
    assert built_at(tmp_path / "warehouse.duckdb") == datetime(2025, 4, 1, 4, tzinfo=UTC)
