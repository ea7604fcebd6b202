"""The models of a company, or the reason why it has none, and the prediction for each of its customers."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from pipelines.customer_value.estimation import NoEstimateError, Numbers
from pipelines.customer_value.purchases import PurchaseModel, fit_purchases
from pipelines.customer_value.spend import SpendModel, fit_spend

# In simulated companies with 200 repeat buyers, nine of ten predicted totals are within 15 % of the true expectation.
MINIMUM_REPEAT_BUYERS = 200
HORIZONS_DAYS = (90, 365)
# How long ago the prediction was made that is compared with what came: as in `int_purchase_histories`.
HOLDOUT_DAYS = 90
PREDICTED = (
    "probability_alive",
    "expected_amount",
    *(f"{name}_{days}d" for days in HORIZONS_DAYS for name in ("expected_purchases", "predicted_value")),
)
_HISTORY = ("frequency", "recency_days", "age_days")


class Outcome(StrEnum):
    """Whether there is a prediction, and why not."""

    FITTED = "fitted"
    TOO_FEW_REPEAT_BUYERS = "too_few_repeat_buyers"
    NO_ESTIMATE = "no_estimate"


@dataclass(frozen=True, slots=True)
class ValueModel:
    """What was fitted to the customers of a company; without the models unless the outcome is `FITTED`.

    Attributes:
        reason: why there are no models; empty where there are.
        customers: customers with a purchase.
        repeat_buyers: those of them who bought on another day again.
        purchases: how often customers buy; times are in days.
        spend: how much they spend, in the company's currency.
    """

    outcome: Outcome
    reason: str
    customers: int
    repeat_buyers: int
    purchases: PurchaseModel | None = None
    spend: SpendModel | None = None

    def as_row(self) -> dict[str, str | int | float | None]:
        """Returns the model as a row of a table, of which `from_row` makes it again."""
        purchases, spend = self.purchases, self.spend
        return {
            "outcome": self.outcome.value,
            "reason": self.reason,
            "customers": self.customers,
            "repeat_buyers": self.repeat_buyers,
            "r": purchases.r if purchases else None,
            "alpha": purchases.alpha if purchases else None,
            "a": purchases.a if purchases else None,
            "b": purchases.b if purchases else None,
            "purchases_log_likelihood": purchases.log_likelihood if purchases else None,
            "p": spend.p if spend else None,
            "q": spend.q if spend else None,
            "gamma": spend.gamma if spend else None,
            "spend_log_likelihood": spend.log_likelihood if spend else None,
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "ValueModel":
        """Returns the model of a row that `as_row` made."""
        outcome, counts = Outcome(row["outcome"]), (int(row["customers"]), int(row["repeat_buyers"]))
        if outcome is not Outcome.FITTED:
            return cls(outcome, row["reason"], *counts)
        purchases = PurchaseModel(*(float(row[name]) for name in ("r", "alpha", "a", "b", "purchases_log_likelihood")))
        spend = SpendModel(*(float(row[name]) for name in ("p", "q", "gamma", "spend_log_likelihood")))
        return cls(outcome, row["reason"], *counts, purchases, spend)


def fit_value_model(histories: pd.DataFrame) -> ValueModel:
    """Returns the models with the highest likelihood; that there are none is an outcome, no error.

    Args:
        histories: one row per customer with `frequency` (days with a purchase after the first one), `recency_days`,
            `age_days`, as `PurchaseModel` has them, and `repeat_amount` (mean amount of those days, NaN without any).
    """
    repeat = histories[histories["frequency"] > 0]
    counts = (len(histories), len(repeat))
    if len(repeat) < MINIMUM_REPEAT_BUYERS:
        reason = f"{len(repeat)} customers bought again; the models need {MINIMUM_REPEAT_BUYERS}"
        return ValueModel(Outcome.TOO_FEW_REPEAT_BUYERS, reason, *counts)
    try:
        purchases = fit_purchases(*_numbers(histories, *_HISTORY))
    except NoEstimateError as error:
        return ValueModel(Outcome.NO_ESTIMATE, f"purchases: {error}", *counts)
    try:
        spend = fit_spend(*_numbers(repeat, "frequency", "repeat_amount"))
    except NoEstimateError as error:
        return ValueModel(Outcome.NO_ESTIMATE, f"amounts: {error}", *counts)
    return ValueModel(Outcome.FITTED, "", *counts, purchases, spend)


def predict_values(histories: pd.DataFrame, model: ValueModel) -> pd.DataFrame:
    """Returns the predicted purchases and value of each customer: no rows where there are no models.

    Args:
        histories: as of `fit_value_model`, with `customer_id`.
        model: what was fitted to them.

    Returns:
        A row for each of `histories`, in their order: `customer_id`, `probability_alive`, `expected_amount` (of a
        purchase), and for each horizon `expected_purchases_90d` and `predicted_value_90d`.
    """
    purchases, spend = model.purchases, model.spend
    if purchases is None or spend is None:
        return pd.DataFrame(
            {"customer_id": pd.Series(dtype=str)} | {name: pd.Series(dtype=float) for name in PREDICTED}
        )
    frequency, recency, age = _numbers(histories, *_HISTORY)
    [repeat_amount] = _numbers(histories, "repeat_amount")
    amount = spend.expected_amount(frequency, repeat_amount)
    columns: dict[str, Any] = {
        "customer_id": histories["customer_id"],
        "probability_alive": purchases.probability_alive(frequency, recency, age),
        "expected_amount": amount,
    }
    for days in HORIZONS_DAYS:
        expected = purchases.expected_purchases(frequency, recency, age, days)
        columns |= {f"expected_purchases_{days}d": expected, f"predicted_value_{days}d": expected * amount}
    return pd.DataFrame(columns)


def predict_holdout(histories: pd.DataFrame) -> dict[str, float | int | None]:
    """Returns how many purchases a prediction made earlier expected, and how many came: both None without a model.

    Args:
        histories: as of `fit_value_model`, as they were known `HOLDOUT_DAYS` ago, with `later_purchases`: the days with
            a purchase since then.
    """
    columns = ("holdout_expected_purchases", "holdout_actual_purchases")
    model = fit_value_model(histories)
    if model.purchases is None:
        return dict.fromkeys(columns)
    frequency, recency, age = _numbers(histories, *_HISTORY)
    expected = model.purchases.expected_purchases(frequency, recency, age, HOLDOUT_DAYS)
    return dict(zip(columns, (float(expected.sum()), int(histories["later_purchases"].sum())), strict=True))


def _numbers(frame: pd.DataFrame, *columns: str) -> list[Numbers]:
    return [frame[column].to_numpy(dtype=np.float64) for column in columns]
