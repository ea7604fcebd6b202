{#
    The value of a KPI parameter, as a subquery in parentheses with the column `value`: one row, or for a list of texts a
    row a text. `kpi` is the metric whose `meta` declares the parameter; `type` is the SQL type of the value: integer for
    an integer, double for a number, string for texts.
#}
{% macro kpi_parameter(kpi, parameter, type='string') -%}
    {{- check_parameter(kpi, parameter) -}}
    (
        select cast(value as {{ type }}) as value
        from {{ source('control', 'kpi_parameter') }}
        where kpi = '{{ kpi }}' and parameter = '{{ parameter }}'
    )
{%- endmacro %}


{# Refuses a parameter that its metric does not declare. While dbt parses, and in unit tests, no metric is known. #}
{% macro check_parameter(kpi, parameter) -%}
    {%- set metrics = (graph.get('metrics', {}).values() if execute else []) | list -%}
    {%- set declared = [] -%}
    {%- for metric in metrics if metric.name == kpi -%}
        {%- do declared.append(metric.config.meta.get('parameters', {}).get(parameter, {}).get('type')) -%}
    {%- endfor -%}
    {%- if metrics and not declared | select | list -%}
        {{ exceptions.raise_compiler_error("Metric " ~ kpi ~ " does not declare the parameter " ~ parameter ~ " in its meta") }}
    {%- endif -%}
{%- endmacro %}
