with

versions as (

    {{ latest_version('call', key=['call_id'], born='started_at') }}

)

select
    source,
    call_id,
    started_at,
    direction,
    answered_at,
    ended_at,
    is_abandoned,
    agent_id,
    customer_id,
    queue
from versions
