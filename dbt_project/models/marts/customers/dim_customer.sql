with

customers as (

    select * from {{ ref('int_customers') }}

),

starts as (

    select * from {{ ref('int_customer_starts') }}

),

sales as (

    select
        customer_id,
        min(sold_at) as first_sold_at,
        max(sold_at) as last_sold_at,
        count(*) as sale_count
    from {{ ref('fct_sale') }}
    where not is_refund and customer_id is not null
    group by customer_id

),

rfm as (

    select *
    from {{ ref('int_customer_rfm_spans') }}
    where {{ as_of_day() }} >= valid_from and {{ as_of_day() }} < valid_until

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
    starts.became_customer_at,
    customers.churned_at,
    sales.first_sold_at,
    sales.last_sold_at,
    coalesce(sales.sale_count, 0) as sale_count,
    rfm.recency_score,
    rfm.frequency_score,
    rfm.monetary_score,
    case
        when exists (select 1 from {{ source('control', 'rfm_band') }}) then coalesce(rfm.rfm, 'never bought')
    end as rfm,
    customers.record_count
from customers
left join starts on customers.customer_id = starts.customer_id
left join sales on customers.customer_id = sales.customer_id
left join rfm on customers.customer_id = rfm.customer_id
-- Of two records of one person, one may have been referred by the other: nobody refers themselves.
left join customers as referrers
    on customers.referrer_person = referrers.person and customers.person != referrers.person
