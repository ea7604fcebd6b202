"""The models of repeat purchases and amounts that fit the company's customers: one row, with a reason if none fit."""

import pandas as pd

from pipelines.customer_value import fit_value_model, predict_holdout


def model(dbt, session):
    """Returns the row of the company."""
    histories = dbt.ref("int_purchase_histories")
    # In an order of their own, so that sums are the same in every run.
    fitted = fit_value_model(histories.filter("is_current").order("customer_id").df())
    holdout = predict_holdout(histories.filter("not is_current").order("customer_id").df())
    return pd.DataFrame([fitted.as_row() | holdout])
