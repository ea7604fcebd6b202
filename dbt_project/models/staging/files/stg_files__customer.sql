-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    customer_id,
    email,
    name,
    country,
    segment,
    acquisition_channel,
    created_at,
    became_customer_at,
    churned_at,
    owner_id,
    referred_by,
    updated_at,
    merged_into,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__customer') }}
