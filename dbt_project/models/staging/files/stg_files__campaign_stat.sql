-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    campaign_id,
    date,
    sent_at,
    sent,
    delivered,
    bounced,
    opened,
    clicked,
    unsubscribed,
    complained,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__campaign_stat') }}
