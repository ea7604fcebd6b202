{# Every segment of a KPI. Owners are members of a team, like agents. #}
with

segments as (

    select distinct
        segment_type,
        segment
    from {{ ref('fct_kpi') }}

),

agents as (

    select * from {{ ref('dim_agent') }}

),

campaigns as (

    select * from {{ ref('dim_campaign') }}

)

select
    segments.segment_type,
    segments.segment,
    case
        when segments.segment_type in ('agent', 'owner') then agents.name
        when segments.segment_type = 'campaign' then campaigns.name
    end as name
from segments
left join agents on segments.segment_type in ('agent', 'owner') and segments.segment = agents.agent_id
left join campaigns on segments.segment_type = 'campaign' and segments.segment = campaigns.campaign_id
