{# The sales that make up revenue: valid orders, or won deals where the company has no orders at all. #}
with

orders as (

    select * from {{ ref('fct_order') }}

),

deals as (

    select * from {{ ref('fct_deal') }}

),

sales as (

    select
        'order:' || order_key as sale_key,
        'order' as kind,
        order_key,
        customer_id,
        ordered_at as sold_at,
        ordered_on as sold_on,
        amount,
        channel,
        campaign_id,
        country,
        customer_segment
    from orders
    where is_valid

    union all

    select
        'deal:' || deal_key as sale_key,
        'deal' as kind,
        cast(null as string) as order_key,
        customer_id,
        closed_at as sold_at,
        closed_on as sold_on,
        amount,
        cast(null as string) as channel,
        campaign_id,
        country,
        customer_segment
    from deals
    where is_won and not exists (select 1 from orders)

)

select
    sales.*,
    customers.country as customer_country
from sales
left join {{ ref('int_customers') }} as customers on sales.customer_id = customers.customer_id
