-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('email_send', key=['send_id'], created_at='sent_at') }}") }}
{{ latest_version(
    'email_send',
    columns=[
        'send_id',
        'campaign_id',
        'email',
        'customer_id',
        'sent_at',
        'delivered_at',
        'bounced_at',
        'first_opened_at',
        'first_clicked_at',
        'unsubscribed_at',
        'complained_at'
    ],
    key=['send_id'],
    required=['send_id', 'campaign_id', 'sent_at'],
    created_at='sent_at'
) }}
