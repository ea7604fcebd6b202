-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('interaction', key=['interaction_id'], created_at='occurred_at') }}") }}
{{ latest_version(
    'interaction',
    columns=[
        'interaction_id',
        'occurred_at',
        'ticket_id',
        'customer_id',
        'channel',
        'author',
        'agent_id',
        'is_public',
        'handling_seconds'
    ],
    key=['interaction_id'],
    required=['interaction_id', 'occurred_at'],
    lowest={'handling_seconds': 0},
    created_at='occurred_at'
) }}
