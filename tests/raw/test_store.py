"""The raw store on disk: what is read of it, and what a damaged or former one means."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.raw import RawStore, RawStoreError
from tests.raw.raw_samples import T, table, write


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(tmp_path / "home")


def test_a_damaged_log_entry_is_named(store: RawStore) -> None:
    folder = store.stream_folder("crm", "lead") / "abc"
    folder.mkdir(parents=True)
    (folder / "load.json").write_text("{")
    with pytest.raises(RawStoreError, match=r"load\.json cannot be read .*; remove the folder"):
        store.loads("crm", "lead")


def test_a_store_that_does_not_exist_is_empty(store: RawStore) -> None:
    assert store.loads("crm", "lead") == []
    assert store.loaded_until("crm", "lead", accepts_checks=True) is None


def test_a_load_of_the_first_version_is_read(store: RawStore) -> None:
    load = write(store, 1, [{"lead_id": "a", "channel": "web"}])
    entry = store.stream_folder("crm", "lead") / load.load_id / "load.json"
    former = json.loads(entry.read_text())
    former["entity"] = former.pop("stream")
    former["covers_until"] = former.pop("loaded_until")
    for name in ("duplicates", "deleted", "filtered", "cursor"):
        del former[name]
    entry.write_text(json.dumps(former))
    assert store.loads("crm", "lead") == [load]


def test_tombstones_are_rows_of_the_view(store: RawStore, tmp_path: Path) -> None:
    loads = [
        write(store, 1, [{"lead_id": "a", "channel": "web"}]),
        write(store, 2, [], [{"lead_id": "a"}]),
    ]
    assert sorted(table(store, loads, tmp_path), key=lambda row: row[2]) == [
        ("a", "web", 1, False, None),
        ("a", None, 2, True, None),
    ]


def test_a_stream_of_which_only_deletions_came_has_a_view(store: RawStore, tmp_path: Path) -> None:
    load = write(store, 1, [], [{"lead_id": "a"}])
    assert table(store, [load], tmp_path) == [("a", None, 1, True, None)]


def test_loads_made_while_the_clock_was_ahead_count_up_to_their_newest_row(store: RawStore) -> None:
    ahead = T + timedelta(days=400)
    with store.exclusive("crm", "lead"):
        pass
    load = write(store, 1, [{"lead_id": "a"}], loaded_at=ahead, newest_at=T - timedelta(days=1))
    path = store.stream_folder("crm", "lead") / load.load_id / "load.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "loaded_until": ahead.isoformat()}))
    store.record_check("crm", "lead", ahead)

    def loaded_until(days: int) -> object:
        return store.loaded_until("crm", "lead", accepts_checks=True, limit=T + timedelta(days=days))

    assert loaded_until(1) == T - timedelta(days=1)
    assert loaded_until(401) == ahead


def test_files_of_a_home_with_odd_characters_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "100% [home]; a=b *'x"
    folder.mkdir()
    store = RawStore(folder)
    load = write(store, 1, [{"lead_id": "a", "channel": "web"}])
    assert table(store, [load], folder) == [("a", "web", 1, False, None)]


def test_a_source_that_is_asked_for_what_is_new_is_no_archive(store: RawStore) -> None:
    write(store, 1, [{"lead_id": "a"}], newest_at=T - timedelta(days=400), cursor="page 7")
    assert store.archived_until("crm", "lead", T) is None


def test_an_archive_ends_with_its_newest_row_unless_that_was_new_at_the_time(store: RawStore) -> None:
    day = timedelta(days=1)
    assert store.archived_until("crm", "lead", T) is None
    write(store, 1, [{"lead_id": "a"}], newest_at=T - 50 * day)
    write(store, 2, [{"lead_id": "b"}], newest_at=T - 40 * day)
    assert store.archived_until("crm", "lead", T) == T - 40 * day
    # A replay of the past, when the newest row was new.
    assert store.archived_until("crm", "lead", T - 9 * day) is None
    assert store.archived_until("crm", "lead", T - 60 * day) is None
    write(store, 3, [{"lead_id": "c"}], newest_at=T - day)
    assert store.archived_until("crm", "lead", T + 400 * day) is None
    # A load without any moment proves nothing.
    write(store, 4, [])
    assert store.archived_until("crm", "lead", T) is None
