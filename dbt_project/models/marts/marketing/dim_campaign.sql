{# One row per campaign id. Where several systems have the id, the most complete row counts. #}
with

campaigns as (

    select
        *,
        row_number() over (
            partition by campaign_id
            order by
                cast(name is not null as integer) + cast(started_at is not null as integer) desc,
                source
        ) as preference
    from {{ ref('canonical__campaign') }}

)

select
    campaign_id,
    source,
    name,
    channel,
    started_at,
    ended_at,
    cost,
    currency
from campaigns
where preference = 1
