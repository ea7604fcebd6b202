-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    order_id,
    customer_id,
    ordered_at,
    amount,
    currency,
    margin,
    status,
    channel,
    order_type,
    campaign_id,
    country,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__order') }}
