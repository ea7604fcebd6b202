with

versions as (

    {{ latest_version('deal', key=['deal_id'], born='created_at') }}

)

select
    source,
    deal_id,
    created_at,
    customer_id,
    closed_at,
    is_won,
    amount,
    currency,
    deal_type,
    owner_id,
    campaign_id
from versions
