with

touchpoints as (

    select * from {{ ref('canonical__touchpoint') }}

)

select
    touchpoints.source || ':' || touchpoints.touchpoint_id as touchpoint_key,
    touchpoints.source,
    touchpoints.touchpoint_id,
    coalesce({{ joined_customer_id() }}, leads.customer_id) as customer_id,
    touchpoints.channel,
    {{ known_campaign_id('touchpoints') }} as campaign_id,
    touchpoints.occurred_at,
    cast(touchpoints.occurred_at as date) as occurred_on
from touchpoints
{{ join_customer('touchpoints') }}
{{ join_campaign_id('touchpoints') }}
{{ join_id_space('touchpoints') }}
left join {{ ref('int_lead_references') }} as leads
    on {{ id_space('touchpoints') }} = leads.id_space and touchpoints.lead_id = leads.lead_id
