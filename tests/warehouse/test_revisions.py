"""The history of KPI values, also when the clock was wrong."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.warehouse import WarehouseError
from pipelines.warehouse.revisions import (
    HistoryPlan,
    RevisedValue,
    plan_history,
    record_revisions,
    revised_values,
)

MONDAY = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)
YEAR = timedelta(days=365)
WEEK = date(2025, 12, 29)

# The moment at which a value became known, that at which it was no longer, and the value.
Revisions = list[tuple[datetime, datetime | None, float | None]]


class History:
    """A history that builds are recorded in; a value stands for the tables of one build."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = folder / "warehouse.duckdb"
        self.path = folder / "history.duckdb"

    def record(
        self, values: Mapping[date, float | None], *, as_of: datetime, now: datetime | None = None, fixed: bool = False
    ) -> None:
        """Records a build at `as_of` with the values of complete weeks; the wall clock shows `now`."""
        self.warehouse.unlink(missing_ok=True)
        with duckdb.connect(str(self.warehouse)) as connection:
            connection.execute("create schema control")
            connection.execute("create table control.run as select $1::timestamptz as as_of", [as_of])
            connection.execute(
                "create table fct_kpi (kpi varchar, grain varchar, period_start date, segment_type varchar,"
                " segment varchar, value double, numerator double, denominator double, is_complete boolean,"
                " computed_at timestamptz)"
            )
            for period, value in values.items():
                connection.execute(
                    "insert into fct_kpi values ('csat', 'week', ?, 'all', 'all', ?, ?, 1, true, ?)",
                    [period, value, value, as_of],
                )
        record_revisions(self.warehouse, self.path, wall_clock=now or as_of, is_as_of_fixed=fixed)

    def revised(self, kpi: str = "csat") -> list[RevisedValue]:
        return revised_values(self.path, kpi, "week")

    def revisions(self, period: date = WEEK, table: str = "fct_kpi_revision") -> Revisions:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(
                f"select valid_from, valid_to, value from {table} where period_start = $1 order by valid_from", [period]
            ).fetchall()


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path)


@pytest.fixture
def undisturbed(tmp_path: Path) -> Callable[[], History]:
    """Returns a second, empty history to compare with."""

    def make() -> History:
        folder = tmp_path / "undisturbed"
        folder.mkdir()
        return History(folder)

    return make


def test_a_value_is_recorded_once_until_it_changes_or_is_gone(history: History) -> None:
    history.record({WEEK: 0.8}, as_of=MONDAY)
    history.record({WEEK: 0.8}, as_of=MONDAY + DAY)
    history.record({WEEK: 0.7}, as_of=MONDAY + 2 * DAY)
    history.record({WEEK: None}, as_of=MONDAY + 3 * DAY)
    history.record({}, as_of=MONDAY + 4 * DAY)
    assert history.revisions() == [
        (MONDAY, MONDAY + 2 * DAY, 0.8),
        (MONDAY + 2 * DAY, MONDAY + 3 * DAY, 0.7),
        (MONDAY + 3 * DAY, MONDAY + 4 * DAY, None),
    ]


def test_late_data_at_the_same_as_of_is_a_revision(history: History) -> None:
    history.record({WEEK: 0.8}, as_of=MONDAY, fixed=True)
    history.record({WEEK: 0.8}, as_of=MONDAY, fixed=True)
    assert history.revisions() == [(MONDAY, None, 0.8)]
    history.record({WEEK: 0.7}, as_of=MONDAY, fixed=True)
    assert sorted(history.revisions(), key=lambda found: found[1] is None) == [
        (MONDAY, MONDAY, 0.8),
        (MONDAY, None, 0.7),
    ]
    assert history.revised() == [RevisedValue(WEEK, MONDAY, 0.8, 0.7)]


