{# The records of agents, each with the id under which the agent is known. #}
select
    agents.source,
    ids.agent_id,
    agents.name,
    agents.team,
    agents.hired_at,
    agents.left_at
from {{ ref('canonical__agent') }} as agents
inner join {{ ref('int_agent_ids') }} as ids on agents.source = ids.source and agents.agent_id = ids.source_agent_id
