"""The sensor `exports_due` starts each export once a tick of its schedule."""

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.services.build import record_start
from pipelines.warehouse.build_record import BuildRecord, write_build_record
from tests.orchestration.company import SETTINGS
from tests.orchestration.daemon import Daemon

NOW = datetime(2025, 11, 3, 7, 0, tzinfo=UTC)


def due_ticks(daemon: Daemon, moment: datetime) -> list[str]:
    """Returns the ticks for which an export is requested at a moment."""
    daemon.set_time(moment)
    requests, _ = daemon.tick("exports_due")
    assert {request.job_name for request in requests} <= {"export_weekly"}
    return [(request.run_key or "").removeprefix("weekly-").rpartition("-")[0] for request in requests]


def record_export(daemon: Daemon, tick: datetime) -> None:
    with daemon.vigie.installation().ledger() as ledger:
        ledger.record_export("weekly", tick, written_at=tick, path="weekly.csv", rows=0, sha256="")


@pytest.fixture
def exporter(daemon: Daemon) -> Daemon:
    """Returns the daemon of a company whose tables have been built."""
    home = daemon.vigie.installation().home
    write_build_record(home.warehouse, BuildRecord("build", "inputs", next_moment=None, passed_at=NOW))
    return daemon


def test_an_export_is_due_once_a_tick(exporter: Daemon) -> None:
    # Mondays at 07:00 in Paris; before that, the tick of the week before is due.
    first, second = datetime(2025, 11, 3, 6, tzinfo=UTC), datetime(2025, 11, 10, 6, tzinfo=UTC)
    assert due_ticks(exporter, first) == [first.isoformat()]
    record_export(exporter, first)
    assert due_ticks(exporter, first + timedelta(hours=1)) == []
    assert due_ticks(exporter, second - timedelta(seconds=1)) == []
    assert due_ticks(exporter, second) == [second.isoformat()]


def test_after_missed_ticks_only_the_latest_is_due(exporter: Daemon) -> None:
    record_export(exporter, datetime(2025, 11, 3, 6, tzinfo=UTC))
    assert due_ticks(exporter, datetime(2025, 12, 2, 12, tzinfo=UTC)) == ["2025-12-01T06:00:00+00:00"]


@pytest.mark.parametrize(
    ("schedule", "before", "after"),
    [
        # Spring: 02:30 does not exist on 29 March 2026; the clocks change from 02:00 to 03:00 at 01:00 UTC.
        ("30 2 * * *", datetime(2026, 3, 28, 1, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        # Autumn: 02:30 occurs twice on 25 October 2026; the first one counts.
        ("30 2 * * *", datetime(2026, 10, 24, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        # 07:00 exists once on every day.
        ("0 7 * * *", datetime(2026, 3, 28, 6, 0, tzinfo=UTC), datetime(2026, 3, 29, 5, 0, tzinfo=UTC)),
    ],
)
def test_a_change_of_the_clocks_neither_drops_nor_repeats_a_tick(
    exporter: Daemon, schedule: str, before: datetime, after: datetime
) -> None:
    exporter.company.write_settings(SETTINGS.replace("0 7 * * 1", schedule))
    minute = timedelta(minutes=1)
    assert due_ticks(exporter, after - minute) == [before.isoformat()]
    record_export(exporter, before)
    assert due_ticks(exporter, after - minute) == []
    assert due_ticks(exporter, after) == [after.isoformat()]
    record_export(exporter, after)
    # During the hour that occurs twice, and the next one.
    assert [due_ticks(exporter, after + timedelta(minutes=later)) for later in (0, 30, 60, 90, 120)] == [[]] * 5


def test_a_failed_export_is_requested_again_in_the_next_hour(exporter: Daemon) -> None:
    """Dagster starts one run for a run key, even if that run fails: the key contains the hour."""
    exporter.set_time(NOW)
    hours = {f"{datetime.now(UTC):%Y%m%dT%H}"}
    [request], _ = exporter.tick("exports_due")
    hours.add(f"{datetime.now(UTC):%Y%m%dT%H}")
    assert (request.run_key or "").rpartition("-")[2] in hours


def test_no_export_is_due_before_the_first_build(daemon: Daemon) -> None:
    assert due_ticks(daemon, NOW) == []


def test_no_export_is_due_while_tables_are_being_built(exporter: Daemon) -> None:
    assert len(due_ticks(exporter, NOW)) == 1
    home = exporter.vigie.installation().home
    with home.lock():
        record_start(home)
    assert due_ticks(exporter, NOW) == []
