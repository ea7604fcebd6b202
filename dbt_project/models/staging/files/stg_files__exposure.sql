with

versions as (

    {{ latest_version('exposure', key=['campaign_id', 'customer_id'], born='exposed_at') }}

)

select
    source,
    campaign_id,
    customer_id,
    arm,
    exposed_at,
    visited_at,
    converted_at,
    revenue
from versions
