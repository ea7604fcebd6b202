-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('customer', key=['customer_id'], created_at='created_at') }}") }}
{{ latest_version(
    'customer',
    columns=[
        'customer_id',
        'email',
        'name',
        'country',
        'segment',
        'acquisition_channel',
        'created_at',
        'became_customer_at',
        'churned_at',
        'owner_id',
        'referred_by',
        'updated_at',
        'merged_into'
    ],
    key=['customer_id'],
    required=['customer_id'],
    created_at='created_at'
) }}
