{#
    How often, how recently and for how much each customer bought: what the predicted customer value is computed from. It is
    known today (`is_current`) and as it was known 90 days before, with what was bought since: a prediction made then can be
    compared with it.

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

moments as (

    select
        fact,
        true as is_current,
        observed_until as known_until,
        observed_until
    from span

    union all

    select
        fact,
        false as is_current,
        {{ add_days('observed_until', -90) }} as known_until,
        observed_until
    from span

),

purchase_days as (

    select
        sales.customer_id,
        sales.sold_on,
        moments.is_current,
        moments.known_until,
        sum(sales.amount) as amount
    from {{ ref('fct_sale') }} as sales
    inner join moments
        on
            sales.sold_on <= moments.observed_until
            and sales.sold_on > {{ add_days('moments.known_until', -3653) }}
    where sales.customer_id is not null and sales.amount > 0
    group by sales.customer_id, sales.sold_on, moments.is_current, moments.known_until

),

numbered as (

    select
        *,
        sold_on <= known_until as is_known,
        row_number() over (partition by customer_id, is_current order by sold_on) as purchase_number
    from purchase_days

),

summed as (

    select
        customer_id,
        is_current,
        known_until,
        min(sold_on) as first_purchase_on,
        max(case when is_known then sold_on end) as last_purchase_on,
        count(*) filter (where is_known) as purchases,
        count(*) filter (where not is_known) as later_purchases,
        cast(sum(amount) filter (where is_known and purchase_number > 1) as double) as repeat_amount
    from numbered
    group by customer_id, is_current, known_until

)

select
    customer_id,
    is_current,
    known_until,
    first_purchase_on,
    last_purchase_on,
    purchases - 1 as frequency,
    {{ days_between('first_purchase_on', 'last_purchase_on') }} as recency_days,
    {{ days_between('first_purchase_on', 'known_until') }} as age_days,
    repeat_amount / nullif(purchases - 1, 0) as repeat_amount,
    later_purchases
from summed
where purchases > 0
