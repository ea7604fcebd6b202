-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    touchpoint_id,
    customer_id,
    lead_id,
    channel,
    campaign_id,
    occurred_at,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__touchpoint') }}
