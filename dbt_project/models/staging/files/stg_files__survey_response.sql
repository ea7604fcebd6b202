with

versions as (

    {{ latest_version('survey_response', key=['response_id'], born='answered_at') }}

)

select
    source,
    response_id,
    kind,
    answered_at,
    score,
    scale_min,
    scale_max,
    customer_id,
    ticket_id,
    order_id,
    agent_id,
    channel
from versions
