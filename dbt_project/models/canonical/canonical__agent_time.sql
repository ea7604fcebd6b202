-- Generated from pipelines/entities by `make generate`.
{{ latest_version(
    'agent_time',
    columns=['agent_id', 'date', 'available_seconds', 'handling_seconds'],
    key=['agent_id', 'date'],
    required=['agent_id', 'date', 'available_seconds', 'handling_seconds']
) }}
