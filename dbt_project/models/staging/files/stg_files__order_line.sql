-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    order_id,
    line_number,
    product_id,
    category,
    quantity,
    amount,
    margin,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__order_line') }}
