-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    event_id,
    campaign_id,
    email,
    customer_id,
    event,
    occurred_at,
    is_machine,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__email_event') }}
