with

customers as (

    select * from {{ ref('int_customers') }}

),

first_sales as (

    select
        customer_id,
        min(sold_at) as first_sold_at,
        max(sold_at) as last_sold_at,
        count(*) as sale_count
    from {{ ref('fct_sale') }}
    where customer_id is not null
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
    coalesce(customers.became_customer_at, first_sales.first_sold_at) as became_customer_at,
    customers.churned_at,
    first_sales.first_sold_at,
    first_sales.last_sold_at,
    coalesce(first_sales.sale_count, 0) as sale_count,
    customers.record_count
from customers
left join first_sales on customers.customer_id = first_sales.customer_id
left join customers as referrers on customers.referrer_person = referrers.person
