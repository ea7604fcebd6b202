{# Generated from pipelines/entities by `make generate`: the moments and days of each entity. #}
{% macro moment_columns() %}
    {{ return({
    'customer': ['created_at', 'became_customer_at', 'churned_at', 'updated_at'],
    'lead': ['created_at', 'converted_at', 'lost_at'],
    'deal': ['created_at', 'closed_at'],
    'order': ['ordered_at'],
    'campaign': ['started_at', 'ended_at'],
    'email_send': ['sent_at', 'delivered_at', 'bounced_at', 'first_opened_at', 'first_clicked_at', 'unsubscribed_at', 'complained_at'],
    'email_event': ['occurred_at'],
    'campaign_stat': ['date', 'sent_at'],
    'exposure': ['exposed_at', 'visited_at', 'converted_at'],
    'touchpoint': ['occurred_at'],
    'ad_stat': ['date'],
    'web_stat': ['date'],
    'spend': ['date'],
    'ticket': ['created_at', 'first_response_at', 'resolved_at', 'closed_at', 'updated_at'],
    'interaction': ['occurred_at'],
    'call': ['started_at', 'answered_at', 'ended_at'],
    'survey_response': ['answered_at'],
    'agent': ['hired_at', 'left_at'],
    'agent_time': ['date'],
    'training': ['completed_at'],
    'quality_review': ['reviewed_at'],
    'fx_rate': ['date'],
    }) }}
{% endmacro %}
