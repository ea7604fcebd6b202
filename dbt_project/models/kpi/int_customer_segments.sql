{# One row per customer and segment to which the customer belongs, `all` included. #}
with

customers as (

    select * from {{ ref('int_customers') }}

)

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
