{#
    The spans of days during which a customer counts as active, `active_until` not included, without overlaps.

    A purchase makes a customer active for `active_days`: a sale, or a won deal even where revenue is that of orders.
    Becoming a customer does so too. Where a system maintains the life cycle (it records when customers leave), or where
    there are no purchases at all, becoming a customer makes active until the customer leaves. Leaving ends every span; coming back
    begins a new one.
#}
with

customers as (

    select * from {{ ref('int_customers') }}

),

life_cycle as (

    select
        customers.customer_id,
        customers.is_lifecycle_maintained,
        life_cycle.event,
        cast(life_cycle.occurred_at as date) as day
    from {{ ref('int_customer_life_cycle') }} as life_cycle
    inner join customers on life_cycle.person = customers.person

),

leavings as (

    select
        customer_id,
        day as left_on
    from life_cycle
    where event = 'churned'

),

purchases as (

    select
        customer_id,
        sold_on as bought_on
    from {{ ref('fct_sale') }}
    where not is_refund and customer_id is not null

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

first_purchase as (

    select min(bought_on) as first_day from purchases

),

beginnings as (

    select
        purchases.customer_id,
        purchases.bought_on as active_from,
        {{ add_days('purchases.bought_on', 'parameters.active_days') }} as active_until
    from purchases
    cross join parameters

    union all

    select
        customer_id,
        day as active_from,
        date '9999-12-31' as active_until
    from life_cycle
    where event = 'became_customer' and (is_lifecycle_maintained or not exists (select 1 from purchases))

    union all

    -- Before the first known purchase it is unknown who had bought.
    select
        life_cycle.customer_id,
        life_cycle.day as active_from,
        {{ add_days('life_cycle.day', 'parameters.active_days') }} as active_until
    from life_cycle
    cross join parameters
    inner join first_purchase on life_cycle.day >= first_purchase.first_day
    where life_cycle.event = 'became_customer' and not life_cycle.is_lifecycle_maintained

),

-- Leaving ends what began before it. Who comes back afterwards is a customer again.
ended as (

    select
        beginnings.customer_id,
        beginnings.active_from,
        least(beginnings.active_until, coalesce(min(leavings.left_on), beginnings.active_until)) as active_until
    from beginnings
    left join leavings
        on beginnings.customer_id = leavings.customer_id and beginnings.active_from <= leavings.left_on
    group by beginnings.customer_id, beginnings.active_from, beginnings.active_until

),

-- One span a customer and first day: the windows below need an order without ties.
spans as (

    select
        customer_id,
        active_from,
        max(active_until) as active_until
    from ended
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
