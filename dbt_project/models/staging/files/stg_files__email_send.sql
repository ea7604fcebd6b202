-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    send_id,
    campaign_id,
    email,
    customer_id,
    sent_at,
    delivered_at,
    bounced_at,
    first_opened_at,
    first_clicked_at,
    unsubscribed_at,
    complained_at,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__email_send') }}
