{#
    In a select list: one output row for each of the `rows`, with the columns that they name. All rows name the same
    columns, in the same order and types.

    rows: a list of {column: expression}.
#}
{% macro unnest_rows(rows) -%}
    {{ adapter.dispatch('unnest_rows', 'vigie')(rows) }}
{%- endmacro %}


{% macro duckdb__unnest_rows(rows) -%}
    unnest([
        {%- for row in rows %}
        {
            {%- for column, expression in row.items() %}
            '{{ column }}': {{ expression }}{{ ',' if not loop.last }}
            {%- endfor %}
        }{{ ',' if not loop.last }}
        {%- endfor %}
    ], recursive := true)
{%- endmacro %}


{% macro spark__unnest_rows(rows) -%}
    inline(array(
        {%- for row in rows %}
        named_struct(
            {%- for column, expression in row.items() %}
            '{{ column }}', {{ expression }}{{ ',' if not loop.last }}
            {%- endfor %}
        ){{ ',' if not loop.last }}
        {%- endfor %}
    ))
{%- endmacro %}


{# In a select list: one output row for each element of a column that holds a list of structs, with their columns. #}
{% macro unnest_structs(column) -%}
    {{ adapter.dispatch('unnest_structs', 'vigie')(column) }}
{%- endmacro %}


{% macro duckdb__unnest_structs(column) -%}
    unnest({{ column }}, recursive := true)
{%- endmacro %}


{% macro spark__unnest_structs(column) -%}
    inline({{ column }})
{%- endmacro %}
