-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    agent_id,
    name,
    team,
    hired_at,
    left_at,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__agent') }}
