{#
    The ids of agents or campaigns by source, and the id under which each is known: that of the source, or
    `<id space>:<id>` where several id spaces have it, or where it reads like that of another one. Equal ids of two sources
    are two things unless the sources share their ids.

    mentions: the entities and their columns with such an id. name: the column of the id.
#}
{% macro ids_by_source(mentions, name) %}
with

mentions as (

    {%- for entity, column in mentions %}
    select
        source,
        {{ column }} as source_{{ name }}
    from {{ ref('canonical__' ~ entity) }}
    where {{ column }} is not null

    {%- if not loop.last %}

    union
    {% endif %}
    {%- endfor %}

),

with_spaces as (

    select
        mentions.source,
        mentions.source_{{ name }},
        {{ id_space('mentions') }} as id_space
    from mentions
    {{ join_id_space('mentions') }}

),

ranked as (

    select
        *,
        dense_rank() over (partition by source_{{ name }} order by id_space) as place
    from with_spaces

),

counted as (

    select
        *,
        max(place) over (partition by source_{{ name }}) as id_spaces
    from ranked

),

qualified as (

    select distinct id_space || ':' || source_{{ name }} as qualified_id
    from with_spaces

)

select
    counted.source,
    counted.source_{{ name }},
    counted.id_space,
    case
        when counted.id_spaces = 1 and qualified.qualified_id is null then counted.source_{{ name }}
        else counted.id_space || ':' || counted.source_{{ name }}
    end as {{ name }}
from counted
left join qualified on counted.source_{{ name }} = qualified.qualified_id
{%- endmacro %}
