with

versions as (

    {{ latest_version('training', key=['training_id'], born='completed_at') }}

)

select
    source,
    training_id,
    agent_id,
    completed_at
from versions
