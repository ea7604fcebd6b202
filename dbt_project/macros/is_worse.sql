{# Whether a KPI's value is worse than a bound, in the direction in which the KPI gets better. #}
{% macro is_worse(value, bound) -%}
    case direction
        when 'up' then {{ value }} < {{ bound }}
        when 'down' then {{ value }} > {{ bound }}
        else false
    end
{%- endmacro %}


{# Whether a KPI's value does not reach a level that begins at a bound or, if `is_beyond`, beyond it. #}
{% macro falls_short(value, bound, is_beyond) -%}
    coalesce({{ is_worse(value, bound) }} or ({{ is_beyond }} and {{ value }} = {{ bound }}), false)
{%- endmacro %}
