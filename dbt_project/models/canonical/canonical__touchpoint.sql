-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('touchpoint', key=['touchpoint_id'], created_at='occurred_at') }}") }}
{{ latest_version(
    'touchpoint',
    columns=['touchpoint_id', 'customer_id', 'lead_id', 'channel', 'campaign_id', 'occurred_at'],
    key=['touchpoint_id'],
    required=['touchpoint_id', 'occurred_at'],
    created_at='occurred_at'
) }}
