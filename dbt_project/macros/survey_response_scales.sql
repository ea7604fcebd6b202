{#- Generated from pipelines/entities by `make generate`. -#}
{# The lowest score of the usual scale of a kind of survey response. #}
{% macro usual_lowest_score(kind) -%}
    case {{ kind }}
        when 'csat' then 1
        when 'nps' then 0
        when 'ces' then 0
        when 'employee' then 1
    end
{%- endmacro %}


{# The highest score of the usual scale of a kind of survey response. #}
{% macro usual_highest_score(kind) -%}
    case {{ kind }}
        when 'csat' then 5
        when 'nps' then 10
        when 'ces' then 7
        when 'employee' then 5
    end
{%- endmacro %}
