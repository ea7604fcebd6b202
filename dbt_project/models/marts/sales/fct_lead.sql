{#
    A lead has become a customer when its source says so. Where the source never does, the person decides: a person who
    became a customer on the day of the lead or later.
#}
with

leads as (

    select
        leads.*,
        {{ is_ever_delivered('converted_at') }} as is_conversion_provided,
        {{ is_provided('leads.customer_id', source='leads.source') }} as has_customer_ids,
        {{ is_provided('leads.email', source='leads.source') }} as has_emails
    from {{ ref('canonical__lead') }} as leads
    {{ join_deliveries('lead', 'leads') }}

),

customers as (

    select * from {{ ref('int_customer_starts') }}

),

-- Leads without the id of a customer are linked by address, which takes customers with addresses.
customers_with_email as (

    select customers.customer_id
    from customers
    inner join {{ ref('int_customer_emails') }} as emails on customers.customer_id = emails.customer_id
    where customers.became_customer_at is not null

),

linked as (

    select
        leads.*,
        customers.customer_id as person_id,
        case
            when leads.is_conversion_provided then {{ known('leads.converted_at') }}
            when cast(customers.became_customer_at as date) >= cast(leads.created_at as date)
                then customers.became_customer_at
        end as became_customer_at
    from leads
    {{ join_customer('leads', email='email') }}
    left join customers on {{ joined_customer_id(email='email') }} = customers.customer_id

)

select
    linked.source || ':' || linked.lead_id as lead_key,
    linked.source,
    lead_id,
    person_id as customer_id,
    created_at,
    cast(created_at as date) as created_on,
    became_customer_at as converted_at,
    {{ known('lost_at') }} as lost_at,
    -- Without any known customer to whom it could be linked it is unknown whether a lead became one.
    case
        when
            is_conversion_provided
            or (has_customer_ids and exists (select 1 from customers where became_customer_at is not null))
            or (has_emails and exists (select 1 from customers_with_email))
            then became_customer_at is not null
    end as is_converted,
    channel,
    {{ known_campaign_id('linked') }} as campaign_id,
    coalesce(agent_ids.agent_id, linked.owner_id) as owner_id,
    country
from linked
{{ join_agent_id('linked', id='owner_id') }}
{{ join_campaign_id('linked') }}
