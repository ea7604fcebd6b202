with

interactions as (

    select * from {{ ref('int_interactions') }}

),

tickets as (

    select * from {{ ref('fct_ticket') }}

)

select
    interactions.interaction_key,
    interactions.source,
    interactions.interaction_id,
    interactions.ticket_key,
    coalesce(person_by_id.customer_id, tickets.customer_id) as customer_id,
    interactions.occurred_at,
    cast(interactions.occurred_at as date) as occurred_on,
    case when interactions.is_channel_delivered then interactions.channel else tickets.channel end as channel,
    interactions.is_channel_delivered or coalesce(tickets.is_channel_known, false) as is_channel_known,
    interactions.author,
    interactions.agent_id,
    interactions.is_public,
    interactions.handling_seconds
from interactions
left join tickets on interactions.ticket_key = tickets.ticket_key
left join {{ ref('int_customer_ids') }} as person_by_id
    on interactions.source = person_by_id.source and interactions.source_customer_id = person_by_id.source_customer_id
