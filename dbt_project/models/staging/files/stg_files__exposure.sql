-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    campaign_id,
    customer_id,
    arm,
    exposed_at,
    visited_at,
    converted_at,
    revenue,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__exposure') }}
