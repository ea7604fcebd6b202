{# The records at the end of each day, for the whole company: the stock as BI tools and MetricFlow read it. #}
select
    period_start as day,
    cast(customer_records as bigint) as customer_records,
    cast(duplicate_records as bigint) as duplicate_records,
    cast(checked_records as bigint) as checked_records,
    cast(complete_records as bigint) as complete_records,
    hours_since_newest
from {{ ref('int_record_quality_periods') }}
where grain = 'day' and segment_type = 'all'