def test_a_revised_value_says_when_from_and_to(history: History) -> None:
    other = WEEK - timedelta(weeks=1)
    assert history.revised() == []
    for days, values in enumerate(
        [
            {WEEK: 0.8, other: 0.5},
            {WEEK: 0.7, other: 0.5},
            # Not known for a while, and not revised.
            {WEEK: 0.7},
            {WEEK: None, other: 0.5},
            {WEEK: 0.8, other: 0.5},
            {other: 0.5},
        ]
    ):
        history.record(values, as_of=MONDAY + days * DAY)
    assert [found for found in history.revised() if found.period_start == WEEK] == [
        RevisedValue(WEEK, MONDAY + DAY, 0.8, 0.7),
        RevisedValue(WEEK, MONDAY + 3 * DAY, 0.7, None),
        RevisedValue(WEEK, MONDAY + 4 * DAY, None, 0.8),
        RevisedValue(WEEK, MONDAY + 5 * DAY, 0.8, None),
    ]
    assert [found for found in history.revised() if found.period_start == other] == []
    assert history.revised("nps") == []


@pytest.mark.parametrize("fixed", [True, False])
def test_a_build_that_looks_further_back_changes_nothing(history: History, fixed: bool) -> None:
    history.record({WEEK: 0.8}, as_of=MONDAY)
    history.record({WEEK: 0.7}, as_of=MONDAY + 2 * DAY)
    before = history.revisions()
    history.record({WEEK: 0.1}, as_of=MONDAY + DAY, now=MONDAY + 3 * DAY, fixed=fixed)
    assert history.revisions() == before


def test_the_history_recovers_after_one_pass_with_the_clock_ahead(
    history: History, undisturbed: Callable[[], History]
) -> None:
    expected = undisturbed()
    for kept in (history, expected):
        kept.record({WEEK: 0.8}, as_of=MONDAY)
        kept.record({WEEK: 0.75}, as_of=MONDAY + DAY)
    history.record({WEEK: 0.9, date(2026, 12, 28): 0.5}, as_of=MONDAY + YEAR)
    for kept in (history, expected):
        kept.record({WEEK: 0.75}, as_of=MONDAY + 2 * DAY)
        kept.record({WEEK: 0.7}, as_of=MONDAY + 3 * DAY)
    assert history.revisions() == expected.revisions()
    assert history.revisions()[-1] == (MONDAY + 3 * DAY, None, 0.7)
    assert history.revisions(date(2026, 12, 28)) == []
    # What was set aside is kept as it was.
    assert history.revisions(table="set_aside_revision") == [
        (MONDAY + DAY, MONDAY + YEAR, 0.75),
        (MONDAY + YEAR, None, 0.9),
    ]


def test_the_history_recovers_after_a_first_pass_with_the_clock_ahead(history: History) -> None:
    history.record({WEEK: 0.9}, as_of=MONDAY + YEAR)
    history.record({WEEK: 0.8}, as_of=MONDAY)
    assert history.revisions() == [(MONDAY, None, 0.8)]


def test_tables_that_a_clock_ahead_has_dated_are_not_recorded(history: History) -> None:
    history.record({WEEK: 0.8}, as_of=MONDAY)
    history.record({WEEK: 0.9}, as_of=MONDAY + YEAR, now=MONDAY + DAY)
    assert history.revisions() == [(MONDAY, None, 0.8)]


def test_a_clock_that_is_behind_sets_nothing_aside(history: History) -> None:
    history.record({WEEK: 0.8}, as_of=MONDAY)
    history.record({WEEK: 0.7}, as_of=MONDAY + DAY)
    before = history.revisions()
    history.record({}, as_of=datetime(1970, 1, 1, tzinfo=UTC))
    assert history.revisions() == before
    history.record({WEEK: 0.6}, as_of=MONDAY + 2 * DAY)
    assert history.revisions()[-1] == (MONDAY + 2 * DAY, None, 0.6)


def test_a_replay_at_a_fixed_as_of_sets_nothing_aside(history: History) -> None:
    history.record({WEEK: 0.8}, as_of=MONDAY)
    history.record({WEEK: 0.9}, as_of=MONDAY + YEAR)
    before = history.revisions()
    history.record({WEEK: 0.7}, as_of=MONDAY + DAY, fixed=True)
    assert history.revisions() == before


