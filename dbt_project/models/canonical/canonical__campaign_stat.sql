-- Generated from pipelines/entities by `make generate`.
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
