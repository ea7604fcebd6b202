"""When a source that says nothing of how often it delivers has gone quiet, and above all when it has not."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.raw import Load, LoadedFile
from pipelines.sources.rhythm import FEWEST, deliveries, rhythm_of, silence_problem, unusual_silence

MONDAY = date(2025, 1, 6)
DAY = timedelta(days=1)
NOON = datetime(2025, 1, 6, 12, tzinfo=UTC)
Days = list[date]


def alarms(days: Days) -> Days:
    """The days on which a source that delivered on `days`, and on no other, would have been called quiet."""
    found = []
    for before, after in pairwise(sorted(days)):
        known = [day for day in days if day <= before]
        # On the day of the next delivery it has not come yet.
        found += [
            before + number * DAY
            for number in range(1, (after - before).days + 1)
            if unusual_silence(known, before + number * DAY)
        ]
    return found


def daily(number: int, *, without: tuple[date, ...] = ()) -> Days:
    return [day for day in (MONDAY + n * DAY for n in range(number)) if day not in without]


def working_days(number: int, *, without: tuple[date, ...] = ()) -> Days:
    return [day for day in daily(number, without=without) if day.weekday() < 5]


def test_a_daily_source_is_quiet_after_three_days_without_a_delivery() -> None:
    days = daily(20)
    last = days[-1]
    assert [unusual_silence(days, last + n * DAY) is not None for n in range(6)] == [
        False, False, False, False, True, True,
    ]  # fmt: skip


def test_a_weekend_is_no_silence_and_three_working_days_are() -> None:
    days = working_days(26)
    friday = days[-1]
    assert friday.weekday() == 4
    quiet = [(friday + n * DAY).strftime("%a") for n in range(8) if unusual_silence(days, friday + n * DAY)]
    # Monday, Tuesday and Wednesday went by.
    assert quiet == ["Thu", "Fri"]


def test_holidays_are_no_silence() -> None:
    easter = (date(2025, 4, 18), date(2025, 4, 21), date(2025, 5, 1), date(2025, 5, 8), date(2025, 5, 9))
    assert alarms(working_days(365, without=easter)) == []


@pytest.mark.parametrize(
    ("step", "first", "days_until_quiet"), [(7, 15, 22), (14, 15, 43), (30, 15, 91)], ids=["week", "fortnight", "month"]
)
def test_a_rarer_source_is_quiet_after_three_usual_gaps(step: int, first: int, days_until_quiet: int) -> None:
    days = [MONDAY + n * step * DAY for n in range(first)]
    assert alarms(days) == []
    assert unusual_silence(days, days[-1] + (days_until_quiet - 1) * DAY) is None
    assert unusual_silence(days, days[-1] + (days_until_quiet + 7) * DAY) is not None


@pytest.mark.parametrize("number", range(FEWEST + 1))
def test_of_few_deliveries_nothing_is_known(number: int) -> None:
    assert unusual_silence(daily(number), date(2099, 1, 1)) is None


def loads(*moments: tuple[datetime, datetime]) -> list[Load]:
    """Loads by when they were made, and when their file appeared."""
    made = Load(load_id="", source="shop", stream="order", sequence=1, rows=1, loaded_at=NOON, loaded_until=NOON)
    return [
        replace(made, loaded_at=loaded, files=(LoadedFile("orders.csv", 1, "0", arrived),))
        for loaded, arrived in moments
    ]


def test_a_one_off_import_of_years_of_files_is_one_delivery() -> None:
    imported = loads(*((NOON, NOON - n * DAY) for n in range(1_000)))
    assert deliveries(imported) == [NOON]
    # A backfill in several passes of one day, with the times of the files, ends in one rhythm at most: that of the files.
    in_passes = loads(*((NOON + n * timedelta(minutes=10), NOON - 300 * DAY) for n in range(30)))
    assert {each.date() for each in deliveries(in_passes)} == {(NOON - 300 * DAY).date()}


def test_a_backfill_before_regular_deliveries_does_not_count() -> None:
    made = loads(
        *((NOON, NOON - n * DAY) for n in range(500)), *((NOON + n * DAY, NOON + n * DAY) for n in range(1, 9))
    )
    days = [each.date() for each in deliveries(made)]
    assert len(days) == 9
    assert unusual_silence(days, date(2026, 1, 1)) is None


def test_what_is_loaded_from_a_service_counts_by_its_load() -> None:
    made = [replace(load, files=()) for load in loads(*((NOON + n * DAY, NOON) for n in range(3)))]
    assert deliveries(made) == [NOON, NOON + DAY, NOON + 2 * DAY]


def test_a_replay_of_the_past_is_not_quiet() -> None:
    assert unusual_silence(daily(50), MONDAY) is None


def test_the_words_say_since_when_and_what_to_do() -> None:
    found = rhythm_of(working_days(60))
    assert found is not None
    assert silence_problem(found, "Friday 7 March 2025, 09:00") == (
        "nothing new has come since Friday 7 March 2025, 09:00, and the last 30 times something came within 3 days: find"
        " out whether the system still exports; if this is as it should be, set expect_every to how often it delivers,"
        " or to never"
    )


def walk(gap: Callable[[random.Random], float], seed: int, number: int = 120) -> Days:
    """Days of deliveries with random gaps."""
    chance, at, days = random.Random(seed), 0.0, []
    for _ in range(number):
        at += gap(chance)
        days.append(MONDAY + int(at) * DAY)
    return sorted(set(days))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_a_weekly_delivery_that_comes_a_day_early_or_late_is_never_quiet(seed: int) -> None:
    chance = random.Random(seed)
    assert alarms([MONDAY + (7 * n + chance.choice((0, 0, 0, 1, 2))) * DAY for n in range(1, 80)]) == []


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.booleans())
def test_a_delivery_that_misses_a_day_now_and_then_is_never_quiet(seed: int, on_weekends: bool) -> None:
    chance = random.Random(seed)
    days = daily(300) if on_weekends else working_days(400)
    missed = {day for day in days if chance.random() < 0.05}
    # Two in a row, as at Christmas; three would be a silence.
    kept = [day for day in days if day not in missed or {day - DAY, day - 3 * DAY} & missed]
    assert alarms(kept) == []


@pytest.mark.parametrize("kind", ["by chance", "in bursts"])
def test_deliveries_without_a_rule_are_called_quiet_once_in_thousands(kind: str) -> None:
    """Even these look regular for a while, now and then; a gap must then be three times as long as nine in ten."""
    silences = number = 0
    for mean in (0.5, 1, 2, 3, 5, 8, 13):
        for seed in range(30):

            def gap(chance: random.Random, mean: float = mean) -> float:
                return chance.expovariate(1 / mean) if kind == "by chance" else chance.lognormvariate(0, 1.2) * mean

            days = walk(gap, seed)
            number += len(days)
            silences += sum(unusual_silence(days[:known], days[known]) is not None for known in range(1, len(days)))
    assert silences <= number / 5_000


@settings(max_examples=60, deadline=None)
@given(st.sets(st.dates(date(2024, 1, 1), date(2025, 6, 30)), max_size=80), st.integers(0, 400))
def test_a_silence_lasts_until_the_next_delivery_and_one_that_comes_ends_it(given_days: set[date], later: int) -> None:
    days = sorted(given_days)
    today = date(2025, 6, 30) + later * DAY
    if unusual_silence(days, today):
        assert unusual_silence(days, today + 30 * DAY)
        assert unusual_silence([*days, today], today) is None
        assert unusual_silence(days, days[-1] + DAY) is None
