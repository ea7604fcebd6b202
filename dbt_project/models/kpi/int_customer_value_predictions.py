"""The predicted purchases and value of each customer; no rows where no models fit."""

from pipelines.customer_value import ValueModel, predict_values


def model(dbt, session):  # noqa: D103
    fitted = dbt.ref("int_customer_value_model")
    histories = dbt.ref("int_purchase_histories")
    return predict_values(histories.order("customer_id").df(), ValueModel.from_row(fitted.df().iloc[0]))
