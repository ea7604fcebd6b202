{{ config(materialized='table') }}

with

versions as (

    {{ latest_version('order', key=['order_id'], born='ordered_at') }}

)

select
    source,
    order_id,
    customer_id,
    ordered_at,
    amount,
    currency,
    margin,
    status,
    channel,
    order_type,
    campaign_id,
    country
from versions
