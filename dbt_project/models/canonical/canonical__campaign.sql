-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('campaign', key=['campaign_id']) }}") }}
{{ latest_version(
    'campaign',
    columns=['campaign_id', 'name', 'channel', 'started_at', 'ended_at', 'cost', 'currency'],
    key=['campaign_id'],
    required=['campaign_id']
) }}
