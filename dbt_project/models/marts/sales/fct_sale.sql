{#
    The sales and refunds that make up revenue: valid orders or won deals, as `kpis.revenue.from` says. By default they are
    orders as soon as one of them is valid: a single test order does not take the place of the deals.
#}
with

orders as (

    select * from {{ ref('fct_order') }}

),

deals as (

    select * from {{ ref('fct_deal') }}

),

-- The kind of sale that makes up revenue.
taken as (

    select
        case
            when value = 'orders' then 'order'
            when value = 'deals' then 'deal'
            when exists (select 1 from orders where is_valid) then 'order'
            else 'deal'
        end as kind
    from {{ kpi_parameter('revenue', 'from') }} as chosen

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
        is_refund,
        order_type as sale_type,
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
        coalesce(original_amount < 0, false) as is_refund,
        deal_type as sale_type,
        cast(null as string) as channel,
        campaign_id,
        country,
        customer_segment
    from deals
    where is_won

)

select
    sales.*,
    customers.country as customer_country
from sales
inner join taken on sales.kind = taken.kind
left join {{ ref('int_customers') }} as customers on sales.customer_id = customers.customer_id
