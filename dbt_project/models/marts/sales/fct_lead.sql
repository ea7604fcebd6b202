with

leads as (

    select * from {{ ref('stg_files__lead') }}

)

select
    leads.source || ':' || leads.lead_id as lead_key,
    leads.source,
    leads.lead_id,
    {{ joined_customer_id(email='email') }} as customer_id,
    leads.created_at,
    cast(leads.created_at as date) as created_on,
    {{ known('leads.converted_at') }} as converted_at,
    {{ known('leads.lost_at') }} as lost_at,
    coalesce({{ known('leads.converted_at') }} is not null, false) as is_converted,
    leads.channel,
    leads.campaign_id,
    leads.owner_id,
    leads.country
from leads
{{ join_customer('leads', email='email') }}
