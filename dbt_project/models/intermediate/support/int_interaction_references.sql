{# What a reference to an interaction by its id leads to: its ticket and its agent, and whether it counts. #}
select
    interactions.source,
    interactions.interaction_id,
    {{ resolved_key('ticket_key') }} as ticket_key,
    coalesce(agent_ids.agent_id, interactions.agent_id) as agent_id,
    coalesce({{ resolved_key('is_excluded') }}, false) as is_excluded,
    count(*) over (partition by interactions.interaction_id) = 1 as is_unambiguous
from {{ ref('canonical__interaction') }} as interactions
{{ join_reference('int_ticket_references', 'ticket_id', 'interactions', ['ticket_key', 'is_excluded']) }}
{{ join_agent_id('interactions') }}
