"""All models and KPIs from the raw tables, against one hand-written DuckDB script on the same Parquet files."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks import company
from benchmarks.figure import Figure, measured
from pipelines.services.build import prepare_build, record_success
from pipelines.services.ingest import ingest_source
from pipelines.services.installation import Installation
from pipelines.sources import open_source
from pipelines.storage.home import Home
from pipelines.transform.dbt import run_dbt

_SCRIPT = Path(__file__).with_name("build.sql")
_GOAL = "at most 1.5 times, plus the start-up of dbt"
_BUILD = ("build", "--exclude-resource-type", "unit_test")
# Sums of the same parts in another order differ in their last digits.
_DIFFERENCES = """
    SELECT count(*)
    FROM script.kpis AS expected
    FULL JOIN (
        SELECT * FROM main.fct_kpi
        WHERE
            kpi IN (SELECT kpi FROM script.kpis)
            -- The script has no order lines and no zeros of what did not happen; the share of all channels is 1.
            AND segment_type <> 'product_category' AND NOT (kpi = 'channel_share' AND segment_type = 'all')
    ) AS built USING (kpi, grain, period_start, segment_type, segment)
    WHERE
        CASE
            WHEN built.value IS NULL OR coalesce(built.numerator, built.value) = 0
                THEN coalesce(expected.numerator, 0) <> 0
            ELSE
                expected.numerator IS NULL
                OR abs(expected.numerator - coalesce(built.numerator, built.value)) > 1e-9 * abs(expected.numerator)
                OR expected.denominator IS DISTINCT FROM built.denominator
        END
"""


def figure(folder: Path, scale: float, repetitions: int) -> Figure:
    """Times the build of a company of this scale, tests of the tables included.

    Raises:
        RuntimeError: the two do not compute the same numbers, or the build fails.
    """
    company.write_extracts(folder, scale)
    home, script = folder / "home", folder / "script.duckdb"
    _first_pass(folder, home)

    def by_hand() -> None:
        script.unlink(missing_ok=True)
        _run_script(folder, script)

    found = measured(
        f"build at scale {scale:g}", lambda: _build(home), "a hand-written DuckDB script", by_hand, _GOAL, repetitions,
        is_of_children=True,
    )  # fmt: skip
    _compare(home / "warehouse.duckdb", script)
    return found


def figure_of_a_day(folder: Path, scale: float, repetitions: int) -> Figure:
    """Times the build after a further day, against a build from nothing of the same tables.

    Raises:
        RuntimeError: a build fails.
    """
    company.write_extracts(folder, scale)
    home = folder / "home"
    _first_pass(folder, home)
    days = iter(range(1, repetitions + 1))

    def another_day() -> None:
        number = next(days)
        company.write_day(folder, scale, number)
        as_of = datetime.fromisoformat(company.AS_OF) + timedelta(days=number)
        installation = Installation(folder / "settings.yaml", home, as_of)
        [source] = installation.settings().sources
        ingest_source(installation, source, [stream.name for stream in open_source(source).streams()])
        prepare_build(installation)

    def extend() -> None:
        _build(home)
        record_success(Home(home), datetime.now(UTC))

    return measured(
        f"a day's increment at scale {scale:g}", extend, "a build from nothing", lambda: _build(home, "--full-refresh"),
        "at most 5 %", repetitions, is_of_children=True, before=another_day,
    )  # fmt: skip


def _first_pass(folder: Path, home: Path) -> None:
    subprocess.run(  # noqa: S603 - our own program
        [
            str(Path(sys.executable).with_name("vigie")), "run",
            "--settings", str(folder / "settings.yaml"), "--home", str(home), "--as-of", company.AS_OF,
        ],
        env={**os.environ, "DO_NOT_TRACK": "1"}, check=True, capture_output=True,
    )  # fmt: skip


def _build(home: Path, *options: str) -> None:
    result = run_dbt(
        [*_BUILD, *options],
        home / "dbt",
        environment={"VIGIE_DBT_FOLDER": str(home), "VIGIE_TIMEZONE": company.TIMEZONE},
    )
    if result.returncode:
        raise RuntimeError(result.output)


def _run_script(folder: Path, database: Path) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"SET TimeZone = '{company.TIMEZONE}'; SET preserve_insertion_order = false")
        connection.execute("SET file_search_path = $folder", {"folder": str(folder)})
        connection.execute(_SCRIPT.read_text(encoding="utf-8").replace("$as_of", f"'{company.AS_OF}'"))


def _compare(warehouse: Path, script: Path) -> None:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute(f"ATTACH '{script}' AS script (READ_ONLY)")
        row = connection.execute(_DIFFERENCES).fetchone()
    if row is None or row[0]:
        raise RuntimeError(f"{row and row[0]} rows of fct_kpi differ from what the script computes")
