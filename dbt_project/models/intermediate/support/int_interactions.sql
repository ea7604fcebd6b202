with

interactions as (

    select
        *,
        {{ is_provided('channel') }} as is_channel_provided
    from {{ ref('canonical__interaction') }}

)

select
    interactions.source || ':' || interactions.interaction_id as interaction_key,
    interactions.source,
    interactions.interaction_id,
    {{ resolved_key('ticket_key') }} as ticket_key,
    interactions.customer_id as source_customer_id,
    interactions.occurred_at,
    interactions.channel,
    interactions.is_channel_provided,
    interactions.author,
    interactions.agent_id,
    coalesce(interactions.is_public, true) as is_public,
    interactions.handling_seconds
from interactions
{{ join_reference('int_ticket_references', 'ticket_id', 'interactions', ['ticket_key', 'is_excluded']) }}
-- Interactions on test data, spam and deleted tickets are not interactions with customers.
where not coalesce({{ resolved_key('is_excluded') }}, false)
