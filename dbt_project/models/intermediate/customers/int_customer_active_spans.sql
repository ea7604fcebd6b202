{#
    The spans of days during which a customer counts as active, `active_until` not included, without overlaps.

    A purchase makes a customer active for `active_days`: a sale, or a won deal even where revenue is that of orders.
    Becoming a customer does so too. Where a system maintains the life cycle (it records when customers leave), or where
    there are no purchases at all, becoming a customer makes active until the customer leaves. Leaving ends every span.
#}
with

customers as (

    select * from {{ ref('int_customers') }}

),

purchases as (

    select
        customer_id,
        sold_on as bought_on
    from {{ ref('fct_sale') }}
    where customer_id is not null

    union distinct

    select
        customer_id,
        closed_on as bought_on
    from {{ ref('fct_deal') }}
    where is_won and customer_id is not null

),

parameters as (

    select value as active_days from {{ kpi_parameter('active_customers', 'active_days', 'integer') }} as active_days

),

purchase_spans as (

    select
        purchases.customer_id,
        purchases.bought_on as active_from,
        case
            when cast(customers.churned_at as date) >= purchases.bought_on
                then least({{ add_days('purchases.bought_on', 'parameters.active_days') }}, cast(customers.churned_at as date))
            else {{ add_days('purchases.bought_on', 'parameters.active_days') }}
        end as active_until
    from purchases
    inner join customers on purchases.customer_id = customers.customer_id
    cross join parameters

),

first_purchase as (

    select min(bought_on) as first_day from purchases

),

life_cycle_spans as (

    select
        customer_id,
        cast(became_customer_at as date) as active_from,
        coalesce(cast(churned_at as date), date '9999-12-31') as active_until
    from customers
    where
        became_customer_at is not null
        and (is_lifecycle_maintained or not exists (select 1 from purchases))

    union all

    -- Before the first known purchase it is unknown who had bought.
    select
        customers.customer_id,
        cast(customers.became_customer_at as date) as active_from,
        {{ add_days('cast(customers.became_customer_at as date)', 'parameters.active_days') }} as active_until
    from customers
    cross join parameters
    inner join first_purchase on cast(customers.became_customer_at as date) >= first_purchase.first_day
    where not customers.is_lifecycle_maintained

),

-- One span a customer and first day: the windows below need an order without ties.
spans as (

    select
        customer_id,
        active_from,
        max(active_until) as active_until
    from (
        select * from purchase_spans
        union all
        select * from life_cycle_spans
    ) as all_spans
    where active_until > active_from
    group by customer_id, active_from

),

spans_with_earlier_end as (

    select
        *,
        max(active_until) over (
            partition by customer_id
            order by active_from
            rows between unbounded preceding and 1 preceding
        ) as earlier_active_until
    from spans

),

numbered as (

    select
        *,
        sum(case when active_from <= earlier_active_until then 0 else 1 end) over (
            partition by customer_id
            order by active_from
            rows unbounded preceding
        ) as span_number
    from spans_with_earlier_end

)

select
    customer_id,
    min(active_from) as active_from,
    max(active_until) as active_until
from numbered
group by customer_id, span_number
