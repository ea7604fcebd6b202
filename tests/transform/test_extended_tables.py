"""A canonical table that is extended by what changed is the table that a build from nothing makes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.entities import ENTITIES
from pipelines.transform.project import project_folder
from tests.transform.dbt_rendering import models, render, render_sql

START = datetime(2026, 1, 1, tzinfo=UTC)
SOURCES = ("a", "b")
# An entity whose rows begin to exist at a moment, and one that has no such moment and two columns in its key.
TABLES = ("canonical__email_event", "canonical__order_line")


def moment(day: int | None) -> datetime | None:
    return None if day is None else START + timedelta(days=day)


@dataclass(frozen=True)
class Row:
    source: str
    key: int
    value: int
    created: int
    version: int | None
    is_deleted: bool


@dataclass(frozen=True)
class Step:
    """A load of rows, and the day on which the tables are then built."""

    day: int
    rows: tuple[Row, ...]


# Few keys and few days, so that versions, tombstones and moments meet. Rows may be from the future of the build.
row = st.builds(
    Row,
    source=st.sampled_from(SOURCES),
    key=st.integers(0, 3),
    value=st.integers(0, 9),
    created=st.integers(0, 8),
    version=st.none() | st.integers(0, 8),
    is_deleted=st.booleans(),
)
steps = st.lists(st.tuples(st.integers(0, 3), st.lists(row, max_size=5)), min_size=2, max_size=5)


def values_of(table: str, row: Row) -> dict[str, object]:
    common = {"source": row.source, "_is_deleted": row.is_deleted, "_version_at": moment(row.version)}
    if table == "canonical__email_event":
        event = {"event_id": f"e{row.key}", "campaign_id": f"k{row.value}", "event": "open", "customer_id": "c"}
        # A tombstone has the key alone.
        return common | (
            event | {"occurred_at": moment(row.created)} if not row.is_deleted else {"event_id": f"e{row.key}"}
        )
    key = {"order_id": f"o{row.key}", "line_number": str(row.key % 2)}
    return common | key | ({"quantity": row.value, "amount": row.value} if not row.is_deleted else {})


@cache
def built_from_nothing(table: str) -> str:
    return render(models()[table], "duckdb")


@cache
def extension(table: str) -> tuple[str, str]:
    """Returns what dbt runs before the model, from the hook in its file, and the rows that it then inserts."""
    model = models()[table]
    text = (project_folder() / model["original_file_path"]).read_text(encoding="utf-8")
    [hook] = re.findall(r'pre_hook="(.*?)"\)', text)
    return (
        render_sql(hook, "duckdb", model=model, is_incremental=True),
        render(model, "duckdb", is_incremental=True),
    )


class Tables:
    """The staging table of a canonical model, extended and built from nothing."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.entity = ENTITIES[table.removeprefix("canonical__")]
        self.staging = f"stg_files__{self.entity.name}"
        self.connection = duckdb.connect()
        columns = ", ".join(f'"{column.name}" {column.duckdb_type}' for column in self.entity.columns)
        self.connection.execute(
            f"CREATE TABLE {self.staging} (source VARCHAR, {columns}, _load_sequence BIGINT, _file VARCHAR, _row BIGINT,"
            " _version_at TIMESTAMPTZ, _version_number DOUBLE, _version_text VARCHAR, _is_deleted BOOLEAN)"
        )
        self.connection.execute("CREATE SCHEMA control")
        self.connection.execute("CREATE TABLE control.run (as_of TIMESTAMPTZ)")
        self.connection.execute(
            "CREATE TABLE control.increment"
            " (entity VARCHAR, source VARCHAR, built_sequence BIGINT, built_as_of TIMESTAMPTZ)"
        )
        self.connection.execute(f"CREATE TABLE {table} AS FROM ({built_from_nothing(table)}) LIMIT 0")

    def load(self, sequence: int, rows: tuple[Row, ...]) -> None:
        for number, each in enumerate(rows):
            values = values_of(self.table, each) | {"_load_sequence": sequence, "_file": "f", "_row": number}
            names = ", ".join(f'"{name}"' for name in values)
            places = ", ".join("?" for _ in values)
            self.connection.execute(f"INSERT INTO {self.staging} ({names}) VALUES ({places})", list(values.values()))

    def extend(self, day: int, built: tuple[int, int] | None) -> None:
        """Extends the table; `built` are the last load and the day of the build before."""
        self.connection.execute("DELETE FROM control.run")
        self.connection.execute("INSERT INTO control.run VALUES (?)", [moment(day)])
        self.connection.execute("DELETE FROM control.increment")
        if built is None:
            self.connection.execute(f"INSERT INTO {self.table} {built_from_nothing(self.table)}")
            return
        for source in SOURCES:
            self.connection.execute(
                "INSERT INTO control.increment VALUES (?, ?, ?, ?)",
                [self.entity.name, source, built[0], moment(built[1])],
            )
        deletion, rows = extension(self.table)
        self.connection.execute(deletion)
        self.connection.execute(f"INSERT INTO {self.table} {rows}")

    def differences(self) -> list[tuple[object, ...]]:
        whole = built_from_nothing(self.table)
        return self.connection.execute(
            f"(FROM ({whole}) EXCEPT ALL FROM {self.table}) UNION ALL (FROM {self.table} EXCEPT ALL FROM ({whole}))"
        ).fetchall()


@contextmanager
def tables(table: str) -> Iterator[Tables]:
    found = Tables(table)
    try:
        yield found
    finally:
        found.connection.close()


@settings(max_examples=60, deadline=None)
@given(steps)
def test_every_sequence_of_loads_gives_the_table_of_a_build_from_nothing(drawn: list[tuple[int, list[Row]]]) -> None:
    for table in TABLES:
        with tables(table) as extended:
            day, built = 0, None
            for sequence, (days, rows) in enumerate(drawn):
                day += days
                extended.load(sequence, tuple(rows))
                extended.extend(day, built)
                assert extended.differences() == []
                built = (sequence, day)


def test_a_moment_that_comes_to_pass_needs_no_load() -> None:
    with tables("canonical__email_event") as extended:
        extended.load(0, (Row("a", 1, 5, created=4, version=None, is_deleted=False),))
        extended.extend(2, None)
        assert extended.connection.execute(f"FROM {extended.table}").fetchall() == []
        extended.extend(5, (0, 2))
        assert len(extended.connection.execute(f"FROM {extended.table}").fetchall()) == 1
