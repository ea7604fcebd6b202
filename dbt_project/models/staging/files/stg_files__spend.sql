with

versions as (

    {{ latest_version('spend', key=['date', 'category', 'channel', 'campaign_id']) }}

)

select
    source,
    date,
    category,
    channel,
    campaign_id,
    amount,
    currency
from versions
