"""The prediction for all customers of a company, or the reason why there is none."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from pipelines.customer_value.estimation import NoEstimateError
from pipelines.customer_value.purchases import PurchaseModel, fit_purchases
from pipelines.customer_value.spend import SpendModel, fit_spend

# In simulated companies with 200 repeat buyers, nine of ten predicted totals are within 15 % of the true expectation.
MINIMUM_REPEAT_BUYERS = 200
HORIZONS_DAYS = (90, 365)


class Outcome(StrEnum):
    """Whether there is a prediction, and why not."""

    FITTED = "fitted"
    TOO_FEW_REPEAT_BUYERS = "too_few_repeat_buyers"
    NO_ESTIMATE = "no_estimate"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was fitted, and the customers with their predictions: no rows unless the outcome is `FITTED`."""

    outcome: Outcome
    reason: str
    customers: int
    repeat_buyers: int
    purchases: PurchaseModel | None
    spend: SpendModel | None
    values: pd.DataFrame


def predict_values(histories: pd.DataFrame) -> Prediction:
    """Returns the predicted purchases and value of each customer.

    Args:
        histories: one row per customer with `frequency` (days with a purchase after the first one), `recency_days`,
            `age_days`, as `PurchaseModel` has them, and `repeat_amount` (mean amount of those days, NaN without any).

    Returns:
        In `values` the columns of `histories`, in the same order, and `probability_alive`, `expected_amount`, and per
        horizon `expected_purchases_90d` and `predicted_value_90d`.
    """
    repeat = histories[histories["frequency"] > 0]
    if len(repeat) < MINIMUM_REPEAT_BUYERS:
        reason = f"{len(repeat)} customers bought again; the models need {MINIMUM_REPEAT_BUYERS}"
        return _none(histories, len(repeat), Outcome.TOO_FEW_REPEAT_BUYERS, reason)
    frequency, recency, age = (
        histories[name].to_numpy(dtype=np.float64) for name in ("frequency", "recency_days", "age_days")
    )
    try:
        purchases = fit_purchases(frequency, recency, age)
    except NoEstimateError as error:
        return _none(histories, len(repeat), Outcome.NO_ESTIMATE, f"purchases: {error}")
    try:
        spend = fit_spend(
            repeat["frequency"].to_numpy(dtype=np.float64), repeat["repeat_amount"].to_numpy(dtype=np.float64)
        )
    except NoEstimateError as error:
        return _none(histories, len(repeat), Outcome.NO_ESTIMATE, f"amounts: {error}")
    amount = spend.expected_amount(frequency, histories["repeat_amount"].to_numpy(dtype=np.float64))
    values = histories.assign(
        probability_alive=purchases.probability_alive(frequency, recency, age), expected_amount=amount
    )
    for days in HORIZONS_DAYS:
        expected = purchases.expected_purchases(frequency, recency, age, days)
        values[f"expected_purchases_{days}d"] = expected
        values[f"predicted_value_{days}d"] = expected * amount
    return Prediction(Outcome.FITTED, "", len(histories), len(repeat), purchases, spend, values)


def _none(histories: pd.DataFrame, repeat_buyers: int, outcome: Outcome, reason: str) -> Prediction:
    columns = [f"{name}_{days}d" for days in HORIZONS_DAYS for name in ("expected_purchases", "predicted_value")]
    empty = histories.head(0).assign(
        **{name: pd.Series(dtype="float64") for name in ("probability_alive", "expected_amount", *columns)}
    )
    return Prediction(outcome, reason, len(histories), repeat_buyers, None, None, empty)
