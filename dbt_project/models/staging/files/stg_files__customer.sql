{{ config(materialized='table') }}

with

versions as (

    {{ latest_version('customer', key=['customer_id'], born='created_at') }}

)

select
    source,
    customer_id,
    email,
    name,
    country,
    segment,
    acquisition_channel,
    created_at,
    became_customer_at,
    churned_at,
    owner_id,
    referred_by,
    updated_at,
    merged_into
from versions
