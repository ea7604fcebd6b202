-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    deal_id,
    created_at,
    customer_id,
    closed_at,
    is_won,
    amount,
    currency,
    deal_type,
    owner_id,
    campaign_id,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__deal') }}
