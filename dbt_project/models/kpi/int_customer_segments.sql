{#
    One row per customer, segment to which the customer belongs, `all` included, and span of days during which that is
    so, `valid_until` not included.

    Country and segment are what the source says now, for all time. The segment by recency, frequency and monetary value
    changes with every purchase and with the days after it. What happens in a period counts in the segment of the day
    before the period: at its end, who bought would always be recent and who did not would be lost.
#}
with

customers as (

    select * from {{ ref('int_customers') }}

),

rfm_spans as (

    select * from {{ ref('int_customer_rfm_spans') }}

),

first_purchases as (

    select
        customer_id,
        min(valid_from) as first_day
    from rfm_spans
    group by customer_id

),

lasting as (

    select
        customer_id,
        'all' as segment_type,
        'all' as segment
    from customers

    union all

    select
        customer_id,
        'country' as segment_type,
        {{ segment_value('country') }} as segment
    from customers

    union all

    select
        customer_id,
        'customer_segment' as segment_type,
        {{ segment_value('customer_segment') }} as segment
    from customers

)

select
    customer_id,
    segment_type,
    segment,
    date '0001-01-01' as valid_from,
    date '9999-12-31' as valid_until
from lasting

union all

select
    customer_id,
    'rfm' as segment_type,
    rfm as segment,
    valid_from,
    valid_until
from rfm_spans

union all

select
    customers.customer_id,
    'rfm' as segment_type,
    'never bought' as segment,
    date '0001-01-01' as valid_from,
    coalesce(first_purchases.first_day, date '9999-12-31') as valid_until
from customers
left join first_purchases on customers.customer_id = first_purchases.customer_id
where exists (select 1 from {{ source('control', 'rfm_band') }})
