-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('email_event', key=['event_id'], created_at='occurred_at') }}") }}
{{ latest_version(
    'email_event',
    columns=['event_id', 'campaign_id', 'email', 'customer_id', 'event', 'occurred_at', 'is_machine'],
    key=['event_id'],
    required=['event_id', 'campaign_id', 'event', 'occurred_at'],
    created_at='occurred_at'
) }}
