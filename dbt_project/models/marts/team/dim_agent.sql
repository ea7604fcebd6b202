{# One row per agent. Where several systems that share their ids have the agent, the most complete row counts. #}
with

agents as (

    select
        *,
        row_number() over (
            partition by agent_id
            order by
                cast(name is not null as integer) + cast(team is not null as integer) desc,
                source
        ) as preference
    from {{ ref('int_agents') }}

)

select
    agent_id,
    source,
    name,
    team,
    {{ known('hired_at') }} as hired_at,
    {{ known('left_at') }} as left_at
from agents
where preference = 1