def test_a_replay_in_the_future_is_recorded(history: History) -> None:
    history.record({WEEK: 0.8}, as_of=MONDAY, now=MONDAY - YEAR, fixed=True)
    history.record({WEEK: 0.7}, as_of=MONDAY + DAY, now=MONDAY - YEAR, fixed=True)
    assert history.revisions() == [(MONDAY, MONDAY + DAY, 0.8), (MONDAY + DAY, None, 0.7)]


NOTHING = HistoryPlan(set_aside_after=None, records_values=False)
RECORDED = HistoryPlan(set_aside_after=None, records_values=True)
AFTER_THE_HOUR = MONDAY + timedelta(hours=1)


@pytest.mark.parametrize(
    ("recorded", "as_of", "is_as_of_fixed", "plan"),
    [
        pytest.param([], MONDAY, False, RECORDED, id="an empty history"),
        pytest.param([MONDAY], MONDAY, False, RECORDED, id="a build at the same moment"),
        pytest.param([MONDAY], MONDAY, True, RECORDED, id="a build at the same fixed as-of"),
        pytest.param([MONDAY - DAY], MONDAY - timedelta(hours=2), False, RECORDED, id="a build of some hours ago"),
        pytest.param(
            [MONDAY + timedelta(minutes=5)], MONDAY, False, NOTHING, id="a clock that was set right by five minutes"
        ),
        pytest.param(
            [MONDAY - DAY, MONDAY + YEAR], MONDAY, False, HistoryPlan(AFTER_THE_HOUR, True), id="one pass ahead"
        ),
        pytest.param(
            [MONDAY - 2 * DAY, MONDAY - DAY, MONDAY + YEAR, MONDAY + YEAR + DAY],
            MONDAY,
            False,
            HistoryPlan(AFTER_THE_HOUR, True),
            id="as many passes ahead as right",
        ),
        pytest.param(
            [MONDAY - DAY, MONDAY + DAY, MONDAY + 2 * DAY], MONDAY, False, NOTHING, id="the clock is outvoted"
        ),
        pytest.param(
            [MONDAY - DAY, MONDAY + YEAR],
            MONDAY - 3 * DAY,
            False,
            HistoryPlan(AFTER_THE_HOUR, False),
            id="one pass ahead and tables of an older build",
        ),
        pytest.param([MONDAY - DAY, MONDAY + YEAR], MONDAY, True, NOTHING, id="one pass ahead, fixed as-of"),
        pytest.param([MONDAY], MONDAY + YEAR, True, RECORDED, id="a fixed as-of in the future"),
        pytest.param([MONDAY - DAY], MONDAY + YEAR, False, NOTHING, id="tables dated by a clock ahead"),
    ],
)
def test_plans(recorded: list[datetime], as_of: datetime, is_as_of_fixed: bool, plan: HistoryPlan) -> None:
    assert plan_history(recorded, as_of=as_of, wall_clock=MONDAY, is_as_of_fixed=is_as_of_fixed) == plan


def test_a_damaged_history_is_an_error_that_says_what_to_do(history: History) -> None:
    history.path.write_bytes(b"not a database" * 1000)
    with pytest.raises(WarehouseError, match=r"history\.duckdb cannot be opened .*; restore it from a backup"):
        history.record({WEEK: 0.8}, as_of=MONDAY)
    with pytest.raises(WarehouseError, match=r"history\.duckdb cannot be opened .*; restore it from a backup"):
        history.revised()


@pytest.mark.parametrize("name", ["50%", "a;b", "a=b", "[ab]", "a*b", "it's", "{uuid}"])
def test_any_folder_name_works(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    history = History(folder)
    history.record({WEEK: 0.8}, as_of=MONDAY)
    assert history.revisions() == [(MONDAY, None, 0.8)]
    assert sorted(path.name for path in folder.iterdir()) == ["history.duckdb", "warehouse.duckdb"]
