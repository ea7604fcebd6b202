{#
    A list of structs. All name the same columns, in the same order and types.

    rows: a list of {column: expression}.
#}
{% macro struct_list(rows) -%}
    {{ adapter.dispatch('struct_list', 'vigie')(rows) }}
{%- endmacro %}


{% macro duckdb__struct_list(rows) -%}
    [
        {%- for row in rows %}
        {
            {%- for column, expression in row.items() %}
            '{{ column }}': {{ expression }}{{ ',' if not loop.last }}
            {%- endfor %}
        }{{ ',' if not loop.last }}
        {%- endfor %}
    ]
{%- endmacro %}


{% macro spark__struct_list(rows) -%}
    array(
        {%- for row in rows %}
        named_struct(
            {%- for column, expression in row.items() %}
            '{{ column }}', {{ expression }}{{ ',' if not loop.last }}
            {%- endfor %}
        ){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}


{# In a select list: one output row for each struct of a list, with the columns that the structs name. #}
{% macro unnest_structs(structs) -%}
    {{ adapter.dispatch('unnest_structs', 'vigie')(structs) }}
{%- endmacro %}


{% macro duckdb__unnest_structs(structs) -%}
    unnest({{ structs }}, recursive := true)
{%- endmacro %}


{% macro spark__unnest_structs(structs) -%}
    inline({{ structs }})
{%- endmacro %}
