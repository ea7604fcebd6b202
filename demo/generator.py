"""Generates the demo company: its tables in DuckDB, then the files that its systems export."""

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

from demo import scenario
from demo.exports import EXPORTS, WORKBOOKS, write_export, write_workbook
from demo.facts import ControlValue, DemoFacts, Incident
from demo.scenario import PlannedIncident
from pipelines.storage.sql import literal

SEED = 2023
CUSTOMERS = 5000
# With fewer customers, some countries, teams or queues would be empty.
FEWEST_CUSTOMERS = 100

FACTS_FILE = "facts.json"

File = TypeVar("File")

# The keys of `DemoFacts.control_values`: kpi, grain, start of the period, dimension, segment.
CONTROL_KEYS: tuple[tuple[str, str, str, str, str], ...] = (
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

# Scripts by stage and session. The sessions of a stage run in parallel and need the results of earlier stages only.
_STAGES: tuple[tuple[tuple[str, ...], ...], ...] = (
    (("00_random", "10_calendar", "20_people"),),
    (("30_shop", "50_marketing"), ("40_support", "60_surveys")),
    (("70_invalid", "80_exports"),),
)


class DemoError(Exception):
    """The company cannot be written; the message says why."""


def write(folder: Path, *, seed: int = SEED, customers: int = CUSTOMERS) -> DemoFacts:
    """Writes the company's files to `folder`, unless it already has the same files, and returns the company's facts.

    The folder is replaced as a whole. The size of all tables grows with the number of `customers`. The same `seed` and
    `customers` give the same bytes.

    Raises:
        DemoError: `folder` has files that are not a demo company, or there are too few customers.
    """
    if customers < FEWEST_CUSTOMERS:
        raise DemoError(f"{customers} customers are too few: use at least {FEWEST_CUSTOMERS}")
    generation = f"{_generator_digest()}-{seed}-{customers}"
    facts = _existing_facts(folder)
    if facts is not None and facts.generation == generation:
        return facts
    if folder.exists() and any(folder.iterdir()) and not (folder / FACTS_FILE).is_file():
        raise DemoError(f"{folder} has files that are not a demo company; use an empty folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".demo-", dir=folder.parent))
    try:
        facts = _generate(temporary / "company", folder, generation, seed, customers)
        if folder.exists():
            folder.rename(temporary / "previous")
        (temporary / "company").rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return facts


@cache
def _generator_digest() -> str:
    """Returns a digest of the generator's code, so that every change of the code gives a new generation."""
    digest = hashlib.sha256()
    package = files("demo")
    for entry in sorted((*package.iterdir(), *package.joinpath("sql").iterdir()), key=lambda entry: entry.name):
        if entry.name.endswith((".py", ".sql")):
            digest.update(entry.read_bytes())
    return digest.hexdigest()[:16]


def _existing_facts(folder: Path) -> DemoFacts | None:
    """Returns the facts of the company in `folder`, or None if there are none that this version can read."""
    try:
        return DemoFacts.from_json((folder / FACTS_FILE).read_text(encoding="utf-8"), folder)
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError):
        return None


def _generate(company: Path, folder: Path, generation: str, seed: int, customers: int) -> DemoFacts:
    for path in (*(export.path for export in EXPORTS), *(workbook.path for workbook in WORKBOOKS)):
        (company / path).parent.mkdir(parents=True, exist_ok=True)
    # Two sessions with one thread each: most tables are too small for DuckDB to run one query on several threads.
    with duckdb.connect(":memory:", config={"threads": 1}) as connection, ThreadPoolExecutor(max_workers=2) as pool:
        for statement in _constants(seed, customers):
            connection.execute(statement)
        for sessions in _STAGES:
            _run_all(pool, (partial(_run_scripts, connection, scripts) for scripts in sessions))
        _run_all(
            pool,
            (
                partial(_run_scripts, connection, ("90_facts",)),
                *(partial(_with_cursor, connection, write_workbook, workbook, company) for workbook in WORKBOOKS),
                *(partial(_with_cursor, connection, write_export, export, company) for export in EXPORTS),
            ),
        )
        facts = _facts(connection, folder, generation, seed, customers)
    (company / FACTS_FILE).write_text(facts.to_json(), encoding="utf-8")
    return facts


def _constants(seed: int, customers: int) -> Iterator[str]:
    """Yields statements that create the parameters and dates as macros, which all sessions of the database share."""
    yield f"CREATE MACRO seed() AS '{seed}'"
    yield f"CREATE MACRO customers() AS {customers}"
    yield f"CREATE MACRO zone() AS '{scenario.ZONE}'"
    for name, day in scenario.DATES.items():
        yield f"CREATE MACRO {name}() AS DATE '{day}'"


def _run_all(pool: ThreadPoolExecutor, tasks: Iterable[Callable[[], None]]) -> None:
    for future in [pool.submit(task) for task in tasks]:
        future.result()


def _run_scripts(connection: duckdb.DuckDBPyConnection, scripts: Iterable[str]) -> None:
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
        timezone=scenario.ZONE,
        now=scenario.NOW,
        rows=dict(connection.execute("SELECT entity, n FROM entity_rows ORDER BY entity").fetchall()),
        quarantined=dict(connection.execute("SELECT entity, n FROM invalid_rows ORDER BY entity").fetchall()),
        control_values=tuple(
            control for key in CONTROL_KEYS if (control := _control_value(connection, key)) is not None
        ),
        open_incidents=tuple(_incidents(connection, scenario.OPEN_INCIDENTS)),
        resolved_incidents=tuple(_incidents(connection, scenario.RESOLVED_INCIDENTS)),
    )


def _control_value(connection: duckdb.DuckDBPyConnection, key: tuple[str, str, str, str, str]) -> ControlValue | None:
    """Returns the control value of `key`, or None if a small company has no data in that period."""
    kpi, grain, _, segment_type, segment = key
    # Literals instead of parameters: DuckDB imports pandas to bind parameters, which doubles the run time.
    row = connection.execute(
        "SELECT period_start, numerator, denominator, value FROM measured"
        " WHERE (kpi, grain, period_start::VARCHAR, segment_type, segment) = "
        f"({', '.join(map(literal, key))})"
    ).fetchone()
    if row is None:
        return None
    start, numerator, denominator, value = row
    return ControlValue(
        kpi=kpi,
        grain=grain,
        period_start=start,
        segment_type=segment_type,
        segment=segment,
        numerator=numerator,
        denominator=None if denominator is None else Decimal(denominator),
        value=value,
    )


def _incidents(connection: duckdb.DuckDBPyConnection, planned: Iterable[PlannedIncident]) -> Iterator[Incident]:
    for incident in planned:
        period = incident.period_start.isoformat()
        last = _control_value(
            connection, (incident.kpi, incident.grain, period, incident.segment_type, incident.segment)
        )
        if last is not None:
            yield Incident(**asdict(incident), value=last.value)
