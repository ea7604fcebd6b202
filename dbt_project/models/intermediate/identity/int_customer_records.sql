{# Every customer record with its person. #}
select
    identities.person,
    customers.*,
    agent_ids.agent_id as owner_agent_id,
    {{ normalised_email('customers.email') }} as normal_email,
    customers.merged_into is null as is_survivor,
    {{ is_mapped('customer', 'churned_at', 'customers.source') }} as is_lifecycle_maintained,
    {{ id_space('customers') }} as id_space
from {{ ref('canonical__customer') }} as customers
{{ join_id_space('customers') }}
{{ join_agent_id('customers', id='owner_id') }}
inner join {{ ref('int_customer_identities') }} as identities
    on identities.node = 'id:' || {{ id_space('customers') }} || ':' || customers.customer_id
