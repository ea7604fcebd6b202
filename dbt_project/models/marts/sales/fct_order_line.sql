with

lines as (

    select * from {{ ref('canonical__order_line') }}

),

orders as (

    select * from {{ ref('fct_order') }}

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
from lines
{{ join_reference('int_order_references', 'order_id', 'lines', ['order_key']) }}
inner join orders on orders.order_key = {{ resolved_key('order_key') }}
