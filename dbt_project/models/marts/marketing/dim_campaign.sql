{# One row per campaign. Where several systems that share their ids have the campaign, the most complete row counts. #}
with

campaigns as (

    select
        campaigns.*,
        {{ known_campaign_id('campaigns') }} as known_id,
        row_number() over (
            partition by {{ known_campaign_id('campaigns') }}
            order by
                cast(campaigns.name is not null as integer) + cast(campaigns.started_at is not null as integer) desc,
                campaigns.source
        ) as preference
    from {{ ref('canonical__campaign') }} as campaigns
    {{ join_campaign_id('campaigns') }}

)

select
    known_id as campaign_id,
    source,
    name,
    channel,
    started_at,
    ended_at,
    cost,
    currency
from campaigns
where preference = 1
