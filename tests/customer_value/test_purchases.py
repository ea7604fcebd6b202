"""What holds for every BG/NBD model, and that simulated customers give back the parameters they were made with."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from pipelines.customer_value import NoEstimateError, PurchaseModel, fit_purchases

positive = st.floats(0.05, 20)
models = st.builds(
    lambda r, alpha, a, b: PurchaseModel(r, alpha, a, b, 0.0), positive, st.floats(0.5, 500), positive, positive
)


def one(frequency: int, recency: float, age: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.array([float(frequency)]), np.array([recency]), np.array([age])


histories = st.builds(
    lambda frequency, age, share: one(frequency, age * share if frequency else 0.0, age),
    st.integers(0, 60),
    st.floats(1, 2000),
    st.floats(0.01, 1),
)


@given(models, histories)
def test_a_probability_is_a_probability_and_falls_with_silence(
    model: PurchaseModel, history: tuple[np.ndarray, ...]
) -> None:
    frequency, recency, age = history
    now = model.probability_alive(frequency, recency, age)[0]
    assert 0 <= now <= 1
    assert model.probability_alive(frequency, recency, age + 100)[0] <= now


@given(models, histories)
def test_more_time_brings_more_purchases_but_none_without_time(
    model: PurchaseModel, history: tuple[np.ndarray, ...]
) -> None:
    none, some, more = (model.expected_purchases(*history, horizon)[0] for horizon in (0.0, 90.0, 365.0))
    assert none == 0
    assert 0 <= some <= more
    # A customer cannot be expected to buy more often than at his expected rate for all of the time.
    rate = (model.r + history[0][0]) / (model.alpha + history[2][0])
    assert more <= 365 * rate * (1 + 1e-9)


@given(models, histories, st.floats(1, 700))
def test_the_integral_is_the_published_formula(
    model: PurchaseModel, history: tuple[np.ndarray, ...], horizon: float
) -> None:
    if abs(model.a - 1) < 0.01:
        return  # The published formula divides by a - 1.
    frequency, recency, age = history
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    until = alpha + age
    hypergeometric = special.hyp2f1(r + frequency, b + frequency, a + b + frequency - 1, horizon / (until + horizon))
    published = (
        (a + b + frequency - 1)
        / (a - 1)
        * (1 - (until / (until + horizon)) ** (r + frequency) * hypergeometric)
        * model.probability_alive(frequency, recency, age)
    )
    if np.isfinite(published[0]):
        assert model.expected_purchases(*history, horizon)[0] == pytest.approx(published[0], rel=1e-6, abs=1e-9)


def test_thousands_of_purchases_do_not_overflow() -> None:
    model = PurchaseModel(0.243, 4.4, 0.79, 2.4, 0.0)
    expected = model.expected_purchases(*one(5000, 720, 720), 365)
    assert 500 < expected[0] < 365 * 5000 / 720


@pytest.mark.parametrize("a", [0.999999, 1.0, 1.000001])
def test_a_probability_of_leaving_with_a_of_one_has_an_expectation(a: float) -> None:
    model = PurchaseModel(0.5, 30.0, a, 2.0, 0.0)
    assert model.expected_purchases(*one(3, 200, 300), 90)[0] == pytest.approx(0.46108, abs=5e-6)


def simulate(model: PurchaseModel, customers: int, seed: int, days: float = 730) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(seed)
    rates = random.gamma(model.r, 1 / model.alpha, customers)
    leaving = random.beta(model.a, model.b, customers)
    ages = random.uniform(1, days, customers)
    frequency, recency = np.zeros(customers), np.zeros(customers)
    for customer in range(customers):
        moment = random.exponential(1 / max(rates[customer], 1e-12))
        while moment < ages[customer]:
            frequency[customer] += 1
            recency[customer] = moment
            if random.random() < leaving[customer]:
                break
            moment += random.exponential(1 / rates[customer])
    return frequency, recency, ages


def test_simulated_customers_give_back_the_parameters() -> None:
    true = PurchaseModel(0.8, 60.0, 0.7, 3.0, 0.0)
    found = fit_purchases(*simulate(true, 20_000, seed=1))
    assert (found.r, found.alpha) == pytest.approx((true.r, true.alpha), rel=0.1)
    assert found.a / (found.a + found.b) == pytest.approx(true.a / (true.a + true.b), rel=0.1)


def test_the_order_of_customers_does_not_matter() -> None:
    history = simulate(PurchaseModel(0.8, 60.0, 0.7, 3.0, 0.0), 500, seed=2)
    turned = [column[::-1].copy() for column in history]
    assert fit_purchases(*history) == fit_purchases(*turned)


@pytest.mark.parametrize("history", [one(1, 5, 4), one(0, 1, 4), one(2, 0, 4), one(-1, 0, 4), one(1, -1, 4)], ids=str)
def test_impossible_histories_are_refused(history: tuple[np.ndarray, ...]) -> None:
    with pytest.raises(ValueError, match="recency"):
        fit_purchases(*history)


def test_customers_who_are_all_alike_are_expected_to_go_on() -> None:
    # Everybody bought every 30 days until yesterday: the distributions are as narrow as they are allowed to be.
    frequency, recency, age = np.full(400, 12.0), np.full(400, 360.0), np.full(400, 361.0)
    found = fit_purchases(frequency, recency, age)
    assert found.expected_purchases(frequency, recency, age, 90)[0] == pytest.approx(3, rel=0.05)


def test_nobody_who_bought_again_is_no_estimate() -> None:
    with pytest.raises(NoEstimateError, match="nobody bought again"):
        fit_purchases(np.zeros(400), np.zeros(400), np.full(400, 100.0))
