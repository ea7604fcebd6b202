{#
    Reviews of interactions and tickets. What a review does not say about the agent is that of the interaction, or of the
    ticket. Reviews of test data, spam and deleted tickets are not about work for customers.
#}
with

reviews as (

    select * from {{ ref('canonical__quality_review') }}
    where reviewed_at <= {{ as_of() }}

),

by_interaction as (

    select
        reviews.source,
        reviews.review_id,
        {{ resolved_key('ticket_key') }} as ticket_key,
        {{ resolved_key('agent_id') }} as agent_id,
        {{ resolved_key('is_excluded') }} as is_excluded
    from reviews
    {{ join_reference('int_interaction_references', 'interaction_id', 'reviews', ['ticket_key', 'agent_id', 'is_excluded']) }}

),

resolved as (

    select
        reviews.*,
        coalesce({{ resolved_key('ticket_key') }}, by_interaction.ticket_key) as ticket_key,
        coalesce(agent_ids.agent_id, by_interaction.agent_id) as known_agent_id,
        coalesce({{ resolved_key('is_excluded') }}, by_interaction.is_excluded, false) as is_excluded
    from reviews
    inner join by_interaction on reviews.source = by_interaction.source and reviews.review_id = by_interaction.review_id
    {{ join_reference('int_ticket_references', 'ticket_id', 'reviews', ['ticket_key', 'is_excluded']) }}
    {{ join_agent_id('reviews') }}

)

select
    resolved.source || ':' || resolved.review_id as review_key,
    resolved.source,
    resolved.review_id,
    resolved.reviewed_at,
    cast(resolved.reviewed_at as date) as reviewed_on,
    coalesce(resolved.known_agent_id, tickets.agent_id) as agent_id,
    coalesce(agents.team, tickets.team) as team,
    resolved.errors
from resolved
left join {{ ref('fct_ticket') }} as tickets on resolved.ticket_key = tickets.ticket_key
left join {{ ref('dim_agent') }} as agents on coalesce(resolved.known_agent_id, tickets.agent_id) = agents.agent_id
where not resolved.is_excluded
