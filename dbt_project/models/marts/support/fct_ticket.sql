with

tickets as (

    select
        tickets.*,
        cast(tickets.created_at as date) as created_on,
        {{ is_provided('tickets.team', source='tickets.source') }} as is_team_provided,
        coalesce({{ normalised_word('tickets.status') }} in {{ open_ticket_statuses() }}, false) as is_open,
        {%- for column in evaluated_columns('ticket') %}
        {{ is_delivered(column, 'cast(tickets.created_at as date)') }} as delivers_{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('canonical__ticket') }} as tickets
    {{ join_deliveries('ticket', 'tickets') }}

),

interactions as (

    select * from {{ ref('int_ticket_interactions') }}

),

-- Interactions replace a ticket's own columns only in a source whose interactions are loaded, and since they are.
sources_with_interactions as (

    select
        tickets.source,
        min({{ period_start("'month'", 'tickets.created_on') }}) as interactions_from,
        min(case when interactions.has_known_authors then {{ period_start("'month'", 'tickets.created_on') }} end)
            as authors_from
    from tickets
    inner join interactions on interactions.ticket_key = tickets.source || ':' || tickets.ticket_id
    group by tickets.source

),

-- An answer and an end are known where the source delivers them, or has what they follow from.
with_solutions as (

    select
        tickets.*,
        coalesce(tickets.created_on >= sources_with_interactions.interactions_from, false) as has_interactions,
        coalesce(tickets.created_on >= sources_with_interactions.authors_from, false) as has_authors,
        {{ known(
            'case when tickets.delivers_resolved_at then tickets.resolved_at'
            ~ ' when tickets.delivers_closed_at then tickets.closed_at end'
        ) }} as solved_at,
        {{ known('case when tickets.delivers_closed_at then tickets.closed_at end') }} as known_closed_at
    from tickets
    left join sources_with_interactions on tickets.source = sources_with_interactions.source

),

completed as (

    select
        tickets.source || ':' || tickets.ticket_id as ticket_key,
        tickets.source,
        tickets.ticket_id,
        tickets.created_at,
        tickets.created_on,
        tickets.customer_id,
        tickets.email,
        tickets.channel,
        tickets.delivers_channel as is_channel_known,
        tickets.priority,
        tickets.category,
        coalesce(agent_ids.agent_id, tickets.agent_id) as agent_id,
        tickets.status,
        tickets.reopen_count,
        tickets.reassignment_count,
        tickets.sla_met,
        tickets.updated_at,
        tickets.delivers_reopen_count,
        tickets.delivers_resolved_at or tickets.delivers_closed_at as is_end_known,
        tickets.delivers_first_response_at or tickets.has_authors as is_first_response_known,
        {{ known(
            'case when tickets.delivers_first_response_at then tickets.first_response_at'
            ~ ' when tickets.has_authors then interactions.first_agent_reply_at end'
        ) }} as first_response_at,
        -- A ticket whose status is open was solved and is open again: what it once got is an answer, and no end.
        coalesce(tickets.solved_at, tickets.known_closed_at) is not null as was_solved,
        case when not tickets.is_open then tickets.solved_at end as resolved_at,
        case when not tickets.is_open then tickets.known_closed_at end as closed_at,
        case
            when tickets.delivers_agent_reply_count then tickets.agent_reply_count
            when tickets.has_authors then coalesce(interactions.agent_reply_count, 0)
        end as agent_reply_count,
        tickets.delivers_agent_reply_count or tickets.has_authors as is_reply_count_known,
        case
            when tickets.delivers_interaction_count then tickets.interaction_count
            when tickets.has_interactions then coalesce(interactions.interaction_count, 0)
        end as interaction_count,
        case
            when tickets.delivers_is_automated then coalesce(tickets.is_automated, false)
            when tickets.has_authors then not coalesce(interactions.has_agent, false)
        end as is_automated,
        coalesce(tickets.is_automated, false) as is_marked_automated,
        interactions.handling_seconds,
        case when tickets.is_team_provided then tickets.team else agents.team end as team
    from with_solutions as tickets
    left join interactions on interactions.ticket_key = tickets.source || ':' || tickets.ticket_id
    {{ join_agent_id('tickets') }}
    left join {{ ref('dim_agent') }} as agents on agent_ids.agent_id = agents.agent_id
    left join {{ ref('int_ticket_cycles') }} as cycles on cycles.ticket_key = tickets.source || ':' || tickets.ticket_id
    -- No KPI counts test data, spam, deleted and merged tickets. Of those merged into each other in a circle one counts.
    where
        cycles.ticket_key is not null
        or (
            coalesce({{ normalised_word('tickets.status') }} not in {{ excluded_ticket_statuses() }}, true)
            and tickets.merged_into is null
        )

),

