-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('campaign_stat', key=['campaign_id', 'date', 'sent_at']) }}") }}
{{ latest_version(
    'campaign_stat',
    columns=[
        'campaign_id',
        'date',
        'sent_at',
        'sent',
        'delivered',
        'bounced',
        'opened',
        'clicked',
        'unsubscribed',
        'complained'
    ],
    key=['campaign_id', 'date', 'sent_at'],
    required=['campaign_id', 'sent']
) }}
