{# Whether a KPI's value falls short of a bound, in the direction in which it gets better. #}
{% macro is_worse(value, bound) -%}
    case direction
        when 'up' then {{ value }} < {{ bound }}
        when 'down' then {{ value }} > {{ bound }}
        else false
    end
{%- endmacro %}
