with

versions as (

    {{ latest_version('ad_stat', key=['date', 'campaign_id']) }}

)

select
    source,
    date,
    campaign_id,
    impressions,
    clicks,
    conversions,
    cost
from versions
