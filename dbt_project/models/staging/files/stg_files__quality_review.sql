with

versions as (

    {{ latest_version('quality_review', key=['review_id'], born='reviewed_at') }}

)

select
    source,
    review_id,
    reviewed_at,
    interaction_id,
    ticket_id,
    agent_id,
    errors
from versions
