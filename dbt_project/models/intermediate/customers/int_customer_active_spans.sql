{#
    The spans of days during which a customer counts as active, `active_until` not included, without overlaps.

    A purchase makes active for `active_days`: a sale, or a deal won, which is no sale where there are orders. So does
    becoming a customer; where a system keeps the life-cycle (it says when customers leave), or where there are no purchases
    at all, that makes active until leaving. Leaving ends every span.
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

    union

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
                then least(purchases.bought_on + parameters.active_days, cast(customers.churned_at as date))
            else purchases.bought_on + parameters.active_days
        end as active_until
    from purchases
    inner join customers on purchases.customer_id = customers.customer_id
    cross join parameters

),

observed as (

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

    -- Of a time before the first purchase that is known, nobody can say who had bought.
    select
        customers.customer_id,
        cast(customers.became_customer_at as date) as active_from,
        cast(customers.became_customer_at as date) + parameters.active_days as active_until
    from customers
    cross join parameters
    inner join observed on cast(customers.became_customer_at as date) >= observed.first_day
    where not customers.is_lifecycle_maintained

),

spans as (

    select * from purchase_spans
    union all
    select * from life_cycle_spans

),

marked as (

    select
        *,
        max(active_until) over (
            partition by customer_id
            order by active_from, active_until
            rows between unbounded preceding and 1 preceding
        ) as active_before_until
    from spans
    where active_until > active_from

),

numbered as (

    select
        *,
        sum(case when active_from <= active_before_until then 0 else 1 end) over (
            partition by customer_id
            order by active_from, active_until
            rows unbounded preceding
        ) as span_number
    from marked

)

select
    customer_id,
    min(active_from) as active_from,
    max(active_until) as active_until
from numbered
group by customer_id, span_number
