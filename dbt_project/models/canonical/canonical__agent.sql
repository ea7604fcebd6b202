-- Generated from pipelines/entities by `make generate`.
{{ latest_version(
    'agent',
    columns=['agent_id', 'name', 'team', 'hired_at', 'left_at'],
    key=['agent_id'],
    required=['agent_id']
) }}
