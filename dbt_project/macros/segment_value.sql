{# A dimension's value as a segment of `fct_kpi`: `unknown` where it is empty. Values that look the same are one segment. #}
{% macro segment_value(column) -%}
    coalesce(nullif(trim({{ plain_text('cast(' ~ column ~ ' as string)') }}), ''), 'unknown')
{%- endmacro %}
