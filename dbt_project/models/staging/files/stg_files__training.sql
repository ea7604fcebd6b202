-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    training_id,
    agent_id,
    completed_at,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__training') }}
