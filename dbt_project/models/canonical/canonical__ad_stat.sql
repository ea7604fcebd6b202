-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('ad_stat', key=['date', 'campaign_id']) }}") }}
{{ latest_version(
    'ad_stat',
    columns=['date', 'campaign_id', 'impressions', 'clicks', 'conversions', 'cost'],
    key=['date', 'campaign_id'],
    required=['date', 'campaign_id'],
    lowest={'impressions': 0, 'clicks': 0, 'conversions': 0}
) }}
