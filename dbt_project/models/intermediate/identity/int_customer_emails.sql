with

people as (

    select person, customer_id from {{ ref('int_customers') }}

),

identities as (

    select * from {{ ref('int_customer_identities') }}

)

select
    substr(identities.node, length('email:') + 1) as email,
    people.customer_id
from identities
inner join people on identities.person = people.person
where identities.node like 'email:%'
