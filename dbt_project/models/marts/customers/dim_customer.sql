with

customers as (

    select * from {{ ref('int_customers') }}

),

sales as (

    select
        customer_id,
        min(sold_at) as first_sold_at,
        max(sold_at) as last_sold_at,
        count(*) as sale_count
    from {{ ref('fct_sale') }}
    where customer_id is not null
    group by customer_id

),

-- Whoever won a deal is a customer, also where revenue is that of orders.
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
    customers.name,
    customers.email,
    customers.country,
    customers.customer_segment,
    customers.acquisition_channel,
    customers.owner_id,
    referrers.customer_id as referred_by,
    customers.created_at,
    coalesce(customers.became_customer_at, least(sales.first_sold_at, won_deals.first_won_at)) as became_customer_at,
    customers.churned_at,
    sales.first_sold_at,
    sales.last_sold_at,
    coalesce(sales.sale_count, 0) as sale_count,
    customers.record_count
from customers
left join sales on customers.customer_id = sales.customer_id
left join won_deals on customers.customer_id = won_deals.customer_id
left join customers as referrers on customers.referrer_person = referrers.person
