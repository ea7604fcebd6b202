-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('agent', key=['agent_id']) }}") }}
{{ latest_version(
    'agent',
    columns=['agent_id', 'name', 'team', 'hired_at', 'left_at'],
    key=['agent_id'],
    required=['agent_id']
) }}
