"""Which canonical tables a build may extend."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipelines.raw import Load
from pipelines.services.increments import BuiltLoads, StreamLoads, built_loads, increments
from pipelines.warehouse.run_context import Increment

NOW = datetime(2026, 1, 5, 6, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def load(sequence: int, name: str = "", *, rows: int = 100) -> Load:
    return Load(name or f"load-{sequence}", "crm", "ticket", sequence, rows, NOW, NOW)


def stream(
    *loads: Load, source: str = "crm", name: str = "ticket", entities: tuple[str, ...] = ("ticket",)
) -> StreamLoads:
    return StreamLoads(source, name, entities, loads)


BEFORE = stream(load(1), load(2))
BUILT = built_loads("code", NOW, [BEFORE])
EXTENDED = stream(load(1), load(2), load(3, rows=50))


def test_a_further_load_extends_the_table() -> None:
    assert increments(BUILT, "code", LATER, [EXTENDED]) == [Increment("ticket", "crm", 2, NOW)]


def test_without_a_further_load_the_table_is_extended_by_what_came_to_pass() -> None:
    assert increments(BUILT, "code", LATER, [BEFORE]) == [Increment("ticket", "crm", 2, NOW)]


def test_what_was_built_survives_being_written_down() -> None:
    assert BuiltLoads.from_json(BUILT.to_json()) == BUILT


@pytest.mark.parametrize(
    ("built", "code", "as_of", "loads"),
    [
        pytest.param(None, "code", LATER, (load(1), load(2)), id="no build that passed"),
        pytest.param(BUILT, "other", LATER, (load(1), load(2)), id="other code"),
        pytest.param(BUILT, "code", NOW - timedelta(seconds=1), (load(1), load(2)), id="the clock was set back"),
        pytest.param(BUILT, "code", LATER, (load(2), load(3)), id="a load counts no longer"),
        pytest.param(BUILT, "code", LATER, (load(1), load(2, "again")), id="a load was replaced"),
        pytest.param(BUILT, "code", LATER, (), id="no load counts any more"),
        pytest.param(BUILT, "code", LATER, (load(0), load(1), load(2)), id="an earlier load counts again"),
        pytest.param(BUILT, "code", LATER, (load(1), load(2), load(3, rows=200)), id="half of the rows are new"),
    ],
)
def test_a_table_that_cannot_be_extended_is_built_from_nothing(
    built: BuiltLoads | None, code: str, as_of: datetime, loads: tuple[Load, ...]
) -> None:
    assert increments(built, code, as_of, [stream(*loads)]) == []


def test_other_entities_are_extended_all_the_same() -> None:
    orders = stream(load(1, rows=10), name="order", entities=("order",))
    built = built_loads("code", NOW, [BEFORE, orders])
    replaced = replace(orders, loads=(load(2, rows=10),))
    assert increments(built, "code", LATER, [EXTENDED, replaced]) == [Increment("ticket", "crm", 2, NOW)]


def test_a_new_source_brings_all_of_its_rows() -> None:
    second = stream(load(1, "other", rows=10), source="desk")
    found = increments(BUILT, "code", LATER, [EXTENDED, second])
    assert found == [Increment("ticket", "crm", 2, NOW), Increment("ticket", "desk", -1, NOW)]


def test_a_source_that_is_gone_took_its_rows_with_it() -> None:
    built = built_loads("code", NOW, [BEFORE, stream(load(1), source="desk")])
    assert increments(built, "code", LATER, [EXTENDED]) == []


def test_rows_of_several_streams_do_not_have_the_number_of_one_load() -> None:
    details = stream(load(1), name="ticket_detail", entities=("ticket",))
    built = built_loads("code", NOW, [BEFORE, details])
    assert increments(built, "code", LATER, [EXTENDED, details]) == []
