-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('exposure', key=['campaign_id', 'customer_id'], created_at='exposed_at') }}") }}
{{ latest_version(
    'exposure',
    columns=['campaign_id', 'customer_id', 'arm', 'exposed_at', 'visited_at', 'converted_at', 'revenue'],
    key=['campaign_id', 'customer_id'],
    required=['campaign_id', 'customer_id', 'arm', 'exposed_at'],
    created_at='exposed_at'
) }}
