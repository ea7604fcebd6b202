-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('deal', key=['deal_id'], created_at='created_at') }}") }}
{{ latest_version(
    'deal',
    columns=[
        'deal_id',
        'created_at',
        'customer_id',
        'closed_at',
        'is_won',
        'amount',
        'currency',
        'deal_type',
        'owner_id',
        'campaign_id'
    ],
    key=['deal_id'],
    required=['deal_id', 'created_at'],
    created_at='created_at'
) }}
