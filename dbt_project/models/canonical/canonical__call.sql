-- Generated from pipelines/entities by `make generate`.
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
