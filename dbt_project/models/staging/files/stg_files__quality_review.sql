-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    review_id,
    reviewed_at,
    interaction_id,
    ticket_id,
    agent_id,
    errors,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__quality_review') }}
