"""When a source is not well: it is quiet for too long, or too many of its rows are rejected."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.raw import Load, LoadedFile
from pipelines.sources import SourceSettings
from pipelines.sources.health import quarantine_problems, quiet_problem, quiet_since, rejects_too_many, well_until
from pipelines.watch.amount import Amount

NOW = datetime(2025, 11, 10, 7, tzinfo=UTC)
DAY = timedelta(days=1)


def load(
    sequence: int = 1, *, rows: int = 100, quarantined: int = 0, arrived: datetime | None = None, loaded: datetime = NOW
) -> Load:
    file = LoadedFile(f"extracts/orders-{sequence}.csv", 1, "0", arrived or loaded)
    return Load(
        load_id=str(sequence),
        source="shop",
        stream="order",
        sequence=sequence,
        rows=rows,
        quarantined=quarantined,
        loaded_at=loaded,
        loaded_until=loaded,
        files=(file,),
    )


def settings(**given: Any) -> SourceSettings:
    return SourceSettings.model_validate({"name": "shop", "type": "files", **given})


def test_a_source_is_quiet_when_its_newest_file_is_older_than_expected() -> None:
    loads = [load(1, arrived=NOW - 3 * DAY), load(2, arrived=NOW - 2 * DAY)]
    assert quiet_since(settings(expect_every="2d"), loads, NOW) is None
    # What counts is when the file appeared, not when it was loaded.
    assert quiet_since(settings(expect_every="2d"), loads, NOW + timedelta(seconds=1)) == NOW - 2 * DAY


def test_what_no_file_brought_counts_from_its_load() -> None:
    fetched = replace(load(loaded=NOW - 2 * DAY), files=())
    assert quiet_since(settings(expect_every="36h"), [fetched], NOW) == NOW - 2 * DAY


def test_nothing_is_expected_unless_the_settings_do_and_of_a_source_that_never_delivered() -> None:
    assert quiet_since(settings(), [load(arrived=NOW - 999 * DAY)], NOW) is None
    assert quiet_since(settings(expect_every="1d"), [], NOW) is None
    # Known content that was delivered again is a sign of life.
    old = [load(arrived=NOW - 9 * DAY)]
    assert quiet_since(settings(expect_every="2d"), old, NOW, [NOW - 2 * DAY]) is None
    assert quiet_since(settings(expect_every="1d"), old, NOW, [NOW - 2 * DAY]) == NOW - 2 * DAY


def test_a_replay_of_the_past_is_not_quiet() -> None:
    assert quiet_since(settings(expect_every="1d"), [load(arrived=NOW + 99 * DAY)], NOW) is None


def test_the_words_for_a_quiet_source_give_the_time_the_limit_and_the_remedy() -> None:
    assert quiet_problem(timedelta(hours=36), "Monday 3 November 2025, 07:00") == (
        "nothing new has come since Monday 3 November 2025, 07:00, and something was expected within 36h: find out"
        " whether the system still exports; if it does so less often now, change expect_every"
    )


@pytest.mark.parametrize(
    ("bound", "rows", "quarantined", "expected"),
    [
        (None, 0, 10, False),
        (None, 0, 11, True),
        (None, 80, 20, False),
        (None, 79, 21, True),
        ("5%", 95, 5, False),
        ("5%", 94, 6, True),
        ("100%", 0, 50, False),
        (0, 100, 0, False),
        (0, 100, 1, True),
        (50, 0, 50, False),
        (50, 1_000_000, 51, True),
    ],
)
def test_how_many_rows_may_be_rejected(bound: object, rows: int, quarantined: int, expected: bool) -> None:
    amount = None if bound is None else Amount.read(bound)
    assert rejects_too_many(amount, load(rows=rows, quarantined=quarantined)) is expected


def test_the_words_for_rejected_rows_name_the_first_loads() -> None:
    loads = [load(1), *(load(sequence, rows=60, quarantined=40) for sequence in range(2, 7))]
    problems = quarantine_problems(settings(), loads)
    assert problems[0] == (
        "40 of 100 rows of orders-2.csv were rejected, more than max_quarantined allows (20%): the quarantine has the"
        " rows and the reasons; correct the export or the settings, or accept it with a higher max_quarantined"
    )
    assert problems[3:] == ["and 2 more loads of which too many rows were rejected"]
    assert quarantine_problems(settings(max_quarantined="40%"), loads) == []


def test_data_counts_as_loaded_up_to_when_its_source_was_well() -> None:
    good, bad, later = (
        load(1, loaded=NOW - 2 * DAY),
        load(2, loaded=NOW - DAY, rows=50, quarantined=50),
        load(3, loaded=NOW),
    )

    def until(*loads: Load, arrived: datetime | None = None, **given: Any) -> datetime | None:
        return well_until(settings(**given), NOW, loads=[good, *loads], in_force=loads or [good], arrived=arrived)

    assert until() == NOW
    # What came after the bad load does not make up for it.
    assert until(bad, later) == NOW - 2 * DAY
    assert until(bad, later, max_quarantined="50%") == NOW
    assert until(later) == NOW
    # A replay reads everything at once, long after it appeared.
    old = load(1, arrived=NOW - 3 * DAY)
    assert well_until(settings(), NOW, loads=[old, bad], in_force=[old, bad], arrived=None) == NOW - 3 * DAY
    assert until(arrived=NOW - DAY) == NOW - DAY
    assert well_until(settings(), NOW, loads=[bad], in_force=[bad], arrived=None) is None
    assert well_until(settings(), None, loads=[], in_force=[], arrived=None) is None


@pytest.mark.parametrize("bound", ["2h", -1, "101%"])
def test_a_bound_that_makes_no_sense_is_refused(bound: object) -> None:
    with pytest.raises(ValidationError, match="neither a share such as 20% nor a number of rows such as 50"):
        settings(max_quarantined=bound)


@pytest.mark.parametrize("expected", ["30%", "0d", 7])
def test_an_expectation_is_a_length_of_time(expected: object) -> None:
    with pytest.raises(ValidationError, match="write how long, such as 30d or 12h"):
        settings(expect_every=expected)
