-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    interaction_id,
    occurred_at,
    ticket_id,
    customer_id,
    channel,
    author,
    agent_id,
    is_public,
    handling_seconds,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__interaction') }}
