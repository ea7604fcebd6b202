{# A score on the scale from 0 to 10 of the Net Promoter Score. One on a scale from 1 to 10 is not rescaled. #}
{% macro recommendation(responses) -%}
    case
        when {{ responses }}.highest_score = 10 then {{ responses }}.score
        else ({{ responses }}.score - {{ responses }}.lowest_score) * 10
            / nullif({{ responses }}.highest_score - {{ responses }}.lowest_score, 0)
    end
{%- endmacro %}
