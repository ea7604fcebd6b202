{# One row an agent id: where several systems know the id, the one with the most to tell. #}
select
    agent_id,
    source,
    name,
    team,
    {{ known('hired_at') }} as hired_at,
    {{ known('left_at') }} as left_at
from {{ ref('int_agents') }}
qualify row_number() over (
    partition by agent_id
    order by (name is not null)::int + (team is not null)::int desc, source
) = 1
