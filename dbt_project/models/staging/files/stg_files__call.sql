-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    call_id,
    started_at,
    direction,
    answered_at,
    ended_at,
    is_abandoned,
    agent_id,
    customer_id,
    queue,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__call') }}
