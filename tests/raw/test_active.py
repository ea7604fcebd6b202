"""Which loads make up a table: decided from log entries alone."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipelines.raw import Load, LoadedFile
from pipelines.raw.active import active_loads, counted_loads

T = datetime(2030, 1, 1, tzinfo=UTC)


def load(sequence: int, *contents: str, fingerprint: str = "new", mode: Any = "append", pattern: str = "*.csv") -> Load:
    files = tuple(LoadedFile(f"{content}.csv", 1, content, T) for content in contents)
    return Load(
        f"load-{sequence}", "shop", "lead", sequence, 1, T, T, fingerprint=fingerprint, pattern=pattern, mode=mode, files=files
    )  # fmt: skip


def sequences(*loads: Load, fingerprints: set[str] | None = None) -> list[int]:
    return [each.sequence for each in active_loads(loads, fingerprints or {"new"})]


def test_loads_under_a_current_fingerprint_are_active() -> None:
    assert sequences(load(2, "b"), load(1, "a")) == [1, 2]


def test_an_old_load_is_replaced_when_its_content_was_loaded_again() -> None:
    assert sequences(load(1, "a", fingerprint="old"), load(2, "b", fingerprint="old"), load(3, "a")) == [2, 3]


def test_an_old_load_of_several_files_stays_while_one_of_them_is_missing() -> None:
    assert sequences(load(1, "a", "b", fingerprint="old"), load(2, "a")) == [1, 2]
    assert sequences(load(1, "a", "b", fingerprint="old"), load(2, "a", "c"), load(3, "b")) == [2, 3]


def test_the_last_load_of_one_content_represents_all() -> None:
    assert sequences(load(1, "a"), load(2, "b"), load(3, "a")) == [2, 3]


def test_the_newest_snapshot_of_each_table_counts() -> None:
    snapshots = [load(number, f"s{number}", mode="snapshot") for number in (1, 2, 3)]
    other = load(4, "t1", mode="snapshot", pattern="other.csv")
    assert sequences(*snapshots, other) == [3, 4]
    assert sequences(*snapshots, load(4, "x")) == [3, 4]


def test_an_old_snapshot_is_replaced_by_a_newer_one_of_its_table() -> None:
    old = load(1, "s1", mode="snapshot", fingerprint="old")
    assert sequences(old) == [1]
    assert sequences(old, load(2, "s2", mode="snapshot")) == [2]
    assert sequences(old, load(2, "s2", mode="snapshot", pattern="other.csv")) == [1, 2]


def counted(*loads: Load) -> list[int]:
    return [each.sequence for each in counted_loads(loads, {"new"})]


def test_what_was_read_again_counts_as_it_was_read_last() -> None:
    assert counted(load(1, "a", fingerprint="old"), load(2, "b", fingerprint="old"), load(3, "a")) == [2, 3]
    # In another time zone, which is not in the fingerprint.
    assert counted(load(1, "a"), load(2, "b"), load(3, "a")) == [2, 3]


def test_a_load_of_former_settings_counts_until_its_file_is_loaded_again_whatever_is_in_it() -> None:
    former = load(1, "a", fingerprint="old")
    assert counted(former) == [1]
    changed = replace(load(2, "a2"), files=(replace(former.files[0], sha256="a2"),))
    assert counted(former, changed) == [2]


def test_every_full_copy_was_delivered() -> None:
    assert counted(*(load(number, f"s{number}", mode="snapshot") for number in (1, 2, 3))) == [1, 2, 3]
    former = load(1, "s1", mode="snapshot", fingerprint="old")
    assert counted(former, load(2, "s2", mode="snapshot")) == [1, 2]
    assert counted(former, load(2, "s1", mode="snapshot")) == [2]


MODES = {"new": "append", "old": "append", "older": "append", "new s": "snapshot", "old s": "snapshot"}
CURRENT = {"new", "new s"}
LOADS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(sorted(MODES)), st.sampled_from(["*.csv", "other.csv"])),
    max_size=12,
).map(
    lambda drawn: [
        load(number, content, fingerprint=fingerprint, mode=MODES[fingerprint], pattern=pattern)
        for number, (content, fingerprint, pattern) in enumerate(drawn)
    ]
)


@given(LOADS)
def test_what_was_appended_is_never_lost(loads: list[Load]) -> None:
    """Its content is in an active load, or was loaded again as a snapshot that has been followed by a newer one."""
    active = active_loads(loads, CURRENT)
    for each in loads:
        if each.mode == "append":
            again = [other for other in loads if other.contents == each.contents and other.fingerprint == "new s"]
            assert again or any(other.contents == each.contents for other in active)


@given(LOADS)
def test_active_loads_are_some_of_the_loads_in_order_and_settled(loads: list[Load]) -> None:
    active = active_loads(loads, CURRENT)
    assert active == sorted(active, key=lambda each: each.sequence)
    assert set(map(id, active)) <= set(map(id, loads))
    assert active_loads(active, CURRENT) == active
    assert active_loads(list(reversed(loads)), CURRENT) == active


@given(LOADS)
def test_at_most_one_snapshot_of_a_table_is_active(loads: list[Load]) -> None:
    current = [each for each in active_loads(loads, CURRENT) if each.fingerprint == "new s"]
    assert len({each.pattern for each in current}) == len(current)


def test_two_tables_of_snapshots_may_have_equal_files() -> None:
    empty = [
        load(number, "empty", mode="snapshot", pattern=pattern) for number, pattern in ((3, "fr.csv"), (4, "de.csv"))
    ]
    assert sequences(
        load(1, "fr", mode="snapshot", pattern="fr.csv"), load(2, "de", mode="snapshot", pattern="de.csv"), *empty
    ) == [3, 4]
