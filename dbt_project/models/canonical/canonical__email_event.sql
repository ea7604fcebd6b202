-- Generated from pipelines/entities by `make generate`.
{{ latest_version(
    'email_event',
    columns=['event_id', 'campaign_id', 'email', 'customer_id', 'event', 'occurred_at', 'is_machine'],
    key=['event_id'],
    required=['event_id', 'campaign_id', 'event', 'occurred_at'],
    created_at='occurred_at'
) }}
