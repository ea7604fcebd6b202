with

versions as (

    {{ latest_version('web_stat', key=['date', 'channel']) }}

)

select
    source,
    date,
    channel,
    sessions,
    visitors,
    conversions,
    revenue
from versions
