-- Generated from pipelines/entities by `make generate`.
{{ latest_version(
    'training',
    columns=['training_id', 'agent_id', 'completed_at'],
    key=['training_id'],
    required=['training_id', 'agent_id', 'completed_at'],
    created_at='completed_at'
) }}
