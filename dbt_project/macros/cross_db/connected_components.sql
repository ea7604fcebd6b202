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
    A fixed number of rounds. Each takes the smallest label of a node and its neighbours, then the label of the node that
    gives its label: a component needs a number of rounds in the order of the logarithm of its size.
#}
{% macro default__connected_components(nodes, edges) -%}
    {%- set rounds = 12 -%}
    with

    jumped_0 as (

        select
            node,
            node as label
        from {{ nodes }}

    ),
    {% for round in range(1, rounds + 1) %}

    hooked_{{ round }} as (

        select
            labels.node,
            least(labels.label, coalesce(min(neighbours.label), labels.label)) as label
        from jumped_{{ round - 1 }} as labels
        left join {{ edges }} as edges on labels.node = edges.node
        left join jumped_{{ round - 1 }} as neighbours on edges.neighbour = neighbours.node
        group by labels.node, labels.label

    ),

    jumped_{{ round }} as (

        select
            hooked.node,
            least(hooked.label, coalesce(roots.label, hooked.label)) as label
        from hooked_{{ round }} as hooked
        left join hooked_{{ round }} as roots on hooked.label = roots.node

    ){{ ',' if not loop.last }}
    {% endfor %}

    select
        node,
        label
    from jumped_{{ rounds }}
{%- endmacro %}
