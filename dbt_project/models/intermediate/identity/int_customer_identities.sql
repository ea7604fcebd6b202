{#
    Connected components of a graph. Its nodes are the ids and e-mail addresses under which people are known; its edges
    say that two of them belong to one person.

    Customer records establish who is one person: records with the same id in an id space, with the same address, or
    merged by their system. Tickets, e-mails, calls and the like only refer to people. They establish a person for an id
    that no record has, and then the address beside it belongs to that person if it belongs to no other id of its space.
#}
with

mentions as (

    select
        mentions.id_space,
        mentions.is_record,
        'id:' || mentions.id_space || ':' || mentions.source_customer_id as id_node,
        case when shared_emails.email is null then 'email:' || mentions.email end as email_node
    from {{ ref('int_customer_mentions') }} as mentions
    left join {{ ref('int_shared_emails') }} as shared_emails on mentions.email = shared_emails.email

),

recorded_ids as (

    select distinct id_node
    from mentions
    where is_record

),

merged_records as (

    select
        'id:' || {{ id_space('customers') }} || ':' || customers.customer_id as id_node,
        'id:' || {{ id_space('customers') }} || ':' || customers.merged_into as survivor_node
    from {{ ref('canonical__customer') }} as customers
    {{ join_id_space('customers') }}
    where customers.merged_into is not null

),

-- The addresses of ids without a record.
addresses_of_others as (

    select distinct
        mentions.id_space,
        mentions.id_node,
        mentions.email_node
    from mentions
    left join recorded_ids on mentions.id_node = recorded_ids.id_node
    where mentions.id_node is not null and mentions.email_node is not null and recorded_ids.id_node is null

),

counted_addresses as (

    select
        id_node,
        email_node,
        count(*) over (partition by id_node) as addresses_of_id,
        count(*) over (partition by id_space, email_node) as ids_of_address
    from addresses_of_others

),

-- An id with several addresses, or an address with several ids, says nothing certain.
certain_addresses as (

    select
        id_node,
        email_node
    from counted_addresses
    where addresses_of_id = 1 and ids_of_address = 1

),

pairs as (

    select
        id_node as node,
        email_node as neighbour
    from mentions
    where is_record and id_node is not null and email_node is not null

    union distinct

    select
        id_node,
        survivor_node
    from merged_records

    union distinct

    select
        id_node,
        email_node
    from certain_addresses

),

edges as (

    select
        node,
        neighbour
    from pairs

    union distinct

    select
        neighbour as node,
        node as neighbour
    from pairs

),

nodes as (

    select id_node as node
    from mentions
    where id_node is not null

    union distinct

    select email_node
    from mentions
    where id_node is null and email_node is not null

    union distinct

    select node
    from edges

),

components as (

    {{ connected_components('nodes', 'edges') }}

)

select
    node,
    label as person
from components
