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
    required=['campaign_id', 'sent'],
    lowest={
        'sent': 0,
        'delivered': 0,
        'bounced': 0,
        'opened': 0,
        'clicked': 0,
        'unsubscribed': 0,
        'complained': 0
    }
) }}
