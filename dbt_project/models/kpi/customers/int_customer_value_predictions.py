"""The predicted purchases and value of each customer; no rows where no models fit."""

from pipelines.customer_value import ValueModel, predict_values


def model(dbt, session):
    """Returns a row per customer."""
    fitted = dbt.ref("int_customer_value_model")
    histories = dbt.ref("int_purchase_histories")
    current = histories.filter("is_current").order("customer_id").df()
    return predict_values(current, ValueModel.from_row(fitted.df().iloc[0]))
