"""Which rows of fct_kpi an export holds."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from pipelines.export.errors import ExportError
from pipelines.export.rows import ExportRow, export_rows
from pipelines.export.settings import Export

TICK = datetime(2026, 3, 30, 5, 0, tzinfo=UTC)
MakeExport = Callable[..., Export]
INSERT = (
    "insert into fct_kpi (kpi, grain, period_start, segment_type, segment, value, is_complete, computed_at) "
    "values (?, ?, ?, ?, ?, ?, ?, now())"
)


def read(warehouse: duckdb.DuckDBPyConnection, export: Export, tick: datetime = TICK) -> list[ExportRow]:
    return export_rows(warehouse, export, tick=tick, timezone="Europe/Paris")


def test_the_last_complete_periods_of_the_whole_and_of_the_dimensions_asked_for(
    warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport
) -> None:
    rows = read(warehouse, make_export(kpis=["nps", "csat"], periods=3))
    weeks = [date(2026, 3, 9), date(2026, 3, 16), date(2026, 3, 23)]
    segments = [("all", "all"), ("channel", "chat"), ("channel", "email"), ("channel", "phone")]
    assert [(row.kpi, row.segment_type, row.segment, row.period_start) for row in rows] == [
        (kpi, *segment, week) for kpi in ("nps", "csat") for segment in segments for week in weeks
    ]
    assert {row.segment_type for row in read(warehouse, make_export(by=[]))} == {"all"}


def test_rows_carry_what_fct_kpi_says(warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport) -> None:
    (row,) = read(warehouse, make_export(kpis=["csat"], periods=1, by=[]))
    found = warehouse.execute(
        "select * exclude (is_complete, computed_at) from fct_kpi "
        "where kpi = 'csat' and segment = 'all' and period_start = date '2026-03-23'"
    ).fetchone()
    assert found is not None
    assert tuple(getattr(row, name) for name in ExportRow.__slots__) == found


def test_each_kpi_has_its_own_last_periods(warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport) -> None:
    warehouse.execute("update fct_kpi set is_complete = false where kpi = 'nps' and period_start >= date '2026-03-16'")
    rows = read(warehouse, make_export(kpis=["csat", "nps"], periods=1, by=[]))
    assert [(row.kpi, row.period_start) for row in rows] == [("csat", date(2026, 3, 23)), ("nps", date(2026, 3, 9))]


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
    assert [row.period_start for row in read(warehouse, make_export(grain=grain))] == [last]


def test_a_period_counts_once_it_was_mature_at_the_tick(
    warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport
) -> None:
    warehouse.execute("update dim_kpi set maturity_days = 7 where kpi = 'csat'")
    (row,) = read(warehouse, make_export(kpis=["csat"], periods=1, by=[]))
    assert row.period_start == date(2026, 3, 16)
    week_later = make_export(kpis=["csat"], periods=1, by=[])
    (row,) = read(warehouse, week_later, TICK + timedelta(days=7))
    assert row.period_start == date(2026, 3, 23)


def test_periods_end_on_the_companys_clocks(warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport) -> None:
    warehouse.execute("delete from fct_kpi")
    warehouse.execute(INSERT, ["csat", "day", date(2026, 3, 29), "all", "all", 0.5, True])
    midnight_in_paris = datetime(2026, 3, 29, 22, 0, tzinfo=UTC)
    assert read(warehouse, make_export(grain="day"), midnight_in_paris - timedelta(minutes=1)) == []
    assert len(read(warehouse, make_export(grain="day"), midnight_in_paris)) == 1


def test_no_value_stays_no_value(warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport) -> None:
    warehouse.execute("update fct_kpi set value = null where kpi = 'csat'")
    assert {row.value for row in read(warehouse, make_export(kpis=["csat"]))} == {None}


def test_what_is_no_number_is_an_error_that_names_it(
    warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport
) -> None:
    warehouse.execute("update fct_kpi set value = 'infinity' where kpi = 'nps' and segment = 'chat'")
    with pytest.raises(ExportError, match=r"'weekly': value of nps \(channel chat, week of 2026-.*\) is inf"):
        read(warehouse, make_export())


def test_a_kpi_that_the_catalogue_lacks_is_an_error(
    warehouse: duckdb.DuckDBPyConnection, make_export: MakeExport
) -> None:
    with pytest.raises(ExportError, match=r"'weekly': the catalogue \(dim_kpi\) has no KPI csta, npss"):
        read(warehouse, make_export(kpis=["csta", "csat", "npss"]))


def test_an_empty_warehouse_says_what_to_do(make_export: MakeExport) -> None:
    with (
        duckdb.connect(":memory:") as empty,
        pytest.raises(ExportError, match=r"lacks a table; run `vigie run` first.*dim_kpi"),
    ):
        read(empty, make_export())
