{#
    Written by `python -m pipelines.transform.prepare` from the semantic models: dbt needs to know the models that a
    model refers to before it knows the semantic models.
#}

{# The models whose semantic models have measures. #}
{% macro measured_models() %}
    {{ return([
        'dim_customer',
        'fct_ad_stat',
        'fct_agent_day',
        'fct_attribution',
        'fct_call',
        'fct_campaign_return',
        'fct_deal',
        'fct_email_count',
        'fct_exposure',
        'fct_interaction',
        'fct_lead',
        'fct_load_quality',
        'fct_quality_review',
        'fct_sale',
        'fct_sale_line',
        'fct_spend',
        'fct_survey_response',
        'fct_ticket',
        'fct_training',
        'fct_web_stat',
        'int_campaign_uplift_periods',
        'int_customer_periods',
        'int_customer_value_periods',
        'int_employee_answer_periods',
        'int_record_quality_periods',
        'int_rfm_sales',
        'int_ticket_backlog_periods',
    ]) }}
{% endmacro %}


{# The models whose rows are events that were observed: all but those that are rolled up from them. #}
{% macro observed_models() %}
    {{ return([
        'dim_customer',
        'fct_ad_stat',
        'fct_agent_day',
        'fct_attribution',
        'fct_call',
        'fct_campaign_return',
        'fct_deal',
        'fct_email_count',
        'fct_exposure',
        'fct_interaction',
        'fct_lead',
        'fct_load_quality',
        'fct_quality_review',
        'fct_sale',
        'fct_sale_line',
        'fct_spend',
        'fct_survey_response',
        'fct_ticket',
        'fct_touchpoint',
        'fct_training',
        'fct_web_stat',
    ]) }}
{% endmacro %}
