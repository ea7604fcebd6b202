with

lines as (

    select * from {{ ref('canonical__order_line') }}

),

orders as (

    select * from {{ ref('fct_order') }}

),

resolved as (

    select
        lines.*,
        {{ resolved_key('order_key') }} as order_key,
        -- Where two sources have the lines of one order, those of the order's own source count, else those of the first.
        dense_rank() over (
            partition by {{ resolved_key('order_key') }}
            order by case when own_reference.order_key is not null then 0 else 1 end, lines.source
        ) as source_preference
    from lines
    {{ join_reference('int_order_references', 'order_id', 'lines', ['order_key']) }}

)

select
    lines.source || ':' || lines.order_id || ':' || lines.line_number as order_line_key,
    lines.source,
    orders.order_key,
    lines.order_id,
    lines.line_number,
    lines.product_id,
    lines.category as product_category,
    lines.quantity,
    -- Lines are in the currency of their order.
    case
        when orders.fx_rate = 1 then lines.amount
        else try_cast(cast(lines.amount as double) * orders.fx_rate as decimal(18, 6))
    end as amount,
    orders.is_valid,
    orders.customer_id,
    orders.ordered_on
from resolved as lines
inner join orders on lines.order_key = orders.order_key
where lines.source_preference = 1
