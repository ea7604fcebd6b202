{# Sales by product category: one row per line, or per sale where it has no lines. #}
with

sales as (

    select * from {{ ref('fct_sale') }}

),

lines as (

    select * from {{ ref('fct_order_line') }}

)

select
    -- The number comes first: an id may itself end in a colon and a number.
    coalesce(lines.line_number || ':', '') || sales.sale_key as sale_line_key,
    sales.sale_key,
    sales.customer_id,
    sales.sold_on,
    sales.is_refund,
    lines.product_category,
    case when lines.order_line_key is null then sales.amount else lines.amount end as amount
from sales
left join lines on sales.order_key = lines.order_key
