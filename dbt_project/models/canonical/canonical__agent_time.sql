-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('agent_time', key=['agent_id', 'date']) }}") }}
{{ latest_version(
    'agent_time',
    columns=['agent_id', 'date', 'available_seconds', 'handling_seconds'],
    key=['agent_id', 'date'],
    required=['agent_id', 'date', 'available_seconds', 'handling_seconds'],
    lowest={'available_seconds': 0, 'handling_seconds': 0}
) }}
