{# A score on the scale of 0 to 10 on which the Net Promoter Score is defined; 1 to 10 is taken as it is. #}
{% macro recommendation(responses) -%}
    case
        when {{ responses }}.highest_score = 10 then {{ responses }}.score
        else ({{ responses }}.score - {{ responses }}.lowest_score) * 10
            / nullif({{ responses }}.highest_score - {{ responses }}.lowest_score, 0)
    end
{%- endmacro %}
