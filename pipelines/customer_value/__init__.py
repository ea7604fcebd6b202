"""Predicted customer value: how often a customer buys again, and for how much. Pure: no I/O, no clock."""

from pipelines.customer_value.estimation import NoEstimateError
from pipelines.customer_value.prediction import Outcome, ValueModel, fit_value_model, predict_holdout, predict_values
from pipelines.customer_value.purchases import PurchaseModel, fit_purchases
from pipelines.customer_value.spend import SpendModel, fit_spend

__all__ = [
    "NoEstimateError",
    "Outcome",
    "PurchaseModel",
    "SpendModel",
    "ValueModel",
    "fit_purchases",
    "fit_spend",
    "fit_value_model",
    "predict_holdout",
    "predict_values",
]
