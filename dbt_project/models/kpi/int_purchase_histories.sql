{#
    How often, how recently and for how much each customer bought: what the predicted customer value is computed from.

    A purchase is a day with a sale above zero: several sales on one day count once, a refund is no purchase, and neither is
    a sale whose amount is unknown. Silence counts until the last day that the sources of the revenue cover, for after it
    nobody can be seen to buy. Purchases more than ten years before that day do not count: a date of 1900 is no loyalty.
#}
with

span as (

    select
        spans.fact,
        least(coalesce(coverage.last_day, spans.last_day), {{ as_of_day() }}) as observed_until
    from {{ ref('int_observed_spans') }} as spans
    left join {{ ref('int_kpi_coverage') }} as coverage on coverage.kpi = 'revenue'
    where spans.fact = 'sales'

),

purchase_days as (

    select
        sales.customer_id,
        sales.sold_on,
        span.observed_until,
        sum(sales.amount) as amount
    from {{ ref('fct_sale') }} as sales
    inner join span
        on
            sales.sold_on <= span.observed_until
            and sales.sold_on > {{ add_days('span.observed_until', -3653) }}
    where sales.customer_id is not null and sales.amount > 0
    group by sales.customer_id, sales.sold_on, span.observed_until

),

numbered as (

    select
        *,
        row_number() over (partition by customer_id order by sold_on) as purchase_number
    from purchase_days

)

select
    customer_id,
    min(sold_on) as first_purchase_on,
    max(sold_on) as last_purchase_on,
    observed_until,
    count(*) - 1 as frequency,
    {{ days_between('min(sold_on)', 'max(sold_on)') }} as recency_days,
    {{ days_between('min(sold_on)', 'observed_until') }} as age_days,
    cast(sum(amount) filter (where purchase_number > 1) as double)
    / nullif(count(*) filter (where purchase_number > 1), 0) as repeat_amount
from numbered
group by customer_id, observed_until
