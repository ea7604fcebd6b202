with

calls as (

    select
        *,
        {{ is_provided('is_abandoned') }} as is_abandonment_provided,
        {{ is_provided('answered_at') }} as is_answer_provided,
        {{ is_provided('ended_at') }} as is_end_provided
    from {{ ref('canonical__call') }}

)

select
    calls.source || ':' || calls.call_id as call_key,
    calls.source,
    calls.call_id,
    calls.direction,
    calls.queue,
    coalesce(agent_ids.agent_id, calls.agent_id) as agent_id,
    person_by_id.customer_id,
    calls.started_at,
    cast(calls.started_at as date) as started_on,
    {{ known('calls.answered_at') }} as answered_at,
    {{ known('calls.ended_at') }} as ended_at,
    case
        when calls.is_abandonment_provided then coalesce(calls.is_abandoned, false)
        when calls.is_answer_provided and calls.is_end_provided
            then calls.answered_at is null and {{ known('calls.ended_at') }} is not null
    end as is_abandoned
from calls
{{ join_customer('calls') }}
{{ join_agent_id('calls') }}
