-- Generated from pipelines/entities by `make generate`.
{{ latest_version(
    'spend',
    columns=['date', 'category', 'channel', 'campaign_id', 'amount', 'currency'],
    key=['date', 'category', 'channel', 'campaign_id'],
    required=['date', 'category', 'amount']
) }}
