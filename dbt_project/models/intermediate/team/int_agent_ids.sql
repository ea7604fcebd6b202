{#
    The ids of agents and owners by source, and the id under which each of them is known: its own, or `<id space>:<id>`
    where several id spaces have the id. Equal ids of two sources are two people unless the sources share their ids.
#}
{%- set mentions = [
    ('agent', 'agent_id'), ('agent_time', 'agent_id'), ('call', 'agent_id'), ('customer', 'owner_id'), ('deal', 'owner_id'),
    ('interaction', 'agent_id'), ('lead', 'owner_id'), ('quality_review', 'agent_id'), ('survey_response', 'agent_id'),
    ('ticket', 'agent_id'), ('training', 'agent_id')
] %}
with

mentions as (

    {%- for entity, column in mentions %}
    select
        source,
        {{ column }} as source_agent_id
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
        mentions.source_agent_id,
        {{ id_space('mentions') }} as id_space
    from mentions
    {{ join_id_space('mentions') }}

),

ranked as (

    select
        *,
        dense_rank() over (partition by source_agent_id order by id_space) as place
    from with_spaces

),

counted as (

    select
        *,
        max(place) over (partition by source_agent_id) as id_spaces
    from ranked

)

select
    source,
    source_agent_id,
    id_space,
    case when id_spaces > 1 then id_space || ':' || source_agent_id else source_agent_id end as agent_id
from counted
