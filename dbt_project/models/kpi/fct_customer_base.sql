{# The customer base of each day, for the whole company: the stock as BI tools and MetricFlow read it. #}
select
    period_start as day,
    cast(active_customers as bigint) as active_customers,
    cast(new_customers as bigint) as new_customers
from {{ ref('int_customer_periods') }}
where grain = 'day' and segment_type = 'all'
