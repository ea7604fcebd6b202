{{ config(materialized='table') }}

with

versions as (

    {{ latest_version('email_event', key=['event_id'], born='occurred_at') }}

)

select
    source,
    event_id,
    campaign_id,
    email,
    customer_id,
    event,
    occurred_at,
    is_machine
from versions
