with

versions as (

    {{ latest_version('agent', key=['agent_id']) }}

)

select
    source,
    agent_id,
    name,
    team,
    hired_at,
    left_at
from versions
