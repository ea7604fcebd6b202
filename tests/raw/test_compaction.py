"""Compaction and retention: fewer folders, the same table."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.raw import Load, RawStore
from pipelines.raw.compaction import FAN_IN, compact
from tests.raw.raw_samples import LEADS, T, latest, table, write

NOW = T + timedelta(days=1)
KEEP = timedelta(days=30)


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(tmp_path / "home")


def folders(store: RawStore) -> list[str]:
    return sorted(path.name for path in store.stream_folder("crm", "lead").iterdir() if not path.name.startswith("."))


def run(store: RawStore, active: list[Load], now: datetime = NOW) -> int:
    return compact(store, "crm", LEADS, {load.load_id for load in active}, now, KEEP)


def test_small_loads_become_one_segment_with_the_same_table(store: RawStore, tmp_path: Path) -> None:
    loads = [write(store, number, [{"lead_id": f"l{number}", "channel": "web"}]) for number in range(1, FAN_IN + 1)]
    before = table(store, loads, tmp_path)

    assert run(store, loads) == FAN_IN - 1

    [segment] = folders(store)
    assert segment.startswith("segment-")
    assert store.loads("crm", "lead") == loads
    assert table(store, loads, tmp_path) == before
    assert run(store, loads) == 0


def test_a_file_that_is_loaded_every_hour_takes_the_room_of_one(store: RawStore, tmp_path: Path) -> None:
    """A year of an extract that is overwritten every hour."""
    loads: list[Load] = []
    for hour in range(FAN_IN * 6):
        now = T + timedelta(hours=hour)
        rows = [{"lead_id": f"l{lead}", "channel": f"c{hour}"} for lead in range(3)]
        loads = [*store.loads("crm", "lead"), write(store, hour + 1, rows, file="leads.csv", loaded_at=now)]
        run(store, loads, now)

    kept = store.loads("crm", "lead")
    assert len(folders(store)) < 2 * FAN_IN
    assert len(kept) < 2 * FAN_IN
    assert latest(store, kept, tmp_path) == {f"l{lead}": f"c{hour}" for lead in range(3)}
    logged = sum(
        duckdb.execute(f"SELECT count(*) FROM read_parquet('{file}')").fetchall()[0][0]
        for file in store.log_files("crm", "lead")
    )
    assert logged + len(kept) == FAN_IN * 6
    # What is left of a load says of which file it was.
    [[deliveries]] = duckdb.execute(
        f"SELECT list(DISTINCT delivery) FROM read_parquet({list(map(str, store.log_files('crm', 'lead')))})"
    ).fetchall()
    assert deliveries == [kept[0].delivery]


def test_loads_of_former_settings_can_still_be_replaced(store: RawStore, tmp_path: Path) -> None:
    loads = [write(store, number, [{"lead_id": f"l{number}", "channel": "web"}]) for number in range(1, FAN_IN + 1)]
    run(store, loads)
    without_first = [load for load in store.loads("crm", "lead") if load.load_id != "load-1"]
    assert "l1" not in {row[0] for row in table(store, without_first, tmp_path)}
    assert len(table(store, without_first, tmp_path)) == FAN_IN - 1


def test_loads_that_no_longer_count_are_removed_after_a_while(store: RawStore) -> None:
    former, current = write(store, 1, [{"lead_id": "a"}]), write(store, 2, [{"lead_id": "a"}])
    assert run(store, [current], T + KEEP) == 0
    assert run(store, [current], T + KEEP + timedelta(seconds=1)) == 1
    assert store.loads("crm", "lead") == [current]
    assert former.load_id not in folders(store)


def test_a_compaction_that_was_killed_before_it_removed_the_loads_changes_nothing(
    store: RawStore, tmp_path: Path
) -> None:
    loads = [write(store, number, [{"lead_id": f"l{number}", "channel": "web"}]) for number in range(1, FAN_IN + 1)]
    before = table(store, loads, tmp_path)
    copies = tmp_path / "copies"
    shutil.copytree(store.stream_folder("crm", "lead"), copies)
    run(store, loads)
    for path in copies.iterdir():
        if path.is_dir():
            shutil.copytree(path, store.stream_folder("crm", "lead") / path.name)

    assert store.loads("crm", "lead") == loads
    assert table(store, loads, tmp_path) == before


def test_snapshots_and_loads_of_the_last_hour_are_left_alone(store: RawStore) -> None:
    snapshots = [
        write(store, number, [{"lead_id": f"l{number}"}], mode="snapshot", pattern=f"{number}.csv")
        for number in range(1, FAN_IN + 1)
    ]
    fresh = [
        write(store, number, [{"lead_id": f"l{number}"}], loaded_at=NOW) for number in range(FAN_IN + 1, 2 * FAN_IN + 1)
    ]
    assert run(store, [*snapshots, *fresh]) == 0


ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["web", "mail"]), st.none() | st.integers(0, 3), st.booleans()),
    max_size=3,
)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROWS, min_size=FAN_IN, max_size=FAN_IN))
def test_no_as_of_can_see_a_compaction(tmp_path: Path, drawn: list[list[tuple[str, str, int | None, bool]]]) -> None:
    shutil.rmtree(tmp_path / "drawn", ignore_errors=True)
    store = RawStore(tmp_path / "drawn")
    loads = []
    for number, rows in enumerate(drawn, start=1):
        of_keys: dict[tuple[str, int | None], dict[str, Any]] = {}
        tombstones: dict[tuple[str, int | None], bool] = {}
        for lead, channel, day, is_deleted in rows:
            version = None if day is None else T + timedelta(days=day)
            of_keys[lead, day] = {"lead_id": lead, "channel": channel, "_version_at": version}
            tombstones[lead, day] = is_deleted
        loads.append(
            write(
                store, number,
                [row for key, row in of_keys.items() if not tombstones[key]],
                [row for key, row in of_keys.items() if tombstones[key]],
            )
        )  # fmt: skip
    moments = [None, *(T + timedelta(days=day) for day in range(-1, 4))]
    before = [latest(store, loads, tmp_path, moment) for moment in moments]

    run(store, loads)

    assert [latest(store, store.loads("crm", "lead"), tmp_path, moment) for moment in moments] == before
