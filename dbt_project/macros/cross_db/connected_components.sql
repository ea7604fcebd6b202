{#
    A query that returns each node with the smallest node of its connected component, as `node` and `label`.

    nodes: a relation with the column node. edges: a relation with the columns node and neighbour, each edge in both
    directions; every node of an edge is in `nodes`.
#}
{% macro connected_components(nodes, edges) -%}
    {{ adapter.dispatch('connected_components', 'vigie')(nodes, edges) }}
{%- endmacro %}


{# Each round passes the smallest labels of the last round on to the neighbours, until no label changes any more. #}
{% macro duckdb__connected_components(nodes, edges) -%}
    with recursive

    components (node, label) using key (node) as (

        select
            node,
            node as label
        from {{ nodes }}

        union

        (
            select
                edges.neighbour as node,
                min(components.label) as label
            from components
            inner join {{ edges }} as edges on components.node = edges.node
            inner join recurring.components as settled on edges.neighbour = settled.node
            where components.label < settled.label
            group by edges.neighbour
        )

    )

    select
        node,
        label
    from components
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