-- Tickets without a calendar have no business hours and take no part in the joins by time.
scheduled as (

    select
        completed.ticket_key,
        completed.created_at,
        completed.first_response_at,
        completed.resolved_at,
        coalesce(own.calendar_number, otherwise.calendar_number) as calendar_number
    from completed
    left join {{ source('control', 'team_calendar') }} as own
        on {{ normalised_word('completed.team') }} = {{ normalised_word('own.team') }}
    left join {{ source('control', 'team_calendar') }} as otherwise on otherwise.team is null
    where coalesce(own.calendar_number, otherwise.calendar_number) is not null

),

open_spans as (

    select
        opens_at,
        closes_at,
        seconds_before,
        {{ calendar_position('calendar_number', 'opens_at') }} as begins_at_position
    from {{ source('control', 'business_hours') }}

),

{%- set hours = {
    'at_creation': 'scheduled.created_at', 'at_response': 'scheduled.first_response_at', 'at_resolution': 'scheduled.resolved_at'
} %}

in_business_hours as (

    select
        scheduled.ticket_key,
        {{ business_seconds_between('scheduled.created_at', 'at_creation', 'scheduled.first_response_at', 'at_response') }}
            as first_response_business_seconds,
        {{ business_seconds_between('scheduled.created_at', 'at_creation', 'scheduled.resolved_at', 'at_resolution') }}
            as resolution_business_seconds
    from scheduled
    {%- for alias, moment in hours.items() %}
    {{ asof_left_join(
        'open_spans',
        alias=alias,
        equal={},
        moment=calendar_position('scheduled.calendar_number', moment),
        valid_from='begins_at_position'
    ) }}
    {%- endfor %}

)

select
    tickets.ticket_key,
    tickets.source,
    tickets.ticket_id,
    {{ joined_customer_id(email='email') }} as customer_id,
    tickets.channel,
    tickets.is_channel_known,
    tickets.priority,
    tickets.category,
    tickets.team,
    tickets.agent_id,
    customers.country,
    customers.customer_segment,
    tickets.status,
    tickets.created_at,
    tickets.created_on,
    -- An automated answer is no first response.
    case when not tickets.is_marked_automated then tickets.first_response_at end as first_response_at,
    case when not tickets.is_marked_automated then cast(tickets.first_response_at as date) end as first_responded_on,
    case when not tickets.is_marked_automated then {{ seconds_between('tickets.created_at', 'tickets.first_response_at') }} end
        as first_response_seconds,
    case when not tickets.is_marked_automated then in_business_hours.first_response_business_seconds end
        as first_response_business_seconds,
    tickets.resolved_at,
    cast(tickets.resolved_at as date) as resolved_on,
    {{ seconds_between('tickets.created_at', 'tickets.resolved_at') }} as resolution_seconds,
    in_business_hours.resolution_business_seconds,
    tickets.closed_at,
    cast(tickets.closed_at as date) as closed_on,
    {{ seconds_between('tickets.created_at', 'tickets.closed_at') }} as age_seconds,
    coalesce(tickets.resolved_at, tickets.closed_at) as ended_at,
    tickets.is_end_known,
    case
        when tickets.is_first_response_known or tickets.is_end_known
            then tickets.was_solved or (tickets.first_response_at is not null and not tickets.is_marked_automated)
    end as is_answered,
    tickets.reopen_count,
    tickets.reassignment_count,
    tickets.agent_reply_count,
    case
        when tickets.is_reply_count_known
            then coalesce(
                tickets.agent_reply_count <= 1
                -- What no person solved needed no contact.
                and not coalesce(tickets.is_automated, false)
                and coalesce(tickets.reopen_count, 0) = 0
                and coalesce(tickets.reassignment_count, 0) = 0,
                false
            )
    end as is_first_contact_resolution,
    case when tickets.delivers_reopen_count then coalesce(tickets.reopen_count, 0) > 0 end as is_reopened,
    tickets.interaction_count,
    tickets.handling_seconds,
    tickets.is_automated,
    tickets.sla_met,
    tickets.updated_at
from completed as tickets
left join in_business_hours on tickets.ticket_key = in_business_hours.ticket_key
{{ join_customer('tickets', email='email') }}
left join {{ ref('int_customers') }} as customers
    on customers.customer_id = {{ joined_customer_id(email='email') }}
