with

versions as (

    {{ latest_version('lead', key=['lead_id'], born='created_at') }}

)

select
    source,
    lead_id,
    created_at,
    email,
    channel,
    campaign_id,
    converted_at,
    lost_at,
    customer_id,
    owner_id,
    country
from versions
