"""What holds for every gamma-gamma model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.customer_value import NoEstimateError, SpendModel, fit_spend


def simulate(model: SpendModel, customers: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    scale = random.gamma(model.q, 1 / model.gamma, customers)
    purchases = random.integers(1, 9, customers).astype(float)
    return purchases, random.gamma(model.p * purchases, 1 / scale) / purchases


@given(st.floats(0.1, 50), st.floats(1.1, 50), st.floats(0.1, 500), st.integers(1, 500), st.floats(0.01, 1e6))
def test_an_expectation_is_between_the_own_mean_and_that_of_all(
    p: float, q: float, gamma: float, purchases: int, mean: float
) -> None:
    model = SpendModel(p, q, gamma, 0.0)
    everybody = p * gamma / (q - 1)
    found = model.expected_amount(np.array([float(purchases)]), np.array([mean]))[0]
    assert min(mean, everybody) * (1 - 1e-9) <= found <= max(mean, everybody) * (1 + 1e-9)


def test_a_customer_without_purchases_is_expected_to_spend_like_all() -> None:
    assert SpendModel(6, 4, 15, 0.0).expected_amount(np.array([0.0]), np.array([np.nan]))[0] == 30


def test_simulated_amounts_give_back_the_parameters() -> None:
    true = SpendModel(6.25, 3.74, 15.44, 0.0)
    found = fit_spend(*simulate(true, 20_000, seed=1))
    assert (found.p, found.q, found.gamma) == pytest.approx((true.p, true.q, true.gamma), rel=0.08)


@pytest.mark.parametrize("factor", [0.01, 100.0])
def test_the_unit_of_money_does_not_matter(factor: float) -> None:
    purchases, amounts = simulate(SpendModel(6.25, 3.74, 15.44, 0.0), 1000, seed=2)
    found, scaled = fit_spend(purchases, amounts), fit_spend(purchases, amounts * factor)
    assert (scaled.p, scaled.q, scaled.gamma) == pytest.approx((found.p, found.q, found.gamma * factor), rel=1e-4)


def test_amounts_without_a_mean_have_no_estimate() -> None:
    with pytest.raises(NoEstimateError, match="differ too much"):
        fit_spend(*simulate(SpendModel(6.25, 0.6, 15.44, 0.0), 1000, seed=3))


def test_equal_amounts_are_expected_to_stay() -> None:
    # Subscriptions: everybody pays the same.
    found = fit_spend(np.full(300, 3.0), np.full(300, 20.0))
    assert found.expected_amount(np.array([3.0]), np.array([20.0]))[0] == pytest.approx(20, rel=1e-3)


def test_amounts_that_are_no_purchases_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        fit_spend(np.array([1.0, 2.0]), np.array([10.0, -5.0]))
