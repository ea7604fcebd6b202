"""Makes the demo company: its people and what they did in DuckDB, then the files its systems would export."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from decimal import Decimal
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import duckdb

from demo import story
from demo.exports import EXPORTS, WORKBOOKS, write_export, write_workbook
from demo.facts import Control, DemoFacts, Incident

SEED = 2023
CUSTOMERS = 5000
# A company in which some country, desk or queue has nobody would not be coherent.
FEWEST_CUSTOMERS = 100

FACTS_FILE = "facts.json"

File = TypeVar("File")

# The values that `DemoFacts.controls` has: kpi, grain, start of the period, dimension, segment.
CONTROLS: tuple[tuple[str, str, str, str, str], ...] = (
    ("ticket_volume", "month", "2025-10-01", "all", "all"),
    ("ticket_volume", "month", "2025-10-01", "channel", "chat"),
    ("ticket_volume", "week", "2025-12-29", "team", "E-mail desk"),
    ("ticket_volume", "year", "2024-01-01", "all", "all"),
    ("first_response_time", "month", "2025-10-01", "all", "all"),
    ("first_response_time", "month", "2025-10-01", "channel", "email"),
    ("first_response_time", "quarter", "2025-04-01", "team", "E-mail desk"),
    ("resolution_time", "month", "2025-10-01", "channel", "chat"),
    ("reopen_rate", "month", "2025-10-01", "all", "all"),
    ("backlog", "week", "2025-12-29", "all", "all"),
    ("csat", "month", "2025-10-01", "all", "all"),
    ("csat", "month", "2025-10-01", "channel", "chat"),
    ("csat", "year", "2025-01-01", "all", "all"),
    ("nps", "quarter", "2025-10-01", "all", "all"),
    ("call_abandonment_rate", "month", "2025-10-01", "queue", "orders"),
    ("call_abandonment_rate", "year", "2025-01-01", "all", "all"),
    ("revenue", "quarter", "2025-07-01", "all", "all"),
    ("revenue", "month", "2025-11-01", "channel", "web"),
    ("revenue", "day", "2025-11-28", "all", "all"),
    ("average_order_value", "year", "2024-01-01", "all", "all"),
    ("new_customers", "year", "2024-01-01", "all", "all"),
    ("new_customers", "month", "2025-03-01", "all", "all"),
    ("lead_conversion_rate", "month", "2025-10-01", "all", "all"),
    ("win_rate", "quarter", "2025-07-01", "all", "all"),
    ("visitor_conversion_rate", "month", "2025-11-01", "all", "all"),
    ("email_open_rate", "month", "2025-10-01", "all", "all"),
    ("email_open_rate_human", "month", "2025-10-01", "all", "all"),
    ("email_click_through_rate", "month", "2025-10-01", "all", "all"),
    ("bounce_rate", "week", "2025-12-22", "all", "all"),
    ("unsubscribe_rate", "quarter", "2025-04-01", "all", "all"),
)

# Each group needs only what came before; within a group the tracks know nothing of each other.
_TRACKS: tuple[tuple[tuple[str, ...], ...], ...] = (
    (("00_chance", "10_calendar", "20_people"),),
    (("30_shop", "50_marketing"), ("40_support", "60_surveys")),
    (("70_broken", "80_exports"),),
)


class DemoError(Exception):
    """The company cannot be written where it was asked for; the message says why."""


def write(folder: Path, *, seed: int = SEED, customers: int = CUSTOMERS) -> DemoFacts:
    """Writes the company's files to `folder`, whole or not at all, unless it already holds the same ones.

    Everything else grows with the number of `customers`. The same `seed` and `customers` give the same bytes.
    Raises DemoError if `folder` holds something else than a demo company, or if there are too few customers.
    """
    if customers < FEWEST_CUSTOMERS:
        raise DemoError(f"{customers} customers are too few for a company: it takes at least {FEWEST_CUSTOMERS}")
    generation = f"{_program()}-{seed}-{customers}"
    present = _present(folder)
    if present is not None and present.generation == generation:
        return present
    if present is None and folder.exists() and any(folder.iterdir()):
        raise DemoError(f"{folder} holds files that are no demo company's: name an empty folder, or empty this one")
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=".demo-", dir=folder.parent))
    try:
        facts = _make(making / "company", folder, generation, seed, customers)
        if folder.exists():
            folder.rename(making / "former")
        (making / "company").rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return facts


@cache
def _program() -> str:
    """A digest of the generator itself: whoever changes it gets a new generation without having to count."""
    digest = hashlib.sha256()
    package = files("demo")
    for entry in sorted((*package.iterdir(), *package.joinpath("sql").iterdir()), key=lambda entry: entry.name):
        if entry.name.endswith((".py", ".sql")):
            digest.update(entry.read_bytes())
    return digest.hexdigest()[:16]


def _present(folder: Path) -> DemoFacts | None:
    stamp = folder / FACTS_FILE
    if not stamp.is_file():
        return None
    try:
        return DemoFacts.from_json(stamp.read_text(encoding="utf-8"), folder)
    except (ValueError, TypeError):
        # Of a generator that kept other facts: to be replaced.
        return DemoFacts(
            folder,
            "",
            0,
            0,
            story.ZONE,
            story.NOW,
            rows={},
            quarantined={},
            controls=(),
            incidents=(),
            past_incidents=(),
        )


def _make(company: Path, folder: Path, generation: str, seed: int, customers: int) -> DemoFacts:
    for path in (*(export.path for export in EXPORTS), *(workbook.path for workbook in WORKBOOKS)):
        (company / path).parent.mkdir(parents=True, exist_ok=True)
    # One thread a session and two sessions at a time: most tables are too small for DuckDB to share out one query.
    with duckdb.connect(":memory:", config={"threads": 1}) as connection, ThreadPoolExecutor(max_workers=2) as pool:
        for statement in _constants(seed, customers):
            connection.execute(statement)
        for group in _TRACKS:
            _all(pool, (partial(_run, connection, scripts) for scripts in group))
        _all(
            pool,
            (
                partial(_run, connection, ("90_facts",)),
                *(partial(_with_cursor, connection, write_workbook, workbook, company) for workbook in WORKBOOKS),
                *(partial(_with_cursor, connection, write_export, export, company) for export in EXPORTS),
            ),
        )
        facts = _facts(connection, folder, generation, seed, customers)
    (company / FACTS_FILE).write_text(facts.to_json(), encoding="utf-8")
    return facts


def _constants(seed: int, customers: int) -> Iterator[str]:
    """The company's parameters and dates as macros, which every session of the database sees."""
    yield f"CREATE MACRO seed() AS '{seed}'"
    yield f"CREATE MACRO customers() AS {customers}"
    yield f"CREATE MACRO zone() AS '{story.ZONE}'"
    for name, day in story.DATES.items():
        yield f"CREATE MACRO {name}() AS DATE '{day}'"


