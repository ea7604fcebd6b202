"""Which rows of fct_kpi an export holds."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import duckdb
import pandas as pd
import pytest

from pipelines.export.errors import ExportError
from pipelines.export.rows import ROW_TYPES, read_rows, read_segment_names
from pipelines.export.settings import Export

TICK = datetime(2026, 3, 30, 5, 0, tzinfo=UTC)
MakeExport = Callable[..., Export]
INSERT = (
    "insert into fct_kpi (kpi, grain, period_start, segment_type, segment, value, is_complete, computed_at) "
    "values (?, ?, ?, ?, ?, ?, ?, now())"
)


def read(warehouse: duckdb.DuckDBPyConnection, export: Export, tick: datetime = TICK) -> pd.DataFrame:
    return read_rows(warehouse, export, tick=tick, timezone="Europe/Paris")


def periods(rows: pd.DataFrame) -> list[date]:
    return list(rows["period_start"].dt.date)


def test_the_last_complete_periods_of_the_whole_and_of_the_dimensions(
    warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport
) -> None:
    rows = read(warehouse, make_export(kpis=["nps", "csat"], periods=3))
    weeks = [date(2026, 3, 9), date(2026, 3, 16), date(2026, 3, 23)]
    segments = [("all", "all"), ("channel", "chat"), ("channel", "email"), ("channel", "phone")]
    assert list(zip(rows["kpi"], rows["segment_type"], rows["segment"], periods(rows), strict=True)) == [
        (kpi, *segment, week) for kpi in ("nps", "csat") for segment in segments for week in weeks
    ]
    assert set(read(warehouse, make_export(by=[]))["segment_type"]) == {"all"}


def test_rows_have_the_values_of_fct_kpi(warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport) -> None:
    rows = read(warehouse, make_export(kpis=["csat"], periods=1, by=[]))
    found = warehouse.execute(
        "select * exclude (is_complete, computed_at) from fct_kpi "
        "where kpi = 'csat' and segment = 'all' and period_start = date '2026-03-23'"
    ).fetchone()
    assert found is not None
    [row] = rows.astype({"period_start": object}).itertuples(index=False, name=None)
    assert [None if pd.isna(value) else value for value in row] == [
        pd.Timestamp(value) if isinstance(value, date) else value for value in found
    ]


def test_columns_keep_their_types_without_rows_and_without_values(
    warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport
) -> None:
    empty = read(warehouse, make_export(grain="day"))
    warehouse.execute("update fct_kpi set value = null, sample_size = null, status = null")
    blank = read(warehouse, make_export())
    for rows in (empty, blank):
        assert {name: str(type_) for name, type_ in rows.dtypes.items()} == ROW_TYPES
    assert (len(empty), len(blank)) == (0, 288)
    assert blank[["value", "sample_size", "status"]].isna().all().all()


def test_whole_numbers_are_exact_beside_missing_ones(
    warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport
) -> None:
    warehouse.execute("update fct_kpi set sample_size = 9007199254740993 where period_start = date '2026-03-23'")
    warehouse.execute("update fct_kpi set sample_size = null where period_start = date '2026-03-16'")
    rows = read(warehouse, make_export(kpis=["csat"], periods=2, by=[]))
    assert rows["sample_size"].tolist() == [pd.NA, 9007199254740993]


def test_each_kpi_has_its_own_last_periods(warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport) -> None:
    warehouse.execute("update fct_kpi set is_complete = false where kpi = 'nps' and period_start >= date '2026-03-16'")
    rows = read(warehouse, make_export(kpis=["csat", "nps"], periods=1, by=[]))
    assert list(zip(rows["kpi"], periods(rows), strict=True)) == [
        ("csat", date(2026, 3, 23)),
        ("nps", date(2026, 3, 9)),
    ]


@pytest.mark.parametrize(
    ("grain", "last", "too_new"),
    [
        ("day", date(2026, 3, 29), date(2026, 3, 30)),
        ("week", date(2026, 3, 23), date(2026, 3, 30)),
        ("month", date(2026, 2, 1), date(2026, 3, 1)),
        ("quarter", date(2025, 10, 1), date(2026, 1, 1)),
        ("year", date(2025, 1, 1), date(2026, 1, 1)),
    ],
)
def test_a_late_run_leaves_out_periods_that_ended_after_the_tick(
    warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport, grain: str, last: date, too_new: date
) -> None:
    warehouse.execute("delete from fct_kpi")
    for day in (last, too_new):
        warehouse.execute(INSERT, ["csat", grain, day, "all", "all", 0.5, True])
    assert periods(read(warehouse, make_export(grain=grain))) == [last]


def test_a_period_counts_once_it_was_mature_at_the_tick(
    warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport
) -> None:
    warehouse.execute("update dim_kpi set maturity_days = 7 where kpi = 'csat'")
    export = make_export(kpis=["csat"], periods=1, by=[])
    assert periods(read(warehouse, export)) == [date(2026, 3, 16)]
    assert periods(read(warehouse, export, TICK + timedelta(days=7))) == [date(2026, 3, 23)]


def test_periods_end_in_the_time_zone_of_the_company(
    warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport
) -> None:
    warehouse.execute("delete from fct_kpi")
    warehouse.execute(INSERT, ["csat", "day", date(2026, 3, 29), "all", "all", 0.5, True])
    midnight_in_paris = datetime(2026, 3, 29, 22, 0, tzinfo=UTC)
    assert periods(read(warehouse, make_export(grain="day"), midnight_in_paris - timedelta(minutes=1))) == []
    assert len(read(warehouse, make_export(grain="day"), midnight_in_paris)) == 1


def test_a_missing_value_is_never_zero(warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport) -> None:
    warehouse.execute("update fct_kpi set value = null where kpi = 'csat'")
    assert read(warehouse, make_export(kpis=["csat"]))["value"].isna().all()


@pytest.mark.parametrize(("value", "text"), [("infinity", "inf"), ("-infinity", "-inf"), ("nan", "nan")])
def test_a_value_that_is_not_a_number_is_an_error_that_names_it(
    warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport, value: str, text: str
) -> None:
    warehouse.execute(f"update fct_kpi set value = '{value}' where kpi = 'nps' and segment = 'chat'")
    message = rf"'weekly': value of nps \(channel chat, week of 2026-01-05\) is {text}, which is not a number"
    with pytest.raises(ExportError, match=message):
        read(warehouse, make_export())


def test_a_kpi_that_the_catalogue_lacks_is_an_error(
    warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport
) -> None:
    with pytest.raises(ExportError, match=r"'weekly': the catalogue \(dim_kpi\) has no KPI csta, npss"):
        read(warehouse, make_export(kpis=["csta", "csat", "npss"]))


def test_the_error_of_an_empty_warehouse_says_what_to_do(make_export: MakeExport) -> None:
    with (
        duckdb.connect(":memory:") as empty,
        pytest.raises(ExportError, match=r"lacks a table; run `vigie run` first.*dim_kpi"),
    ):
        read(empty, make_export())


def test_names_of_segments_are_those_of_no_person_and_of_one_segment_alone(
    warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport
) -> None:
    warehouse.execute("create table dim_segment (segment_type varchar, segment varchar, name varchar)")
    warehouse.execute(
        """
        insert into dim_segment values ('campaign', 'c1', 'Spring'), ('campaign', 'c2', 'Sale'), ('campaign', 'c3', 'Sale'),
            ('campaign', 'c4', null), ('campaign', 'c5', ' '), ('agent', 'a1', 'Ana'), ('team', 't1', 'Desk')
        """
    )
    export = make_export(by=["campaign", "agent"])
    names = read_segment_names(warehouse, export, hidden=["agent", "owner"])
    assert names == {("campaign", "c1"): "Spring"}
    assert read_segment_names(warehouse, export, hidden=()) == {("campaign", "c1"): "Spring", ("agent", "a1"): "Ana"}
