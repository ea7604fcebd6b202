{# What fct_customer_value was computed with, or why it has no rows. #}
select
    run.as_of,
    cast(fitted.outcome as string) as outcome,
    nullif(cast(fitted.reason as string), '') as reason,
    cast(fitted.customers as bigint) as customers,
    cast(fitted.repeat_buyers as bigint) as repeat_buyers,
    cast(fitted.r as double) as r,
    cast(fitted.alpha as double) as alpha,
    cast(fitted.a as double) as a,
    cast(fitted.b as double) as b,
    cast(fitted.purchases_log_likelihood as double) as purchases_log_likelihood,
    cast(fitted.p as double) as p,
    cast(fitted.q as double) as q,
    cast(fitted.gamma as double) as gamma,
    cast(fitted.spend_log_likelihood as double) as spend_log_likelihood,
    cast(fitted.holdout_expected_purchases as double) as holdout_expected_purchases,
    cast(fitted.holdout_actual_purchases as bigint) as holdout_actual_purchases
from {{ ref('int_customer_value_model') }} as fitted
cross join {{ source('control', 'run') }} as run
