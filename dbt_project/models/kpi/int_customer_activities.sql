{#
    What each customer did in each period: one row per grain, period and customer who did something. By company-local day.
#}
with

events as (

    select
        customer_id,
        cast(became_customer_at as date) as day,
        'became' as event
    from {{ ref('dim_customer') }}
    where became_customer_at is not null

    union all

    select
        customer_id,
        sold_on as day,
        'bought' as event
    from {{ ref('fct_sale') }}
    where not is_refund and customer_id is not null

    union all

    select
        customer_id,
        closed_on as day,
        'won' as event
    from {{ ref('fct_deal') }}
    where is_won and customer_id is not null

    union all

    -- A recommendation is dated by the day on which the recommended person became a customer.
    select
        referred_by as customer_id,
        cast(coalesce(became_customer_at, created_at) as date) as day,
        'referred' as event
    from {{ ref('dim_customer') }}
    where referred_by is not null and coalesce(became_customer_at, created_at) is not null

),

grains as (

    {{ grain_rows() }}

),

by_customer as (

    select
        grains.grain,
        {{ period_start('grains.grain', 'events.day') }} as period_start,
        events.customer_id,
        count(*) filter (where events.event = 'became') as became,
        count(*) filter (where events.event = 'bought') as purchases,
        count(*) filter (where events.event in ('bought', 'won')) as purchases_and_deals,
        count(*) filter (where events.event = 'referred') as referrals
    from events
    cross join grains
    group by all

),

purchases_by_customer as (

    select
        grains.grain,
        {{ period_start('grains.grain', 'purchases.sold_on') }} as period_start,
        purchases.customer_id,
        bool_or(purchases.has_earlier_purchase) as has_earlier_purchase,
        bool_or(purchases.has_new_category) as has_new_category,
        bool_or(purchases.is_upsell) as has_upsell
    from {{ ref('int_purchases') }} as purchases
    cross join grains
    group by all

),

categories_by_customer as (

    select
        grains.grain,
        {{ period_start('grains.grain', 'lines.sold_on') }} as period_start,
        lines.customer_id,
        count(distinct lines.product_category) as categories
    from {{ ref('fct_sale_line') }} as lines
    cross join grains
    where not lines.is_refund and lines.customer_id is not null and lines.product_category is not null
    group by all

)

select
    by_customer.*,
    coalesce(purchases_by_customer.has_earlier_purchase, false) as has_earlier_purchase,
    coalesce(categories_by_customer.categories, 0) as categories,
    coalesce(purchases_by_customer.has_new_category or categories_by_customer.categories > 1, false) as is_cross_sold,
    coalesce(purchases_by_customer.has_upsell, false) as has_upsell
from by_customer
left join purchases_by_customer using (grain, period_start, customer_id)
left join categories_by_customer using (grain, period_start, customer_id)
