{#
    Connected components of the graph whose nodes are the ids and e-mail addresses under which people are known, and
    whose edges say that two of them belong to one person.
#}
with recursive

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

    select id_node as node, email_node as neighbour
    from mentions
    where id_node is not null and email_node is not null
    union
    select id_node, survivor_node from merged_records
    union
    select mentions.id_node, 'shared:' || mentions.source_customer_id
    from mentions
    inner join shared_ids on mentions.source_customer_id = shared_ids.source_customer_id

),

edges as (

    select node, neighbour from pairs
    union
    select neighbour as node, node as neighbour from pairs

),

nodes as (

    select id_node as node from mentions where id_node is not null
    union
    select email_node from mentions where email_node is not null
    union
    select node from edges

),

-- Each round hands the smallest label seen so far to the neighbours, until no label changes any more.
components (node, label) using key (node) as (

    select
        node,
        node as label
    from nodes

    union

    (
        select
            edges.neighbour as node,
            min(components.label) as label
        from components
        inner join edges on components.node = edges.node
        inner join recurring.components as settled on edges.neighbour = settled.node
        where components.label < settled.label
        group by edges.neighbour
    )

)

select
    node,
    label as person
from components
