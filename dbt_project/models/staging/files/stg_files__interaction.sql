{{ config(materialized='table') }}

with

versions as (

    {{ latest_version('interaction', key=['interaction_id'], born='occurred_at') }}

)

select
    source,
    interaction_id,
    occurred_at,
    ticket_id,
    customer_id,
    channel,
    author,
    agent_id,
    is_public,
    handling_seconds
from versions
