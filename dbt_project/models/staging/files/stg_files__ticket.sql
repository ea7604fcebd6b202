{{ config(materialized='table') }}

with

versions as (

    {{ latest_version('ticket', key=['ticket_id'], born='created_at') }}

)

select
    source,
    ticket_id,
    created_at,
    customer_id,
    email,
    channel,
    priority,
    category,
    team,
    agent_id,
    first_response_at,
    resolved_at,
    closed_at,
    status,
    reopen_count,
    reassignment_count,
    agent_reply_count,
    interaction_count,
    is_automated,
    sla_met,
    updated_at,
    merged_into
from versions
