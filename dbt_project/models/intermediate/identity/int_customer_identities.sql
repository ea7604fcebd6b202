{#
    Connected components of a graph. Its nodes are the ids and e-mail addresses under which people are known; its edges
    say that two of them belong to one person.
#}
with

mentions as (

    select
        *,
        'id:' || source || ':' || source_customer_id as id_node,
        'email:' || email as email_node
    from {{ ref('int_customer_mentions') }}

),

merged_records as (

    select
        'id:' || source || ':' || customer_id as id_node,
        'id:' || source || ':' || merged_into as survivor_node
    from {{ ref('canonical__customer') }}
    where merged_into is not null

),

-- One id in several systems means one person, unless the systems know it under different addresses.
shared_ids as (

    select source_customer_id
    from mentions
    where source_customer_id is not null
    group by source_customer_id
    having count(distinct source) > 1 and count(distinct email) filter (where is_record) <= 1

),

pairs as (

    select
        id_node as node,
        email_node as neighbour
    from mentions
    where id_node is not null and email_node is not null

    union distinct

    select
        id_node,
        survivor_node
    from merged_records

    union distinct

    select
        mentions.id_node,
        'shared:' || mentions.source_customer_id
    from mentions
    inner join shared_ids on mentions.source_customer_id = shared_ids.source_customer_id

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
    where email_node is not null

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
