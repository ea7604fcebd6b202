{# The predicted value of each customer: see docs/decisions/0018-predicted-customer-value.md for what it is and is not. #}
select
    histories.customer_id,
    customers.country,
    customers.customer_segment,
    histories.first_purchase_on,
    histories.last_purchase_on,
    histories.known_until as observed_until,
    cast(histories.frequency as bigint) as frequency,
    cast(histories.recency_days as bigint) as recency_days,
    cast(histories.age_days as bigint) as age_days,
    histories.repeat_amount,
    cast(predictions.probability_alive as double) as probability_alive,
    cast(predictions.expected_amount as double) as expected_amount,
    cast(predictions.expected_purchases_90d as double) as expected_purchases_90d,
    cast(predictions.predicted_value_90d as double) as predicted_value_90d,
    cast(predictions.expected_purchases_365d as double) as expected_purchases_365d,
    cast(predictions.predicted_value_365d as double) as predicted_value_365d
from {{ ref('int_customer_value_predictions') }} as predictions
inner join {{ ref('int_purchase_histories') }} as histories on predictions.customer_id = histories.customer_id and histories.is_current
left join {{ ref('dim_customer') }} as customers on predictions.customer_id = customers.customer_id
