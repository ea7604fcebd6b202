{# Sales by product category: one row per line, or per sale where it has no lines. #}
with

sales as (

    select * from {{ ref('fct_sale') }}

),

lines as (

    select * from {{ ref('fct_order_line') }}

)

select
    sales.sale_key || coalesce(':' || lines.line_number, '') as sale_line_key,
    sales.sale_key,
    sales.customer_id,
    sales.sold_on,
    lines.product_category,
    case when lines.order_line_key is null then sales.amount else lines.amount end as amount
from sales
left join lines on sales.order_key = lines.order_key
