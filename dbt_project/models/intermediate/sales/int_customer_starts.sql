{# When people became customers: as a system recorded it, else at the first sale or won deal, whichever was earlier. #}
with

customers as (

    select * from {{ ref('int_customers') }}

),

sales as (

    select
        customer_id,
        min(sold_at) as first_sold_at
    from {{ ref('fct_sale') }}
    where not is_refund and customer_id is not null
    group by customer_id

),

-- Whoever won a deal is a customer, even where revenue is that of orders.
won_deals as (

    select
        customer_id,
        min(closed_at) as first_won_at
    from {{ ref('fct_deal') }}
    where is_won and customer_id is not null
    group by customer_id

)

select
    customers.customer_id,
    coalesce(customers.became_customer_at, least(sales.first_sold_at, won_deals.first_won_at)) as became_customer_at
from customers
left join sales on customers.customer_id = sales.customer_id
left join won_deals on customers.customer_id = won_deals.customer_id
