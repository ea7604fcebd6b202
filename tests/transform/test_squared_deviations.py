"""The spread of a measure, from which the interval of its mean follows, is exact however its rows are added up."""

import math
from fractions import Fraction

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transform.dbt_rendering import render_sql

# The rows are summed by day and the days by period, as in `roll_up`.
TEMPLATE = """
with daily as (
    select day, {{ spread_sums('amount', 'value') }}
    from rows group by day
),
summed as (
    select
        sum(amount_millionths) as amount_millionths, sum(amount_squares) as amount_squares,
        sum(amount_count) as amount_count, bool_and(amount_fits) as amount_fits
    from daily
)
select {{ squared_deviations('amount') }} from summed
"""
VALUES = st.lists(
    st.tuples(st.integers(1, 3), st.decimals(-1_000_000, 1_000_000, places=6).map(float)), min_size=1, max_size=12
)


def squared_deviations(rows: list[tuple[int, float | None]]) -> float | None:
    with duckdb.connect() as connection:
        connection.execute("create table rows (day integer, value double)")
        if rows:
            connection.executemany("insert into rows values (?, ?)", rows)
        found = connection.execute(render_sql(TEMPLATE, "duckdb", "default")).fetchone()
    assert found is not None
    return found[0]  # type: ignore[no-any-return]


@given(VALUES)
def test_it_is_that_of_exact_arithmetic(rows: list[tuple[int, float]]) -> None:
    values = [Fraction(round(value * 1_000_000), 1_000_000) for _, value in rows]
    mean = sum(values) / len(values)
    expected = float(sum((value - mean) ** 2 for value in values))
    found = squared_deviations([*rows])
    assert found is not None
    assert math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12)


@given(st.floats(0, 999_999_999), st.integers(2, 9))
def test_equal_values_have_none(value: float, count: int) -> None:
    assert squared_deviations([(number % 3, value) for number in range(count)]) == 0


def test_values_in_thirds_that_differ_in_the_last_digit_have_some() -> None:
    assert squared_deviations([(1, 7 / 3), (1, 7 / 3), (2, 7 / 3 + 1e-6)]) == pytest.approx(2 / 3 * 1e-12)


def test_missing_values_do_not_count() -> None:
    assert squared_deviations([(1, 1.0), (1, None), (2, 3.0), (3, None)]) == 2
    assert squared_deviations([(1, None)]) is None
    assert squared_deviations([]) is None


def test_a_value_that_does_not_fit_leaves_no_spread() -> None:
    # On a day of its own: the other days must not stand for all of them.
    assert squared_deviations([(1, 1.0), (2, 2.0), (3, 1e9)]) is None
