-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('spend', key=['date', 'category', 'channel', 'campaign_id']) }}") }}
{{ latest_version(
    'spend',
    columns=['date', 'category', 'channel', 'campaign_id', 'amount', 'currency'],
    key=['date', 'category', 'channel', 'campaign_id'],
    required=['date', 'category', 'amount']
) }}
