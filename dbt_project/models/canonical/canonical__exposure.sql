-- Generated from pipelines/entities by `make generate`.
{{ latest_version(
    'exposure',
    columns=['campaign_id', 'customer_id', 'arm', 'exposed_at', 'visited_at', 'converted_at', 'revenue'],
    key=['campaign_id', 'customer_id'],
    required=['campaign_id', 'customer_id', 'arm', 'exposed_at'],
    created_at='exposed_at'
) }}
