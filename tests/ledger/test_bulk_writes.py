from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ledger_samples import NOW, RULE, SERIES, evaluate, run_pass
from sqlalchemy import Engine, event

from pipelines.ledger import Ledger


@contextmanager
def statements() -> Iterator[list[str]]:
    """Lists the statements that are sent to a database; one with many rows counts once."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def pass_over(ledger: Ledger, segments: int, values: list[float]) -> tuple[int, int]:
    """Evaluates many series and saves the results at once; returns the numbers of statements and of messages."""
    results = [
        evaluate(ledger, values, series=SERIES._replace(segment=f"segment {number}")) for number in range(segments)
    ]
    with statements() as sent:
        added = ledger.record_pass(
            [change for change, _ in results], [item for _, items in results for item in items], NOW
        )
    return len(sent), added


@pytest.mark.parametrize("values", [[0.9], [0.7]])
def test_a_pass_takes_as_many_statements_for_many_series_as_for_one(ledger: Ledger, values: list[float]) -> None:
    one, _ = pass_over(ledger, 1, values)
    with_events = int(values == [0.7])
    many, added = pass_over(ledger, 50, values)
    assert many == one
    assert added == 49 * with_events
    assert len(ledger.states(RULE.name)) == 50


def test_a_pass_with_nothing_new_sends_no_statement(ledger: Ledger) -> None:
    run_pass(ledger, [0.9, 0.7])
    change, messages = evaluate(ledger, [0.9, 0.7])
    with statements() as sent:
        assert ledger.record_pass([change], messages, NOW) == 0
    assert sent == []


def test_closing_many_alerts_takes_as_many_statements_as_closing_one(ledger: Ledger) -> None:
    def close() -> tuple[int, int]:
        with statements() as sent:
            closed = ledger.close_unwatched(lambda _: False, NOW)
        return len(sent), closed

    pass_over(ledger, 1, [0.7])
    one, _ = close()
    pass_over(ledger, 50, [0.7])
    many, closed = close()
    assert (many, closed) == (one, 50)
