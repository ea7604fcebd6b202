{#
    The spans of days during which a customer counts as active, `active_until` not included, without overlaps.

    A purchase makes active for `active_days`. Where a system keeps the life-cycle (it says when customers leave), or
    where there are no purchases at all, being a customer does, until leaving. Leaving ends every span.
#}
with

customers as (

    select * from {{ ref('int_customers') }}

),

sales as (

    select distinct
        customer_id,
        sold_on
    from {{ ref('fct_sale') }}
    where customer_id is not null

),

run as (

    select * from {{ source('control', 'run') }}

),

purchase_spans as (

    select
        sales.customer_id,
        sales.sold_on as active_from,
        case
            when cast(customers.churned_at as date) >= sales.sold_on
                then least(sales.sold_on + run.active_days, cast(customers.churned_at as date))
            else sales.sold_on + run.active_days
        end as active_until
    from sales
    inner join customers on sales.customer_id = customers.customer_id
    cross join run

),

life_cycle_spans as (

    select
        customer_id,
        cast(became_customer_at as date) as active_from,
        coalesce(cast(churned_at as date), date '9999-12-31') as active_until
    from customers
    where
        became_customer_at is not null
        and (is_lifecycle_maintained or not exists (select 1 from sales))

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
