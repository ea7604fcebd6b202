with

responses as (

    select
        *,
        {{ is_provided('channel') }} as is_channel_provided,
        {{ is_provided('agent_id') }} as is_agent_provided,
        {{ is_provided('customer_id') }} as is_customer_provided
    from {{ ref('canonical__survey_response') }}

),

scaled as (

    select
        *,
        coalesce(scale_min, {{ usual_lowest_score('kind') }}) as lowest_score,
        coalesce(scale_max, {{ usual_highest_score('kind') }}) as highest_score
    from responses

),

ranked as (

    select
        scaled.*,
        {{ resolved_key('ticket_key') }} as ticket_key,
        row_number() over (
            partition by
                scaled.kind, coalesce({{ resolved_key('ticket_key') }}, scaled.source || ':' || scaled.ticket_id)
            order by scaled.answered_at desc, scaled.source desc, scaled.response_id desc
        ) as recency
    from scaled
    {{ join_reference('int_ticket_references', 'ticket_id', 'scaled', ['ticket_key', 'is_excluded']) }}
    -- Answers on test data, spam and deleted tickets are not answers of customers.
    where not coalesce({{ resolved_key('is_excluded') }}, false)

),

-- A survey on a ticket that was answered twice counts once, with the latest answer.
latest as (

    select *
    from ranked
    where ticket_id is null or recency = 1

),

attributed as (

    select
        latest.*,
        case when latest.is_channel_provided then latest.channel else tickets.channel end as answer_channel,
        case when latest.is_agent_provided then coalesce(agent_ids.agent_id, latest.agent_id) else tickets.agent_id end
            as answer_agent_id,
        tickets.team as ticket_team,
        tickets.customer_id as ticket_customer_id
    from latest
    left join {{ ref('fct_ticket') }} as tickets on latest.ticket_key = tickets.ticket_key
    {{ join_agent_id('latest') }}

)

select
    attributed.source || ':' || attributed.response_id as response_key,
    attributed.source,
    attributed.response_id,
    attributed.kind,
    attributed.answered_at,
    cast(attributed.answered_at as date) as answered_on,
    attributed.score,
    attributed.lowest_score as scale_min,
    attributed.highest_score as scale_max,
    attributed.ticket_key,
    attributed.order_id,
    case
        when attributed.is_customer_provided then person_by_id.customer_id
        else attributed.ticket_customer_id
    end as customer_id,
    attributed.answer_channel as channel,
    coalesce(agents.team, attributed.ticket_team) as team,
    attributed.answer_agent_id as agent_id,
    customers.country,
    customers.customer_segment,
    -- Answers at the top of the scale are satisfied: 4 of 5, 8 of 10, 'good' of good and bad.
    case when attributed.kind in ('csat', 'employee') then attributed.score * 5 >= attributed.highest_score * 4 end
        as is_satisfied,
    case
        when attributed.kind != 'nps' then null
        when {{ recommendation('attributed') }} >= 9 then 100
        when {{ recommendation('attributed') }} <= 6 then -100
        else 0
    end as nps_points,
    case
        when attributed.kind = 'ces'
            then try_cast(
                (attributed.score - attributed.lowest_score) * 7
                / nullif(attributed.highest_score - attributed.lowest_score, 0) as decimal(18, 9)
            )
    end as effort_score
from attributed
{{ join_customer('attributed') }}
left join {{ ref('int_customers') }} as customers
    on customers.customer_id = case
        when attributed.is_customer_provided then person_by_id.customer_id else attributed.ticket_customer_id
    end
left join {{ ref('dim_agent') }} as agents on attributed.answer_agent_id = agents.agent_id
