"""Predicted customer value: how often a customer buys again, and for how much. Pure: no I/O, no clock."""

from pipelines.customer_value.estimation import NoEstimateError
from pipelines.customer_value.prediction import Outcome, Prediction, predict_values
from pipelines.customer_value.purchases import PurchaseModel, fit_purchases
from pipelines.customer_value.spend import SpendModel, fit_spend

__all__ = [
    "NoEstimateError",
    "Outcome",
    "Prediction",
    "PurchaseModel",
    "SpendModel",
    "fit_purchases",
    "fit_spend",
    "predict_values",
]
