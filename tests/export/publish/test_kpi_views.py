"""The views that charts are dragged from: complete periods, one row each, names beside ids, the same everywhere."""

import os
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from publish_samples import script

from pipelines.export.publish import PublishSource, kpi_view_names, kpi_views, publish_duckdb, publish_parquet
from pipelines.kpis import GRAINS

OLD = os.environ.get("VIGIE_OLD_DUCKDB")
UNKNOWN = {"agent": "agent inconnu"}
# kpi, grain, period_start, segment_type, segment, value, is_complete
VALUES = [
    ("csat", "day", "2024-02-29", "all", "all", 0.5, True),
    ("csat", "week", "2024-12-30", "all", "all", 0.6, True),
    ("csat", "week", "2025-01-06", "all", "all", 0.1, False),
    ("csat", "month", "2024-02-01", "all", "all", 0.7, True),
    ("csat", "month", "2024-02-01", "agent", "A1", 0.8, True),
    ("csat", "month", "2024-02-01", "agent", "A2", 0.7, True),
    ("csat", "month", "2024-02-01", "agent", "A3", 0.6, True),
    ("csat", "month", "2024-02-01", "agent", "A4", 0.5, True),
    ("csat", "month", "2024-02-01", "agent", "unknown", 0.9, True),
    ("csat", "month", "2024-02-01", "channel", "chat", 0.4, True),
    ("csat", "quarter", "2024-10-01", "all", "all", 0.6, True),
    ("csat", "year", "2024-01-01", "all", "all", 0.6, True),
]


@pytest.fixture
def source(tmp_path: Path) -> PublishSource:
    warehouse = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "create table fct_kpi (kpi varchar, grain varchar, period_start date, segment_type varchar, segment varchar,"
            " value double, is_complete boolean, sample_size bigint, ci_low double, ci_high double,"
            " previous_value double, previous_year_value double, target double, status varchar)"
        )
        connection.executemany(
            "insert into fct_kpi by name select $1 as kpi, $2 as grain, $3::date as period_start, $4 as segment_type,"
            " $5 as segment, $6 as value, $7 as is_complete",
            VALUES,
        )
        connection.execute(
            "create table dim_kpi as select 'csat' as kpi, 'Satisfaction' as label_en, 'La satisfaction' as label_fr,"
            " 'satisfaction' as family, 'ratio' as unit, 'up' as direction"
        )
        connection.execute(
            "create table dim_segment as select distinct segment_type, segment,"
            " case when segment = 'A1' then 'Léa Roux' when segment in ('A3', 'A4') then 'Max Petit' end as name"
            " from fct_kpi"
        )
    views = list(kpi_views(GRAINS, language="fr", unknown=UNKNOWN))
    return PublishSource(warehouse, ["fct_kpi", "dim_kpi", "dim_segment"], views=views)


@pytest.fixture
def published(source: PublishSource, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    target = tmp_path / "published" / "kpi.duckdb"
    publish_duckdb(source, target)
    # Under another name, as a notebook attaches it.
    with duckdb.connect() as connection:
        connection.execute(f"attach '{target}' as figures (read_only)")
        connection.execute("use figures")
        yield connection


@pytest.mark.parametrize(
    ("view", "start", "end", "label"),
    [
        ("kpi_day", date(2024, 2, 29), date(2024, 2, 29), "2024-02-29"),
        ("kpi_week", date(2024, 12, 30), date(2025, 1, 5), "2025-W01"),
        ("kpi_month", date(2024, 2, 1), date(2024, 2, 29), "2024-02"),
        ("kpi_quarter", date(2024, 10, 1), date(2024, 12, 31), "2024-Q4"),
        ("kpi_year", date(2024, 1, 1), date(2024, 12, 31), "2024"),
    ],
)
def test_a_view_has_one_row_for_each_complete_period(
    published: duckdb.DuckDBPyConnection, view: str, start: date, end: date, label: str
) -> None:
    assert published.execute(
        f"select kpi, label, family, unit, direction, period_start, period_end, period_label, segment, segment_label from {view}"
    ).fetchall() == [("csat", "La satisfaction", "satisfaction", "ratio", "up", start, end, label, "all", "Ensemble")]


def test_segments_are_in_views_of_their_own_with_their_names(published: duckdb.DuckDBPyConnection) -> None:
    assert published.execute(
        "select segment_type, segment, segment_label, value from kpi_month_by_segment order by all"
    ).fetchall() == [
        ("agent", "A1", "Léa Roux", 0.8),
        ("agent", "A2", "A2", 0.7),
        # A chart by name would add up the values of two people of one name.
        ("agent", "A3", "Max Petit (A3)", 0.6),
        ("agent", "A4", "Max Petit (A4)", 0.5),
        ("agent", "unknown", "agent inconnu", 0.9),
        ("channel", "chat", "chat", 0.4),
    ]
    assert published.execute("select count(*) from kpi_week_by_segment").fetchall() == [(0,)]


def test_the_columns_are_those_of_the_contract(published: duckdb.DuckDBPyConnection) -> None:
    expected = (
        "kpi label family unit direction period_start period_end period_label segment_type segment segment_label value"
        " sample_size ci_low ci_high previous_value previous_year_value target status"
    )
    for name in kpi_view_names(GRAINS):
        described = published.execute(f"describe {name}").fetchall()
        assert " ".join(column[0] for column in described) == expected
        comments = published.execute(
            "select column_name from duckdb_columns() where table_name = $1 and coalesce(comment, '') = ''", [name]
        ).fetchall()
        assert comments == []


def test_parquet_has_the_rows_of_the_views(source: PublishSource, tmp_path: Path) -> None:
    counts = publish_parquet(source, tmp_path / "parquet")
    assert counts["kpi_month_by_segment"] == 6
    file = tmp_path / "parquet/kpi_week/kpi_week.parquet"
    assert duckdb.sql(f"select period_label, value from read_parquet('{file}')").fetchall() == [("2025-W01", 0.6)]


@pytest.mark.skipif(not OLD, reason="VIGIE_OLD_DUCKDB names no folder with an old duckdb (1.1.3) to read with")
def test_duckdb_1_1_3_reads_the_views(source: PublishSource, tmp_path: Path) -> None:
    target = tmp_path / "kpi.duckdb"
    publish_duckdb(source, target)
    program = script(
        """
        import sys
        sys.path.insert(0, sys.argv[1])
        import duckdb
        tables = duckdb.connect(sys.argv[2], read_only=True)
        print(duckdb.__version__, *tables.execute("select period_label, value from kpi_week").fetchall())
        """,
        OLD,
        target,
    )
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.stdout == "1.1.3 ('2025-W01', 0.6)\n", done.stderr
