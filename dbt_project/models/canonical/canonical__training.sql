-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('training', key=['training_id'], created_at='completed_at') }}") }}
{{ latest_version(
    'training',
    columns=['training_id', 'agent_id', 'completed_at'],
    key=['training_id'],
    required=['training_id', 'agent_id', 'completed_at'],
    created_at='completed_at'
) }}
