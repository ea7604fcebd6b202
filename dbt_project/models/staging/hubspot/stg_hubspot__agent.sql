select
    _source as source,
    id as agent_id,
    name,
    team,
    cast(null as timestamp with time zone) as hired_at,
    cast(null as timestamp with time zone) as left_at,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'hubspot__owners') }}
