{# The person behind each lead, to resolve references to leads by id: one row per id space and lead. #}
with

leads as (

    select * from {{ ref('fct_lead') }}
    where customer_id is not null

),

ranked as (

    select
        {{ id_space('leads') }} as id_space,
        leads.lead_id,
        leads.customer_id,
        row_number() over (partition by {{ id_space('leads') }}, leads.lead_id order by leads.source) as preference
    from leads
    {{ join_id_space('leads') }}

)

select
    id_space,
    lead_id,
    customer_id
from ranked
where preference = 1
