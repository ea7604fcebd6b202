"""The states of series: what the evaluation of the rules remembers from one pass to the next."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select

from pipelines.ledger.database import location_of
from pipelines.ledger.errors import LedgerConflict, LedgerError
from pipelines.ledger.tables import series_state, upsert
from pipelines.watch.reading import Series
from pipelines.watch.state import SeriesChange, State

_KEYS = tuple(series_state.c[name] for name in Series._fields)


def read_states(connection: Connection, rule: str) -> dict[Series, State]:
    """Returns the states of the series of a rule.

    Raises:
        LedgerError: a state cannot be read.
    """
    rows = connection.execute(select(series_state).where(series_state.c.rule == rule))
    return {_series(row): _state(connection, row) for row in rows}


def save_states(connection: Connection, changes: Sequence[SeriesChange], now: datetime) -> None:
    """Saves the states after `changes`.

    Raises:
        LedgerConflict: the stored state of a series is not the one before its change.
    """
    _refuse_conflicts(connection, {change.series: change.before for change in changes})
    connection.execute(
        upsert(connection, series_state, "state", "updated_at"),
        [change.series._asdict() | {"state": change.after.to_json(), "updated_at": now} for change in changes],
    )


def series_without_rule(connection: Connection, is_watched: Callable[[Series], bool]) -> list[Series]:
    """Returns the series with a state that `is_watched` denies."""
    return [series for row in connection.execute(select(*_KEYS)) if not is_watched(series := _series(row))]


def delete_states(connection: Connection, series: Iterable[Series]) -> None:
    """Deletes the states of some series, at least one."""
    statement = delete(series_state).where(*(key == bindparam(f"its_{key.name}") for key in _KEYS))
    connection.execute(statement, [{f"its_{name}": value for name, value in each._asdict().items()} for each in series])


def _refuse_conflicts(connection: Connection, expected: dict[Series, State | None]) -> None:
    stored = {
        series: _state(connection, row)
        for rule in sorted({series.rule for series in expected})
        for row in connection.execute(select(series_state).where(series_state.c.rule == rule))
        if (series := _series(row)) in expected
    }
    for series, state in expected.items():
        if stored.get(series) != state:
            raise LedgerConflict(f"another process has evaluated {_words(series)} in the meantime")


def _series(row: Row[Any]) -> Series:
    return Series(row.rule, row.kpi, row.grain, row.segment_type, row.segment)


def _state(connection: Connection, row: Row[Any]) -> State:
    try:
        return State.from_json(row.state)
    except ValueError as error:
        raise LedgerError(
            f"the ledger {location_of(connection.engine.url)} holds an unreadable state of {_words(_series(row))} "
            f"({error}): run the version of Vigie that wrote it, or restore the ledger from a backup"
        ) from error


def _words(series: Series) -> str:
    return f"{series.rule} ({series.kpi} by {series.grain}, {series.segment_type} {series.segment})"
