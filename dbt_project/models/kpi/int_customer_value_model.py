"""The models of repeat purchases and amounts that fit the company's customers: one row, with a reason if none fit."""

import pandas as pd

from pipelines.customer_value import fit_value_model


def model(dbt, session):  # noqa: D103
    histories = dbt.ref("int_purchase_histories")
    # In an order of their own, so that sums are the same in every run.
    fitted = fit_value_model(histories.order("customer_id").df())
    return pd.DataFrame([fitted.as_row()])
