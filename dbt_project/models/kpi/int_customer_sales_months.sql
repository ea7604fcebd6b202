{#
    What each customer bought and brought in each month, by source: the base of the KPIs of customer value.

    A purchase is a sale above zero; a refund changes the margin and is no purchase. The margin of a sale is known where its
    source delivers margins by then and this sale has one. No margin is guessed: that of another sale is unknown. A refund
    before the first purchase is of an order that was never known: it is no part of what the customer brought since then.
#}
with

sales as (

    select
        sales.customer_id,
        sales.sold_on,
        sales.amount,
        coalesce(orders.source, 'deals') as source,
        delivered_from.margin as margin_from,
        sales.sold_on
        >= min(case when sales.amount > 0 then sales.sold_on end) over (partition by sales.customer_id) as is_of_customer,
        case when {{ is_delivered('margin', 'sales.sold_on') }} then orders.margin end as margin
    from {{ ref('fct_sale') }} as sales
    left join {{ ref('fct_order') }} as orders on sales.order_key = orders.order_key
    {{ join_deliveries('order', 'orders') }}
    where sales.customer_id is not null

)

select
    customer_id,
    source,
    {{ period_start("'month'", 'sold_on') }} as month,
    min(margin_from) as margin_from,
    count(*) filter (where amount > 0) as orders,
    coalesce(sum(amount) filter (where amount > 0), 0) as amount,
    count(margin) filter (where amount > 0) as orders_with_margin,
    coalesce(sum(margin), 0) as margin,
    coalesce(sum(margin) filter (where is_of_customer), 0) as margin_as_customer,
    count(*) filter (where is_of_customer and margin is null) as sales_without_margin
from sales
group by customer_id, source, {{ period_start("'month'", 'sold_on') }}
