{# An expression as an integer of 38 digits: sums of such do not overflow and do not depend on the order. #}
{% macro wide_integer(expression) -%}
    {{ adapter.dispatch('wide_integer', 'vigie')(expression) }}
{%- endmacro %}


{% macro duckdb__wide_integer(expression) -%}
    cast({{ expression }} as hugeint)
{%- endmacro %}


{% macro default__wide_integer(expression) -%}
    cast({{ expression }} as decimal(38, 0))
{%- endmacro %}


{# Of a group: the value below which a share of the values is, interpolated between the two nearest. #}
{% macro percentile(expression, share) -%}
    {{ adapter.dispatch('percentile', 'vigie')(expression, share) }}
{%- endmacro %}


{% macro duckdb__percentile(expression, share) -%}
    quantile_cont({{ expression }}, {{ share }})
{%- endmacro %}


{% macro default__percentile(expression, share) -%}
    percentile({{ expression }}, {{ share }})
{%- endmacro %}


{# A number, or NULL for what is none: infinity, where a sum was too large, and NaN. #}
{% macro finite(number) -%}
    {#- The limit is the largest number that a double can hold. -#}
    case when abs({{ number }}) <= 1.7976931348623157e308 then {{ number }} end
{%- endmacro %}
