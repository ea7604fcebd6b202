-- Generated from pipelines/entities by `make generate`.
{{ latest_version(
    'ad_stat',
    columns=['date', 'campaign_id', 'impressions', 'clicks', 'conversions', 'cost'],
    key=['date', 'campaign_id'],
    required=['date', 'campaign_id']
) }}
