-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('survey_response', key=['response_id'], created_at='answered_at') }}") }}
{{ latest_version(
    'survey_response',
    columns=[
        'response_id',
        'kind',
        'answered_at',
        'score',
        'scale_min',
        'scale_max',
        'customer_id',
        'ticket_id',
        'order_id',
        'agent_id',
        'channel'
    ],
    key=['response_id'],
    required=['response_id', 'kind', 'answered_at', 'score'],
    created_at='answered_at'
) }}
