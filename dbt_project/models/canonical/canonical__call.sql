-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('call', key=['call_id'], created_at='started_at') }}") }}
{{ latest_version(
    'call',
    columns=[
        'call_id',
        'started_at',
        'direction',
        'answered_at',
        'ended_at',
        'is_abandoned',
        'agent_id',
        'customer_id',
        'queue'
    ],
    key=['call_id'],
    required=['call_id', 'started_at', 'direction'],
    created_at='started_at'
) }}
