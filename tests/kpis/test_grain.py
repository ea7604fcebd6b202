"""The arithmetic of periods."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.kpis import GRAINS, Grain, next_period, previous_period, same_period_last_year


@pytest.mark.parametrize(
    ("grain", "start", "following"),
    [
        ("day", date(2024, 2, 28), date(2024, 2, 29)),
        ("week", date(2024, 12, 30), date(2025, 1, 6)),
        ("month", date(2024, 12, 1), date(2025, 1, 1)),
        ("quarter", date(2024, 7, 1), date(2024, 10, 1)),
        ("quarter", date(2024, 10, 1), date(2025, 1, 1)),
        ("year", date(2024, 1, 1), date(2025, 1, 1)),
    ],
)
def test_the_next_period(grain: Grain, start: date, following: date) -> None:
    assert next_period(grain, start) == following


@given(st.sampled_from(GRAINS), st.integers(1, 500))
def test_periods_never_overlap(grain: Grain, count: int) -> None:
    shortest = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}[grain]
    longest = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[grain]
    start = date(2024, 1, 1)
    for _ in range(count):
        following = next_period(grain, start)
        assert shortest <= (following - start).days <= longest
        assert previous_period(grain, following) == start
        start = following


@pytest.mark.parametrize(
    ("grain", "start", "year_before"),
    [
        ("day", date(2024, 2, 29), date(2023, 2, 28)),
        ("day", date(2025, 3, 1), date(2024, 3, 1)),
        ("week", date(2026, 1, 5), date(2025, 1, 6)),
        ("month", date(2025, 1, 1), date(2024, 1, 1)),
        ("quarter", date(2025, 10, 1), date(2024, 10, 1)),
        ("year", date(2025, 1, 1), date(2024, 1, 1)),
    ],
)
def test_the_same_period_last_year(grain: Grain, start: date, year_before: date) -> None:
    assert same_period_last_year(grain, start) == year_before
