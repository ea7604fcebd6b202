with

exposures as (

    select
        exposures.*,
        {{ is_delivered('converted_at', 'cast(exposures.exposed_at as date)') }} as is_conversion_provided
    from {{ ref('canonical__exposure') }} as exposures
    {{ join_deliveries('exposure', 'exposures') }}

)

select
    exposures.source || ':' || exposures.campaign_id || ':' || exposures.customer_id as exposure_key,
    exposures.source,
    {{ known_campaign_id('exposures') }} as campaign_id,
    person_by_id.customer_id,
    {{ normalised_word('exposures.arm') }} as arm,
    exposures.exposed_at,
    cast(exposures.exposed_at as date) as exposed_on,
    {{ known('exposures.visited_at') }} as visited_at,
    {{ known('exposures.converted_at') }} as converted_at,
    case when exposures.is_conversion_provided then {{ known('exposures.converted_at') }} is not null end as is_converted,
    exposures.revenue
from exposures
{{ join_customer('exposures') }}
{{ join_campaign_id('exposures') }}
