{# One row a campaign id: where several systems know the id, the one with the most to tell. #}
select
    campaign_id,
    source,
    name,
    channel,
    started_at,
    ended_at,
    cost,
    currency
from {{ ref('canonical__campaign') }}
qualify row_number() over (
    partition by campaign_id
    order by (name is not null)::int + (started_at is not null)::int desc, source
) = 1
