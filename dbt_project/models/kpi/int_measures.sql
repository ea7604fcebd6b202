{#
    The measures of every semantic model at every grain, as a whole and by segment: what KPIs are divided from. Generated
    from the semantic models; dbt has to be told here what these are made of.
#}
-- depends_on: {{ ref('fct_call') }}, {{ ref('fct_deal') }}, {{ ref('fct_email_send') }}, {{ ref('fct_exposure') }}
-- depends_on: {{ ref('fct_interaction') }}, {{ ref('fct_lead') }}, {{ ref('fct_sale') }}, {{ ref('fct_sale_line') }}
-- depends_on: {{ ref('fct_survey_response') }}, {{ ref('fct_ticket') }}, {{ ref('fct_web_stat') }}
-- depends_on: {{ ref('int_customer_periods') }}, {{ ref('int_ticket_backlog_periods') }}

{% for semantic_model in semantic_models() %}
select * from (
{{ roll_up(semantic_model) }}
)
{{ 'union all' if not loop.last }}
{% else %}
select 1
{% endfor %}
