"""Readings of the KPI tables as frames."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipelines.warehouse.connection import WarehouseError
from pipelines.warehouse.readings import Selection, readings
from pipelines.watch.reading import READING_COLUMNS, Reading, frame_of, readings_in

WEEKS = (date(2024, 1, 1), date(2024, 1, 8))
CHAT, EMAIL, WHOLE = (
    [
        Reading("csat", "week", start, segment_type, segment, value, 9, 10, 10, 0.2, None, True, None, 0.5, 0.85)
        for start, value in zip(WEEKS, (0.9, None), strict=True)
    ]
    for segment_type, segment in (("channel", "chat"), ("channel", "email"), ("all", "all"))
)
MONTH = [Reading("csat", "month", WEEKS[0], "channel", "chat", 0.7, None, None, None, None, None, False)]
OTHER = [Reading("nps", "week", WEEKS[0], "channel", "chat", -4.5, None, None, None, None, None, True)]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse whose rows are in no particular order."""
    path = tmp_path_factory.mktemp("home") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        rows = frame_of([*OTHER, *EMAIL[::-1], *MONTH, *CHAT[::-1], *WHOLE])
        connection.register("rows", rows)
        connection.execute("CREATE TABLE fct_kpi AS SELECT * REPLACE (period_start::DATE AS period_start) FROM rows")
        connection.execute(
            "ALTER TABLE fct_kpi ALTER sample_size TYPE BIGINT;"
            "UPDATE fct_kpi SET is_complete = NULL WHERE NOT is_complete;"
            "UPDATE fct_kpi SET value = NULL WHERE isnan(value);"
        )
    return path


def test_several_selections_are_read_as_one_frame_in_order(warehouse: Path) -> None:
    selections = [Selection("nps", "week", "channel"), Selection("csat", "week", "channel")]
    frame = readings(warehouse, selections)
    assert tuple(frame.columns) == READING_COLUMNS
    assert readings_in(frame) == [*CHAT, *EMAIL, *OTHER]
    assert frame.dtypes.to_dict() == readings(warehouse, selections[:1]).dtypes.to_dict() | {
        name: frame[name].dtype for name in ("kpi", "grain", "segment_type", "segment")
    }


def test_segments_restrict_a_selection_and_no_reading_comes_twice(warehouse: Path) -> None:
    some = Selection("csat", "week", "channel", ("email", "fax"))
    assert readings_in(readings(warehouse, [some])) == EMAIL
    assert readings_in(readings(warehouse, [some, Selection("csat", "week", "channel", ("chat", "email"))])) == [
        *CHAT,
        *EMAIL,
    ]
    assert readings_in(readings(warehouse, [some, Selection("csat", "week", "channel")])) == [*CHAT, *EMAIL]


def test_missing_numbers_and_unknown_completeness(warehouse: Path) -> None:
    assert readings_in(readings(warehouse, [Selection("csat", "month", "channel")])) == MONTH


def test_nothing_selected_and_nothing_found_are_empty_frames(warehouse: Path) -> None:
    for selections in ([], [Selection("ces", "week", "all")]):
        frame = readings(warehouse, selections)
        assert (len(frame), tuple(frame.columns)) == (0, READING_COLUMNS)
        assert readings_in(frame) == []


def test_tables_that_were_not_built_are_an_error_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    duckdb.connect(str(path)).close()
    with pytest.raises(WarehouseError, match="`vigie run` builds them"):
        readings(path, [Selection("csat", "week", "all")])


def test_periods_restrict_a_selection(warehouse: Path) -> None:
    second = Selection("csat", "week", "channel", periods=(WEEKS[1], date(2024, 1, 15)))
    assert readings_in(readings(warehouse, [second])) == [CHAT[1], EMAIL[1]]
    assert readings_in(readings(warehouse, [second, Selection("csat", "week", "all")])) == [*WHOLE, CHAT[1], EMAIL[1]]
