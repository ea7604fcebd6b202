-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('order', key=['order_id'], created_at='ordered_at') }}") }}
{{ latest_version(
    'order',
    columns=[
        'order_id',
        'customer_id',
        'ordered_at',
        'amount',
        'currency',
        'margin',
        'status',
        'channel',
        'order_type',
        'campaign_id',
        'country'
    ],
    key=['order_id'],
    required=['order_id', 'customer_id', 'ordered_at', 'amount'],
    created_at='ordered_at'
) }}
