{# The tickets open at the end of each day, for the whole company: the stock as BI tools and MetricFlow read it. #}
select
    period_start as day,
    cast(open_tickets as bigint) as open_tickets,
    open_seconds
from {{ ref('int_ticket_backlog_periods') }}
where grain = 'day' and segment_type = 'all'
