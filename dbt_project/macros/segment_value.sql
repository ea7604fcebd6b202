{# A dimension's value as a segment of `fct_kpi`: `unknown` where it is empty. #}
{% macro segment_value(column) -%}
    coalesce(nullif(trim(cast({{ column }} as string)), ''), 'unknown')
{%- endmacro %}
