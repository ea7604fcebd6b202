-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    lead_id,
    created_at,
    email,
    channel,
    campaign_id,
    converted_at,
    lost_at,
    customer_id,
    owner_id,
    country,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__lead') }}
