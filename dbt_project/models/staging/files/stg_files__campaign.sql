with

versions as (

    {{ latest_version('campaign', key=['campaign_id']) }}

)

select
    source,
    campaign_id,
    name,
    channel,
    started_at,
    ended_at,
    cost,
    currency
from versions
