-- Generated from pipelines/entities by `make generate`.
select
    _source as source,
    response_id,
    kind,
    answered_at,
    score,
    scale_min,
    scale_max,
    customer_id,
    ticket_id,
    order_id,
    agent_id,
    channel,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'files__survey_response') }}
