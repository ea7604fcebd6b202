{# The share of a month's rows from which on a source counts as delivering what is common, such as first responses. #}
{% macro common_share() -%} 0.05 {%- endmacro %}


{#
    The months in which a source delivers each evaluated column of an entity: a CTE of the months of its rows, and a query
    of one row per source, column and month. `relation` has the rows, `day` is the SQL expression of a row's day.
#}
{% macro rows_by_month(entity, relation, day) -%}
    select
        source,
        {{ period_start("'month'", day) }} as month,
        {%- for column, frequency in evaluated_columns(entity).items() %}
        count({{ known(column) if column.endswith('_at') else column }}) as {{ column }},
        {%- endfor %}
        count(*) as row_count
    from {{ ref(relation) }}
    group by source, {{ period_start("'month'", day) }}
{%- endmacro %}


{% macro first_months(entity, months) -%}
    {%- for column, frequency in evaluated_columns(entity).items() %}
    select
        source,
        '{{ entity }}' as entity,
        '{{ column }}' as column_name,
        min(month) as delivered_from
    from {{ months }}
    where {{ column }} > 0{% if frequency == 'common' %} and {{ column }} >= {{ common_share() }} * row_count{% endif %}
    group by source
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#
    One row per source and column that it delivers, with the first day from which on: what its rows and the settings say.

    entity: the entity. found: a CTE of source, entity, column_name and delivered_from, as `first_months` gives it.
#}
{% macro deliveries(entities, found) -%}
    {%- set always = "date '0001-01-01'" %}
    select
        source,
        entity,
        column_name,
        min(delivered_from) as delivered_from
    from (
        select * from {{ found }}
        {%- for entity in entities %}
        {%- for column, frequency in evaluated_columns(entity).items() %}
        {%- if frequency == 'rare' %}
        union all
        select
            mapped.source,
            '{{ entity }}' as entity,
            '{{ column }}' as column_name,
            {{ always }} as delivered_from
        from {{ source('control', 'mapped_column') }} as mapped
        where mapped.entity = '{{ entity }}' and mapped.column_name = '{{ column }}'
        {%- endif %}
        union all
        select
            declared.source,
            '{{ entity }}' as entity,
            '{{ column }}' as column_name,
            {{ always }} as delivered_from
        from {{ source('control', 'declared_delivery') }} as declared
        where declared.column_name = '{{ column }}' and declared.is_delivered
        {%- endfor %}
        {%- endfor %}
    ) as deliveries
    where not exists (
        select 1
        from {{ source('control', 'declared_delivery') }} as declared
        where
            declared.source = deliveries.source
            and declared.column_name = deliveries.column_name
            and not declared.is_delivered
    )
    group by source, entity, column_name
{%- endmacro %}


{# Joins from which day on a row's source delivers the columns of an entity: `is_delivered` reads it. #}
{% macro join_deliveries(entity, from, model='int_delivered', as='delivered_from') -%}
    left join (
        select
            source as delivering_source,
            {%- for column in evaluated_columns(entity) %}
            min(case when column_name = '{{ column }}' then delivered_from end) as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ ref(model) }}
        where entity = '{{ entity }}'
        group by source
    ) as {{ as }} on {{ from }}.source = {{ as }}.delivering_source
{%- endmacro %}


{# Whether the row's source delivered a column on a day: an empty cell then says 'no'. #}
{% macro is_delivered(column, day, as='delivered_from') -%}
    coalesce({{ day }} >= {{ as }}.{{ column }}, false)
{%- endmacro %}


{# Whether the row's source delivers a column at any time. #}
{% macro is_ever_delivered(column, as='delivered_from') -%}
    ({{ as }}.{{ column }} is not null)
{%- endmacro %}
