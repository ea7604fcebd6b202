-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('lead', key=['lead_id'], created_at='created_at') }}") }}
{{ latest_version(
    'lead',
    columns=[
        'lead_id',
        'created_at',
        'email',
        'channel',
        'campaign_id',
        'converted_at',
        'lost_at',
        'customer_id',
        'owner_id',
        'country'
    ],
    key=['lead_id'],
    required=['lead_id', 'created_at'],
    created_at='created_at'
) }}
