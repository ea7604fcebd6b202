"""A company whose extracts grow from pass to pass has the tables of one that loads them all at once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
import pytest

from benchmarks import company
from tests.acceptance.vigie_run import run_vigie

pytestmark = pytest.mark.acceptance

SETTINGS = """
company: {name: Increments, timezone: Europe/Paris, currency: EUR}
sources:
  - name: systems
    type: files
    tables:
      - {entity: customer, path: customer-*.parquet, mode: snapshot}
      - {entity: order, path: order-*.parquet}
      - {entity: ticket, path: ticket-*.parquet, keep_latest_by: updated_at}
      - {entity: interaction, path: interaction-*.parquet}
      - {entity: email_event, path: email_event-*.parquet}
"""
FIRST = datetime.fromisoformat(company.AS_OF).astimezone(ZoneInfo(company.TIMEZONE))
# What is not of the data: when it was loaded, and by which load.
OF_THE_RUN = {"fct_load", "fct_load_quality"}


def deliveries(frames: dict[str, pd.DataFrame], passes: int) -> Iterator[dict[str, pd.DataFrame]]:
    """Yields what arrives before each pass: most of it at first, then new and late rows, corrections and snapshots."""
    random = np.random.default_rng(5)
    arrives = {
        name: np.where(random.random(len(frame)) < 0.9, 0, random.integers(1, passes, len(frame)))
        for name, frame in frames.items()
    }
    for number in range(passes):
        arrived = {name: frame[arrives[name] == number] for name, frame in frames.items() if name != "customer"}
        # A full copy has everybody but some, who were deleted.
        is_kept = random.random(len(frames["customer"])) < 0.99
        arrived["customer"] = frames["customer"][is_kept & (arrives["customer"] <= number)]
        if number:
            solved = frames["ticket"].sample(40, random_state=number)
            moment = pd.Timestamp(FIRST + timedelta(days=number, hours=-2)).tz_convert("UTC")
            # One in two is of a moment that has not come yet.
            later = moment + pd.to_timedelta(np.arange(40) % 2 * 30, unit="h")
            solved = solved.assign(status="solved", resolved_at=later, updated_at=later)
            arrived["ticket"] = pd.concat([arrived["ticket"], solved]).drop_duplicates(["ticket_id", "updated_at"])
        yield arrived


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("extracts")
    company.write_extracts(folder, 0.02)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return {
            name: connection.execute(
                f"FROM read_parquet('{folder}/{name}{'/*' if name == 'email_event' else ''}.parquet')"
            ).df()
            for name in ("customer", "order", "ticket", "interaction", "email_event")
        }


def test_the_tables_are_those_of_a_build_from_nothing(frames: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    settings, home = tmp_path / "settings.yaml", tmp_path / "home"
    settings.write_text(SETTINGS, encoding="utf-8")
    for number, arrived in enumerate(deliveries(frames, 3)):
        for name, frame in arrived.items():
            frame.to_parquet(tmp_path / f"{name}-{number}.parquet", index=False)
        as_of = FIRST + timedelta(days=number)
        run_vigie(settings, home, as_of)
        assert number == 0 or extended_entities(home) == {"order", "ticket", "interaction", "email_event"}
        fresh = tmp_path / f"fresh-{number}"
        run_vigie(settings, fresh, as_of)
        assert differences(home, fresh) == []


def extended_entities(home: Path) -> set[str]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return {name for (name,) in connection.execute("SELECT DISTINCT entity FROM control.increment").fetchall()}


def differences(one: Path, other: Path) -> list[tuple[str, int]]:
    """Returns the tables that differ, with the number of their rows that only one of the homes has."""
    found = []
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{one}/warehouse.duckdb' AS one (READ_ONLY)")
        connection.execute(f"ATTACH '{other}/warehouse.duckdb' AS other (READ_ONLY)")
        tables = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
            " WHERE database_name = 'other' AND schema_name IN ('canonical', 'main', 'intermediate')"
        ).fetchall()
        for (table,) in tables:
            if table.partition(".")[2] in OF_THE_RUN:
                continue
            [(rows,)] = connection.execute(
                f"SELECT count(*) FROM ((FROM one.{table} EXCEPT ALL FROM other.{table})"
                f" UNION ALL (FROM other.{table} EXCEPT ALL FROM one.{table}))"
            ).fetchall()
            if rows:
                found.append((table, rows))
    return found
