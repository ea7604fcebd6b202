{#
    A query that returns each node with the smallest node of its connected component, as `node` and `label`.

    nodes: a relation with the column node. edges: a relation with the columns node and neighbour, each edge in both
    directions; every node of an edge is in `nodes`.
#}
{% macro connected_components(nodes, edges) -%}
    {{ adapter.dispatch('connected_components', 'vigie')(nodes, edges) }}
{%- endmacro %}


{#
    First a number of rounds that contract the graph: every node takes the smallest of itself and its neighbours for its
    label, then the label of its label, and nodes with one label are one node in the next round. Of most components nothing
    is left after the first round, and a chain of thousands shrinks to a node: the nodes are numbered at random, since along
    a chain in its own order each would take the label of the next. Then each round passes the smallest labels of the last
    round on to the neighbours, until no label changes any more: as many rounds as what is left is long.
#}
{% macro duckdb__connected_components(nodes, edges) -%}
    {%- set rounds = 8 -%}
    with recursive

    numbered as materialized (

        select
            node,
            row_number() over (order by md5(node), node) as number
        from {{ nodes }}

    ),

    edges_0 as materialized (

        select
            own.number as node,
            other.number as neighbour
        from {{ edges }} as edges
        inner join numbered as own on edges.node = own.node
        inner join numbered as other on edges.neighbour = other.node
        where edges.node != edges.neighbour

    ),
    {% for round in range(1, rounds + 1) %}

    hooked_{{ round }} as materialized (

        select
            node,
            least(node, min(neighbour)) as label
        from edges_{{ round - 1 }}
        group by node

    ),

    jumped_{{ round }} as materialized (

        select
            hooked.node,
            jumped.label
        from hooked_{{ round }} as hooked
        inner join hooked_{{ round }} as jumped on hooked.label = jumped.node

    ),

    labels_{{ round }} as materialized (

        select
            jumped.node,
            jumped_again.label
        from jumped_{{ round }} as jumped
        inner join jumped_{{ round }} as jumped_again on jumped.label = jumped_again.node

    ),

    edges_{{ round }} as materialized (

        select
            own.label as node,
            other.label as neighbour
        from edges_{{ round - 1 }} as edges
        inner join labels_{{ round }} as own on edges.node = own.node
        inner join labels_{{ round }} as other on edges.neighbour = other.node
        group by own.label, other.label
        -- An aggregate: DuckDB would join all labels with all others to find those that differ.
        having max(abs(own.label - other.label)) > 0

    ),
    {% endfor %}

    contracted_0 as materialized (

        select
            node,
            number as label
        from numbered

    ),
    {% for round in range(1, rounds + 1) %}

    contracted_{{ round }} as materialized (

        select
            contracted.node,
            coalesce(labels.label, contracted.label) as label
        from contracted_{{ round - 1 }} as contracted
        left join labels_{{ round }} as labels on contracted.label = labels.node

    ),
    {% endfor %}

    components (node, label) using key (node) as (

        select distinct
            node,
            node as label
        from edges_{{ rounds }}

        union

        (
            select
                edges.neighbour as node,
                min(components.label) as label
            from components
            inner join edges_{{ rounds }} as edges on components.node = edges.node
            inner join recurring.components as settled on edges.neighbour = settled.node
            where components.label < settled.label
            group by edges.neighbour
        )

    )

    select
        contracted.node,
        min(contracted.node) over (partition by coalesce(components.label, contracted.label)) as label
    from contracted_{{ rounds }} as contracted
    left join components on contracted.label = components.node
{%- endmacro %}


{#
    A fixed number of rounds. In each the node that gives a label takes the smallest label among the neighbours of the
    nodes with its label, then every node takes the label of its label. The number of rounds that a component needs grows
    with the logarithm of its size.
#}
{% macro default__connected_components(nodes, edges) -%}
    {%- set rounds = 12 -%}
    with

    labels_0 as (

        select
            node,
            node as label
        from {{ nodes }}

    ),
    {% for round in range(1, rounds + 1) %}

    smaller_labels_{{ round }} as (

        select
            own.label as node,
            min(neighbours.label) as label
        from {{ edges }} as edges
        inner join labels_{{ round - 1 }} as own on edges.node = own.node
        inner join labels_{{ round - 1 }} as neighbours on edges.neighbour = neighbours.node
        group by own.label

    ),

    hooked_{{ round }} as (

        select
            labels.node,
            least(labels.label, coalesce(smaller_labels.label, labels.label)) as label
        from labels_{{ round - 1 }} as labels
        left join smaller_labels_{{ round }} as smaller_labels on labels.node = smaller_labels.node

    ),

    labels_{{ round }} as (

        select
            hooked.node,
            jumped_twice.label
        from hooked_{{ round }} as hooked
        inner join hooked_{{ round }} as jumped_once on hooked.label = jumped_once.node
        inner join hooked_{{ round }} as jumped_twice on jumped_once.label = jumped_twice.node

    ){{ ',' if not loop.last }}
    {% endfor %}

    select
        node,
        label
    from labels_{{ rounds }}
{%- endmacro %}
