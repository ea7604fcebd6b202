"""Publishing as a use case: files change only when the tables, the alerts or the files themselves have changed."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.services.installation import Installation
from pipelines.services.publish import PublishReport, publish_tables
from pipelines.warehouse.build_record import BuildRecord, write_build_record

AS_OF = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)


def build(home: Path, value: float, at: datetime = AS_OF) -> None:
    """Writes the tables of a build with one KPI value."""
    path = home / "warehouse.duckdb"
    home.mkdir(exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema if not exists control")
        connection.execute("create or replace table control.run as select $1::timestamptz as as_of", [at])
        connection.execute(
            "create or replace table fct_kpi as select 'csat' as kpi, 'week' as grain,"
            " date '2025-12-29' as period_start, 'all' as segment_type, 'all' as segment, $1::double as value,"
            " $1::double as numerator, 1.0::double as denominator, true as is_complete, $2::timestamptz as computed_at",
            [value, at],
        )
    write_build_record(path, BuildRecord(f"build of {at}", "inputs", next_moment=None, passed_at=at))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    build(tmp_path / "var", 0.8)
    return tmp_path / "var"


Publish = Callable[[], PublishReport]


@pytest.fixture
def publish(tmp_path: Path, home: Path) -> Publish:
    settings = tmp_path / "settings.yaml"
    settings.write_text("company: {name: Company, timezone: Europe/Paris}\n", encoding="utf-8")

    def publish() -> PublishReport:
        return publish_tables(Installation(settings, home, AS_OF))

    return publish


def identities(home: Path) -> dict[str, tuple[int, int, int]]:
    """Returns what a change of a published file or folder would change."""
    paths = [home / "published", *(home / "published").rglob("*")]
    found = {str(path.relative_to(home)): path.stat() for path in paths}
    return {name: (facts.st_ino, facts.st_mtime_ns, facts.st_ctime_ns) for name, facts in found.items()}


def published_value(home: Path) -> float:
    with duckdb.connect(str(home / "published" / "kpi.duckdb"), read_only=True) as connection:
        [(value,)] = connection.execute("select value from fct_kpi").fetchall()
    return float(value)


def test_nothing_is_touched_if_nothing_has_changed(home: Path, publish: Publish) -> None:
    first = publish()
    assert first.is_new
    assert first.row_counts == {"fct_kpi": 1, "fct_kpi_revision": 1, "fct_alert": 0}
    before = identities(home)
    again = publish()
    assert not again.is_new
    assert again.row_counts == first.row_counts
    assert identities(home) == before


def test_a_new_build_is_published(home: Path, publish: Publish) -> None:
    publish()
    build(home, 0.7, AS_OF + timedelta(days=1))
    assert publish().is_new
    assert published_value(home) == 0.7
    assert not publish().is_new


@pytest.mark.parametrize(
    "name", ["kpi.duckdb", "parquet/fct_kpi/fct_kpi.parquet", "parquet/fct_alert/fct_alert.parquet"]
)
def test_a_deleted_file_is_published_again(home: Path, publish: Publish, name: str) -> None:
    publish()
    (home / "published" / name).unlink()
    assert publish().is_new
    assert (home / "published" / name).is_file()
    assert not publish().is_new


def test_a_replaced_file_is_published_again_even_with_the_same_size(home: Path, publish: Publish) -> None:
    publish()
    file = home / "published" / "kpi.duckdb"
    facts = file.stat()
    other = file.with_name("other")
    other.write_bytes(b"x" * facts.st_size)
    os.utime(other, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    other.replace(file)
    assert publish().is_new
    assert published_value(home) == 0.8


def test_a_changed_file_is_published_again(home: Path, publish: Publish) -> None:
    publish()
    writer = (
        "import os, sys, duckdb; connection = duckdb.connect(sys.argv[1]);"
        " connection.execute('update fct_kpi set value = 0'); os._exit(0)"
    )
    file = home / "published" / "kpi.duckdb"
    subprocess.run([sys.executable, "-c", writer, str(file)], check=True)
    assert file.with_name("kpi.duckdb.wal").exists()
    assert publish().is_new
    assert published_value(home) == 0.8
    assert not publish().is_new


def test_widened_rights_stay_and_are_no_reason_to_publish(home: Path, publish: Publish) -> None:
    publish()
    folder = home / "published"
    folder.chmod(0o750)
    (folder / "kpi.duckdb").chmod(0o640)
    assert not publish().is_new
    build(home, 0.7, AS_OF + timedelta(days=1))
    assert publish().is_new
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / "kpi.duckdb")] == [0o750, 0o640]


def test_a_home_below_an_odd_path_works(tmp_path: Path) -> None:
    folder = tmp_path / "50% [a]*{b};c=d it's"
    folder.mkdir()
    settings = folder / "settings.yaml"
    settings.write_text("company: {name: Company}\n", encoding="utf-8")
    build(folder / "var", 0.8)
    assert publish_tables(Installation(settings, folder / "var", AS_OF)).is_new
    assert published_value(folder / "var") == 0.8