def _all(pool: ThreadPoolExecutor, tasks: Iterable[Callable[[], None]]) -> None:
    for future in [pool.submit(task) for task in tasks]:
        future.result()


def _run(connection: duckdb.DuckDBPyConnection, scripts: Iterable[str]) -> None:
    with connection.cursor() as session:
        for script in scripts:
            session.execute(files("demo").joinpath("sql", f"{script}.sql").read_text(encoding="utf-8"))


def _with_cursor(
    connection: duckdb.DuckDBPyConnection,
    writer: Callable[[duckdb.DuckDBPyConnection, File, Path], None],
    file: File,
    company: Path,
) -> None:
    with connection.cursor() as session:
        writer(session, file, company)


def _facts(
    connection: duckdb.DuckDBPyConnection, folder: Path, generation: str, seed: int, customers: int
) -> DemoFacts:
    return DemoFacts(
        folder=folder,
        generation=generation,
        seed=seed,
        customers=customers,
        timezone=story.ZONE,
        now=story.NOW,
        rows=dict(connection.execute("SELECT entity, n FROM entity_rows ORDER BY entity").fetchall()),
        quarantined=dict(connection.execute("SELECT entity, n FROM broken_rows ORDER BY entity").fetchall()),
        controls=tuple(control for key in CONTROLS if (control := _control(connection, key)) is not None),
        incidents=tuple(_incidents(connection, story.OPEN)),
        past_incidents=tuple(_incidents(connection, story.OVER)),
    )


def _control(connection: duckdb.DuckDBPyConnection, key: tuple[str, str, str, str, str]) -> Control | None:
    """The control of `key`, or None: in a small company not everything happens every week."""
    kpi, grain, _, segment_type, segment = key
    # Written out, because DuckDB imports pandas to look at parameters, which takes as long as all of this.
    row = connection.execute(
        "SELECT period_start, numerator, denominator, value FROM measured"
        " WHERE (kpi, grain, period_start::VARCHAR, segment_type, segment) = "
        f"({', '.join(_literal(part) for part in key)})"
    ).fetchone()
    if row is None:
        return None
    start, numerator, denominator, value = row
    return Control(
        kpi=kpi,
        grain=grain,
        period_start=start,
        segment_type=segment_type,
        segment=segment,
        numerator=numerator,
        denominator=None if denominator is None else Decimal(denominator),
        value=value,
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _incidents(connection: duckdb.DuckDBPyConnection, story_lines: Iterable[story.Expected]) -> Iterator[Incident]:
    for expected in story_lines:
        period = expected.period_start.isoformat()
        key = (expected.kpi, expected.grain, period, expected.segment_type, expected.segment)
        last = _control(connection, key)
        if last is not None:
            yield Incident(**asdict(expected), value=last.value)
