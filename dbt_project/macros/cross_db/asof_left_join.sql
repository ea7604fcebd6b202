{#
    A left join to the row of `relation` that is in effect at a moment: of the rows with equal keys the last one whose
    `valid_from` is not after the moment, or before it where `operator` is `>`. No two rows with equal keys may have the
    same `valid_from`.

    equal: {expression: column of the relation}; may be empty.
#}
{% macro asof_left_join(relation, alias, equal, moment, valid_from, operator='>=') -%}
    {{ adapter.dispatch('asof_left_join', 'vigie')(relation, alias, equal, moment, valid_from, operator) }}
{%- endmacro %}


{% macro duckdb__asof_left_join(relation, alias, equal, moment, valid_from, operator) -%}
    asof left join {{ relation }} as {{ alias }}
        on
            {%- for expression, column in equal.items() %}
            {{ expression }} = {{ alias }}.{{ column }}
            and
            {%- endfor %}
            {{ moment }} {{ operator }} {{ alias }}.{{ valid_from }}
{%- endmacro %}


{% macro default__asof_left_join(relation, alias, equal, moment, valid_from, operator) -%}
    left join (
        select
            *,
            lead({{ valid_from }}) over (
                {% if equal %}partition by {{ equal.values() | join(', ') }}{% endif %}
                order by {{ valid_from }}
            ) as _valid_until
        from {{ relation }}
    ) as {{ alias }}
        on
            {%- for expression, column in equal.items() %}
            {{ expression }} = {{ alias }}.{{ column }}
            and
            {%- endfor %}
            {{ moment }} {{ operator }} {{ alias }}.{{ valid_from }}
            and (
                {{ alias }}._valid_until is null
                or {{ moment }} {{ '<' if operator == '>=' else '<=' }} {{ alias }}._valid_until
            )
{%- endmacro %}
