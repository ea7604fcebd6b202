with

tickets as (

    select
        *,
        {{ is_provided('first_response_at') }} as is_first_response_provided,
        {{ is_provided('resolved_at') }} as is_resolution_provided,
        {{ is_provided('agent_reply_count') }} as is_agent_reply_count_provided,
        {{ is_provided('interaction_count') }} as is_interaction_count_provided,
        {{ is_provided('reopen_count') }} as is_reopen_count_provided,
        {{ is_provided('is_automated') }} as is_automation_provided,
        {{ is_provided('team') }} as is_team_provided
    from {{ ref('canonical__ticket') }}

),

interactions as (

    select * from {{ ref('int_ticket_interactions') }}

),

-- Interactions replace a ticket's own columns only in a source whose interactions are loaded.
sources_with_interactions as (

    select distinct tickets.source
    from tickets
    inner join interactions on interactions.ticket_key = tickets.source || ':' || tickets.ticket_id

),

completed as (

    select
        tickets.source || ':' || tickets.ticket_id as ticket_key,
        tickets.source,
        tickets.ticket_id,
        tickets.created_at,
        tickets.customer_id,
        tickets.email,
        tickets.channel,
        tickets.priority,
        tickets.category,
        tickets.agent_id,
        tickets.status,
        tickets.reopen_count,
        tickets.reassignment_count,
        tickets.sla_met,
        tickets.updated_at,
        tickets.is_agent_reply_count_provided,
        tickets.is_reopen_count_provided,
        {{ known('case when tickets.is_first_response_provided then tickets.first_response_at else interactions.first_agent_reply_at end') }}
            as first_response_at,
        {{ known('case when tickets.is_resolution_provided then tickets.resolved_at else tickets.closed_at end') }}
            as resolved_at,
        {{ known('tickets.closed_at') }} as closed_at,
        case
            when tickets.is_agent_reply_count_provided then tickets.agent_reply_count
            when sources_with_interactions.source is not null then coalesce(interactions.agent_reply_count, 0)
        end as agent_reply_count,
        case
            when tickets.is_interaction_count_provided then tickets.interaction_count
            when sources_with_interactions.source is not null then coalesce(interactions.interaction_count, 0)
        end as interaction_count,
        case
            when tickets.is_automation_provided then coalesce(tickets.is_automated, false)
            when sources_with_interactions.source is not null then not coalesce(interactions.has_agent, false)
        end as is_automated,
        coalesce(tickets.is_automated, false) as is_marked_automated,
        case when tickets.is_team_provided then tickets.team else agents.team end as team
    from tickets
    left join interactions on interactions.ticket_key = tickets.source || ':' || tickets.ticket_id
    left join sources_with_interactions on tickets.source = sources_with_interactions.source
    left join {{ ref('dim_agent') }} as agents on tickets.agent_id = agents.agent_id
    -- No KPI counts test data, spam, deleted and merged tickets.
    where
        coalesce({{ normalised_word('tickets.status') }} not in {{ excluded_ticket_statuses() }}, true)
        and tickets.merged_into is null

)

select
    tickets.ticket_key,
    tickets.source,
    tickets.ticket_id,
    {{ joined_customer_id(email='email') }} as customer_id,
    tickets.channel,
    tickets.priority,
    tickets.category,
    tickets.team,
    tickets.agent_id,
    customers.country,
    customers.customer_segment,
    tickets.status,
    tickets.created_at,
    cast(tickets.created_at as date) as created_on,
    -- An automated answer is no first response.
    case when not tickets.is_marked_automated then tickets.first_response_at end as first_response_at,
    case when not tickets.is_marked_automated then cast(tickets.first_response_at as date) end as first_responded_on,
    case when not tickets.is_marked_automated then {{ seconds_between('tickets.created_at', 'tickets.first_response_at') }} end
        as first_response_seconds,
    tickets.resolved_at,
    cast(tickets.resolved_at as date) as resolved_on,
    {{ seconds_between('tickets.created_at', 'tickets.resolved_at') }} as resolution_seconds,
    tickets.closed_at,
    cast(tickets.closed_at as date) as closed_on,
    {{ seconds_between('tickets.created_at', 'tickets.closed_at') }} as age_seconds,
    coalesce(tickets.resolved_at, tickets.closed_at) as ended_at,
    tickets.reopen_count,
    tickets.reassignment_count,
    tickets.agent_reply_count,
    case
        when tickets.is_agent_reply_count_provided or tickets.agent_reply_count is not null
            then coalesce(
                tickets.agent_reply_count = 1
                and coalesce(tickets.reopen_count, 0) = 0
                and coalesce(tickets.reassignment_count, 0) = 0,
                false
            )
    end as is_first_contact_resolution,
    case when tickets.is_reopen_count_provided then coalesce(tickets.reopen_count, 0) > 0 end as is_reopened,
    tickets.interaction_count,
    tickets.is_automated,
    tickets.sla_met,
    tickets.updated_at
from completed as tickets
{{ join_customer('tickets', email='email') }}
left join {{ ref('int_customers') }} as customers
    on customers.customer_id = {{ joined_customer_id(email='email') }}
