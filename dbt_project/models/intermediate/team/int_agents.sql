select
    source,
    agent_id,
    name,
    team,
    hired_at,
    left_at,
    count(*) over (partition by agent_id) = 1 as is_unambiguous
from {{ ref('canonical__agent') }}
