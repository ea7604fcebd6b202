{# Generated from pipelines/entities by `make generate`: how often the evaluated columns are filled. #}
{% macro evaluated_columns(entity) %}
    {{ return({
    'customer': {
        'churned_at': 'rare',
    },
    'email_event': {
        'is_machine': 'uncommon',
    },
    'email_send': {
        'delivered_at': 'common',
        'first_opened_at': 'common',
        'first_clicked_at': 'rare',
        'bounced_at': 'rare',
        'unsubscribed_at': 'rare',
        'complained_at': 'rare',
    },
    'exposure': {
        'converted_at': 'rare',
    },
    'interaction': {
        'author': 'common',
        'channel': 'common',
    },
    'lead': {
        'converted_at': 'uncommon',
    },
    'order': {
        'margin': 'common',
    },
    'ticket': {
        'first_response_at': 'common',
        'resolved_at': 'common',
        'closed_at': 'common',
        'channel': 'common',
        'agent_reply_count': 'common',
        'interaction_count': 'common',
        'is_automated': 'common',
        'reopen_count': 'rare',
    },
    }[entity]) }}
{% endmacro %}
