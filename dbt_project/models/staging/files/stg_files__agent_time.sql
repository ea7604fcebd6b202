-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    agent_id,
    date,
    available_seconds,
    handling_seconds,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__agent_time') }}
