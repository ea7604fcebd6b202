with

versions as (

    {{ latest_version('order_line', key=['order_id', 'line_number']) }}

)

select
    source,
    order_id,
    line_number,
    product_id,
    category,
    quantity,
    amount,
    margin
from versions
