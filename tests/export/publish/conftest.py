"""A warehouse to publish from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from export_samples import fill

from pipelines.export.publish import PublishSource


@pytest.fixture
def warehouse_path(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        fill(connection)
        connection.execute("comment on table fct_kpi is 'One row for each KPI''s value {in braces}'")
        connection.execute("comment on column fct_kpi.value is 'numerator ÷ denominator'")
        connection.execute("create index by_kpi on fct_kpi (kpi)")
        connection.execute("create view latest_kpi as select kpi, max(period_start) as week from fct_kpi group by kpi")
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "published" / "kpi.duckdb"


MakeSource = Callable[..., PublishSource]


@pytest.fixture
def make_source(warehouse_path: Path) -> MakeSource:
    def make(*tables: str, **others: Any) -> PublishSource:
        return PublishSource(warehouse=warehouse_path, tables=tables, **others)

    return make
