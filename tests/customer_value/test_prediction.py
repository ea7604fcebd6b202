"""When a company has a prediction, and what its rows hold."""

import numpy as np
import pandas as pd
import pytest

from pipelines.customer_value import NoEstimateError, Outcome, PurchaseModel, SpendModel, predict_values, prediction
from pipelines.customer_value.prediction import MINIMUM_REPEAT_BUYERS
from tests.customer_value.test_purchases import simulate


def company(customers: int) -> pd.DataFrame:
    frequency, recency, age = simulate(PurchaseModel(0.8, 60.0, 0.7, 3.0, 0.0), customers, seed=5)
    random = np.random.default_rng(6)
    spend = SpendModel(6.25, 3.74, 15.44, 0.0)
    scale = random.gamma(spend.q, 1 / spend.gamma, customers)
    amount = random.gamma(spend.p * np.maximum(frequency, 1), 1 / scale) / np.maximum(frequency, 1)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(customers)],
            "frequency": frequency,
            "recency_days": recency,
            "age_days": age,
            "repeat_amount": np.where(frequency > 0, amount, np.nan),
        }
    )


def test_every_customer_has_a_row_with_finite_numbers() -> None:
    histories = company(600)
    found = predict_values(histories)
    assert (found.outcome, found.reason, found.customers) == (Outcome.FITTED, "", 600)
    assert found.values["customer_id"].tolist() == histories["customer_id"].tolist()
    numbers = found.values.drop(columns=["customer_id", "repeat_amount"])
    assert np.isfinite(numbers.to_numpy(dtype=float)).all()
    assert (found.values["expected_purchases_90d"] <= found.values["expected_purchases_365d"]).all()
    product = found.values["expected_purchases_365d"] * found.values["expected_amount"]
    assert found.values["predicted_value_365d"].tolist() == product.tolist()


def test_the_same_customers_have_the_same_prediction_in_any_order() -> None:
    histories = company(600)
    found = predict_values(histories).values
    turned = predict_values(histories.iloc[::-1]).values.sort_index()
    pd.testing.assert_frame_equal(found, turned, rtol=1e-6)


@pytest.mark.parametrize("bought_again", [0, MINIMUM_REPEAT_BUYERS - 1])
def test_too_few_repeat_buyers_have_no_rows_and_a_reason(bought_again: int) -> None:
    histories = company(2000)
    few = pd.concat([histories[histories["frequency"] > 0].head(bought_again), histories[histories["frequency"] == 0]])
    found = predict_values(few)
    assert found.outcome is Outcome.TOO_FEW_REPEAT_BUYERS
    assert found.reason == f"{bought_again} customers bought again; the models need {MINIMUM_REPEAT_BUYERS}"
    assert found.values.empty
    assert "predicted_value_365d" in found.values


def test_a_company_without_customers_has_no_rows() -> None:
    assert predict_values(company(600).head(0)).outcome is Outcome.TOO_FEW_REPEAT_BUYERS


def test_a_model_without_an_estimate_has_no_rows_and_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise NoEstimateError("the search for the parameters does not converge")

    for name, model in (("fit_spend", "amounts"), ("fit_purchases", "purchases")):
        monkeypatch.setattr(prediction, name, refuse)
        found = predict_values(company(600))
        assert found.outcome is Outcome.NO_ESTIMATE
        assert found.reason == f"{model}: the search for the parameters does not converge"
        assert found.values.empty
