{#
    The measures of every semantic model at every grain, for `all` and for each segment. Generated from the semantic
    models.
#}
{%- for name in measured_models() %}
-- depends_on: {{ ref(name) }}
{%- endfor %}

{% for semantic_model in semantic_models() if semantic_model.measures %}
select * from (
{{ roll_up(semantic_model) }}
)
{{ 'union all' if not loop.last }}
{% else %}
select 1
{% endfor %}
