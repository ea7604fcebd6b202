with

versions as (

    {{ latest_version('touchpoint', key=['touchpoint_id'], born='occurred_at') }}

)

select
    source,
    touchpoint_id,
    customer_id,
    lead_id,
    channel,
    campaign_id,
    occurred_at
from versions
