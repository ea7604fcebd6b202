"""A source that stops without a failure and without `expect_every` in its settings: found, held, reported, and over."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.notify.translations.reasons import reason_in_french
from pipelines.services.ingest import ingest_source, silence_of
from pipelines.services.installation import Installation
from pipelines.sources import open_source

FIRST = datetime(2025, 3, 3, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SETTINGS = """
company: {name: Lumen, timezone: Europe/Paris}
sources:
  - {name: shop, type: files, MORE tables: [{entity: order, path: "orders-*.csv"}]}
channels:
  operators: {type: file, path: operators.jsonl}
"""


def installed(folder: Path, at: datetime, more: str = "") -> Installation:
    (folder / "settings.yaml").write_text(SETTINGS.replace("MORE", more), encoding="utf-8")
    return Installation(folder / "settings.yaml", folder / "var", at)


def write(folder: Path, at: datetime) -> None:
    path = folder / f"orders-{at:%Y%m%d}.csv"
    path.write_text(f"order_id,customer_id,ordered_at,amount\n{at:%j},c,{at:%Y-%m-%d},2\n", encoding="utf-8")
    os.utime(path, (at.timestamp(), at.timestamp()))


def reason(folder: Path, at: datetime, more: str = "") -> str | None:
    """Ingests at a moment; returns why the source is not well."""
    installation = installed(folder, at, more)
    [source] = installation.settings().sources
    [result] = ingest_source(installation, source, ["order"])
    assert result.reason is None
    return result.source_reason


def outbox(folder: Path) -> list[str]:
    with installed(folder, FIRST).ledger() as ledger:
        return [each.item.record["title"] for each in ledger.undelivered(datetime.now(UTC))]


def test_a_source_that_delivered_every_working_day_and_stops(tmp_path: Path) -> None:
    days = [FIRST + number * DAY for number in range(26) if (FIRST + number * DAY).weekday() < 5]
    for day in days:
        write(tmp_path, day)
        assert reason(tmp_path, day) is None
    friday = days[-1]
    # On Monday morning, and on Wednesday evening, it may still come.
    for number in (1, 3, 5):
        assert reason(tmp_path, friday + number * DAY) is None
    for number in (6, 7):
        problem = reason(tmp_path, friday + number * DAY)
        assert problem is not None
        assert problem.startswith(
            "nothing new has come since Friday 28 March 2025, 07:00, and the last 19 times something came within 3 days:"
        )
        assert (reason_in_french(problem) or "").startswith("rien de nouveau depuis Friday 28 March 2025, 07:00, alors")
    assert outbox(tmp_path) == ["Failure: Source shop failed"]
    # Its KPIs count as loaded up to then.
    installation = installed(tmp_path, friday + 7 * DAY)
    silence = silence_of(installation, open_source(installation.settings().sources[0]))
    assert silence is not None
    assert silence.since == friday

    # The operator may say how often it is, or that nothing is expected.
    assert reason(tmp_path, friday + 7 * DAY, "expect_every: 30d,") is None
    assert reason(tmp_path, friday + 700 * DAY, "expect_every: never,") is None
    assert reason(tmp_path, friday + 7 * DAY) is not None
    write(tmp_path, friday + 8 * DAY)
    assert reason(tmp_path, friday + 8 * DAY) is None
    assert [title.partition(" after")[0] for title in outbox(tmp_path)][-1] == "Recovered: Source shop works again"


def test_an_import_of_years_of_files_expects_nothing(tmp_path: Path) -> None:
    for number in range(60):
        write(tmp_path, FIRST + number * DAY)
    for later in (60, 90, 900):
        assert reason(tmp_path, FIRST + later * DAY) is None
    assert outbox(tmp_path) == []


@pytest.mark.parametrize("written", ["expect_every: sometimes,", "expect_every: 0,", "expect_every: -1d,"])
def test_other_words_are_refused(tmp_path: Path, written: str) -> None:
    with pytest.raises(Exception, match="expect_every"):
        installed(tmp_path, FIRST, written).settings()
