"""When a company has a prediction, and what its rows hold."""

import numpy as np
import pandas as pd
import pytest

from pipelines.customer_value import (
    NoEstimateError,
    Outcome,
    PurchaseModel,
    SpendModel,
    ValueModel,
    fit_value_model,
    predict_values,
    prediction,
)
from pipelines.customer_value.prediction import MINIMUM_REPEAT_BUYERS, PREDICTED
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
    model = fit_value_model(histories)
    assert (model.outcome, model.reason, model.customers) == (Outcome.FITTED, "", 600)
    found = predict_values(histories, model)
    assert found.columns.tolist() == ["customer_id", *PREDICTED]
    assert found["customer_id"].tolist() == histories["customer_id"].tolist()
    assert np.isfinite(found[list(PREDICTED)].to_numpy(dtype=float)).all()
    assert (found["expected_purchases_90d"] <= found["expected_purchases_365d"]).all()
    product = found["expected_purchases_365d"] * found["expected_amount"]
    assert found["predicted_value_365d"].tolist() == product.tolist()


def test_the_same_customers_have_the_same_prediction_in_any_order() -> None:
    histories = company(600)
    turned = histories.iloc[::-1]
    found = predict_values(histories, fit_value_model(histories))
    pd.testing.assert_frame_equal(found, predict_values(turned, fit_value_model(turned)).sort_index(), rtol=1e-6)


def test_a_model_comes_back_from_its_row() -> None:
    for histories in (company(600), company(20)):
        model = fit_value_model(histories)
        assert ValueModel.from_row(pd.DataFrame([model.as_row()]).iloc[0]) == model


@pytest.mark.parametrize("bought_again", [0, MINIMUM_REPEAT_BUYERS - 1])
def test_too_few_repeat_buyers_have_no_rows_and_a_reason(bought_again: int) -> None:
    histories = company(2000)
    few = pd.concat([histories[histories["frequency"] > 0].head(bought_again), histories[histories["frequency"] == 0]])
    model = fit_value_model(few)
    assert model.outcome is Outcome.TOO_FEW_REPEAT_BUYERS
    assert model.reason == f"{bought_again} customers bought again; the models need {MINIMUM_REPEAT_BUYERS}"
    found = predict_values(few, model)
    assert found.empty
    assert found.columns.tolist() == ["customer_id", *PREDICTED]


def test_a_company_without_customers_has_no_rows() -> None:
    assert fit_value_model(company(600).head(0)).outcome is Outcome.TOO_FEW_REPEAT_BUYERS


def test_a_model_without_an_estimate_has_no_rows_and_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise NoEstimateError("the search for the parameters does not converge")

    for name, part in (("fit_spend", "amounts"), ("fit_purchases", "purchases")):
        monkeypatch.setattr(prediction, name, refuse)
        model = fit_value_model(company(600))
        assert model.outcome is Outcome.NO_ESTIMATE
        assert model.reason == f"{part}: the search for the parameters does not converge"
        assert predict_values(company(600), model).empty
