with

mentions as (

    select distinct
        source,
        id_space,
        source_customer_id
    from {{ ref('int_customer_mentions') }}
    where source_customer_id is not null

),

identities as (

    select * from {{ ref('int_customer_identities') }}

),

people as (

    select person, customer_id from {{ ref('int_customers') }}

)

select
    mentions.source,
    mentions.source_customer_id,
    people.customer_id
from mentions
inner join identities on identities.node = 'id:' || mentions.id_space || ':' || mentions.source_customer_id
inner join people on identities.person = people.person
