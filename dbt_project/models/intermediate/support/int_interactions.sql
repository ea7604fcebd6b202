with

interactions as (

    select
        interactions.*,
        {{ is_delivered('channel', 'cast(interactions.occurred_at as date)') }} as is_channel_delivered,
        {{ is_delivered('author', 'cast(interactions.occurred_at as date)') }} as is_author_delivered
    from {{ ref('canonical__interaction') }} as interactions
    {{ join_deliveries('interaction', 'interactions') }}

)

select
    interactions.source || ':' || interactions.interaction_id as interaction_key,
    interactions.source,
    interactions.interaction_id,
    {{ resolved_key('ticket_key') }} as ticket_key,
    interactions.customer_id as source_customer_id,
    interactions.occurred_at,
    interactions.channel,
    interactions.is_channel_delivered,
    interactions.author,
    interactions.is_author_delivered,
    coalesce(agent_ids.agent_id, interactions.agent_id) as agent_id,
    coalesce(interactions.is_public, true) as is_public,
    interactions.handling_seconds
from interactions
{{ join_reference('int_ticket_references', 'ticket_id', 'interactions', ['ticket_key', 'is_excluded']) }}
{{ join_agent_id('interactions') }}
-- Interactions on test data, spam and deleted tickets are not interactions with customers.
where not coalesce({{ resolved_key('is_excluded') }}, false)
