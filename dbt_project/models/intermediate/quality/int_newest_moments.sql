{# The newest moment that is known in any record, by source and entity: what is after the as-of has not happened yet. #}
with

newest as (

    {%- for entity, columns in moment_columns().items() %}
    {%- set is_last_entity = loop.last %}
    {%- for column in columns %}
    select
        source,
        '{{ entity }}' as entity,
        max({{ known('cast(' ~ column ~ ' as ' ~ moment_type() ~ ')') }}) as newest_at
    from {{ ref('canonical__' ~ entity) }}
    group by source
    {{ 'union all' if not (loop.last and is_last_entity) }}
    {%- endfor %}
    {%- endfor %}

)

select
    source,
    entity,
    max(newest_at) as newest_at
from newest
where newest_at is not null
group by source, entity
