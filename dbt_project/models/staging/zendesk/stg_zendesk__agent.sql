select
    _source as source,
    id as agent_id,
    name,
    cast(null as varchar) as team,
    cast(null as timestamp with time zone) as hired_at,
    cast(null as timestamp with time zone) as left_at,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'zendesk__users') }}
-- Everybody else is a customer.
where role in ('agent', 'admin') or _is_deleted
