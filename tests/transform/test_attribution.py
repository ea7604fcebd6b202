"""The credits of a sale add up to its amount, by each model, and are those that the models say."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from tests.transform.dbt_rendering import models, render

MODELS = ("first", "last", "linear", "time_decay", "position")
NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)
WINDOW, HALF_LIFE = timedelta(days=7), timedelta(hours=12)
CENT_OF_A_CENT = Decimal("0.0001")

CUSTOMERS = st.sampled_from(["ann", "ben", None])
HOURS = st.integers(-200, 200)
AMOUNTS = st.none() | st.decimals(-100_000, 100_000, places=6)


class Credit(NamedTuple):
    """What a model credits to a touchpoint for a sale."""

    sale: str
    model: str
    touchpoint: str
    amount: Decimal | None


def credits_of(
    sales: Sequence[tuple[str | None, int, Decimal | None]], touchpoints: Sequence[tuple[str | None, int]]
) -> list[Credit]:
    """Returns what the dbt model credits; sales and touchpoints are customers and hours from noon."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("create schema control")
        connection.execute(
            "create table control.kpi_parameter as select 'attributed_revenue' as kpi, * from (values"
            f" ('window', '{WINDOW.total_seconds()}'), ('half_life', '{HALF_LIFE.total_seconds()}'), ('model', 'linear')"
            ") as given (parameter, value)"
        )
        connection.execute(
            "create table fct_sale (sale_key varchar, customer_id varchar, sold_at timestamptz, sold_on date,"
            " amount decimal(18, 6))"
        )
        connection.execute(
            "create table fct_touchpoint (touchpoint_key varchar, customer_id varchar, occurred_at timestamptz,"
            " channel varchar, campaign_id varchar)"
        )
        for number, (customer, hour, amount) in enumerate(sales):
            moment = NOON + timedelta(hours=hour)
            connection.execute(
                "insert into fct_sale values (?, ?, ?, ?, ?)",
                [f"s{number:02}", customer, moment, moment.date(), amount],
            )
        for number, (customer, hour) in enumerate(touchpoints):
            connection.execute(
                "insert into fct_touchpoint values (?, ?, ?, null, null)",
                [f"t{number:02}", customer, NOON + timedelta(hours=hour)],
            )
        sql = render(models()["fct_attribution"], "duckdb", "default")
        found = connection.execute(
            f"select sale_key, model, touchpoint_key, amount from ({sql}) order by sale_key, model, place"
        ).fetchall()
    return [Credit(*row) for row in found]


def shares(model: str, hours: Sequence[int]) -> list[float]:
    """Returns the shares of touchpoints at these hours, in their order."""
    number = len(hours)
    if model == "first":
        return [1.0] + [0.0] * (number - 1)
    if model == "last":
        return [0.0] * (number - 1) + [1.0]
    if model == "linear":
        return [1 / number] * number
    if model == "time_decay":
        weights = [2.0 ** (hour * 3600 / HALF_LIFE.total_seconds()) for hour in hours]
        return [weight / sum(weights) for weight in weights]
    if number <= 2:
        return [1 / number] * number
    return [0.4, *[0.2 / (number - 2)] * (number - 2), 0.4]


@given(
    sales=st.lists(st.tuples(CUSTOMERS, HOURS, AMOUNTS), max_size=4),
    touchpoints=st.lists(st.tuples(CUSTOMERS, HOURS), max_size=9),
)
def test_credits_add_up_and_are_those_of_the_models(
    sales: list[tuple[str | None, int, Decimal | None]], touchpoints: list[tuple[str | None, int]]
) -> None:
    found = {
        key: list(credited)
        for key, credited in groupby(credits_of(sales, touchpoints), lambda credit: (credit.sale, credit.model))
    }
    expected: Mapping[tuple[str, str], list[tuple[int, str]]] = {
        (f"s{number:02}", model): path
        for number, (customer, sold, _) in enumerate(sales)
        for path in [
            sorted(
                (hour, f"t{place:02}")
                for place, (toucher, hour) in enumerate(touchpoints)
                if customer is not None
                and toucher == customer
                and timedelta() <= timedelta(hours=sold - hour) <= WINDOW
            )
        ]
        if path
        for model in MODELS
    }
    assert found.keys() == {key for key in expected if sales[int(key[0][1:])][2] != 0}
    for (sale, model), credited in found.items():
        path = expected[sale, model]
        amount = sales[int(sale[1:])][2]
        amounts = {each.touchpoint: each.amount for each in credited}
        assert len(amounts) == len(credited)
        assert amounts.keys() <= {touchpoint for _, touchpoint in path}
        if amount is None:
            assert set(amounts.values()) == {None}
            continue
        assert sum(each for each in amounts.values() if each is not None) == amount
        assert 0 not in amounts.values()
        for (_, touchpoint), share in zip(path, shares(model, [hour for hour, _ in path]), strict=True):
            assert abs((amounts.get(touchpoint) or 0) - amount * Decimal(share)) < CENT_OF_A_CENT
