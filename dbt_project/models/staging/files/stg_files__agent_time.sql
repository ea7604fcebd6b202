with

versions as (

    {{ latest_version('agent_time', key=['agent_id', 'date']) }}

)

select
    source,
    agent_id,
    date,
    available_seconds,
    handling_seconds
from versions
