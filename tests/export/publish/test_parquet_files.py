"""The published Parquet files."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from publish_samples import ALERT_COLUMNS, ALERTS, names_in

from pipelines.export.publish import ExtraTable, PublishSource, publish_duckdb, publish_parquet

MakeSource = Callable[..., PublishSource]


@pytest.fixture
def folder(target: Path) -> Path:
    return target.parent / "parquet"


def test_files_are_replaced_and_those_of_other_tables_removed(make_source: MakeSource, folder: Path) -> None:
    assert publish_parquet(make_source("fct_kpi", "dim_kpi", extra=ALERTS), folder) == {
        "fct_kpi": 408,
        "dim_kpi": 6,
        "fct_alert": 1,
    }
    (folder / "notes").mkdir()
    (folder / "notes" / "read me.txt").touch()
    source = make_source("fct_kpi", "latest_kpi")
    with (folder / "fct_kpi" / "fct_kpi.parquet").open("rb") as held, duckdb.connect(":memory:") as connection:
        assert publish_parquet(source, folder)["latest_kpi"] == 6
        assert held.read(4) == b"PAR1"
        assert names_in(folder) == ["fct_kpi", "latest_kpi", "notes"]
        connection.execute(f"attach '{source.warehouse}' as origin (read_only)")
        difference = f"(from '{folder}/fct_kpi/*.parquet') except all (from origin.fct_kpi)"
        assert connection.execute(f"select count(*) from ({difference})").fetchone() == (0,)


def test_an_empty_table_given_by_value_keeps_its_types(make_source: MakeSource, folder: Path) -> None:
    assert publish_parquet(make_source(extra={"fct_alert": ExtraTable(ALERT_COLUMNS, [])}), folder) == {"fct_alert": 0}
    with duckdb.connect(":memory:") as connection:
        types = connection.execute(
            f"select column_type from (describe from '{folder}/fct_alert/fct_alert.parquet')"
        ).fetchall()
    assert types == [(column.type,) for column in ALERT_COLUMNS]


def test_both_copies_have_the_same_rows(make_source: MakeSource, target: Path, folder: Path) -> None:
    source = make_source("fct_kpi", "dim_kpi", extra=ALERTS)
    assert publish_duckdb(source, target) == publish_parquet(source, folder)
    with duckdb.connect(str(target), read_only=True) as connection:
        for table in ("fct_kpi", "dim_kpi", "fct_alert"):
            difference = f"(from {table}) except all (from '{folder}/{table}/{table}.parquet')"
            assert connection.execute(f"select count(*) from ({difference})").fetchone() == (0,)


@pytest.mark.parametrize("name", ["50%", "a;b", "a=b", "[ab]", "a*b", "it's", 'a "b"', "{uuid}", "été"])
def test_any_folder_name_works(tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    home.mkdir()
    warehouse = home / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table fct_kpi as select i from range(7) t(i)")
    folder = home / "published" / "parquet"
    for _ in range(2):
        assert publish_parquet(PublishSource(warehouse, ["fct_kpi"]), folder) == {"fct_kpi": 7}
    assert pq.read_table(folder / "fct_kpi" / "fct_kpi.parquet").num_rows == 7
    assert names_in(folder) == ["fct_kpi"]
    assert names_in(home) == ["published", "warehouse.duckdb"]
