select
    source,
    date as visited_on,
    channel,
    sessions,
    visitors,
    conversions,
    revenue
from {{ ref('canonical__web_stat') }}
where date <= {{ as_of_day() }}
