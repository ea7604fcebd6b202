select
    _source as source,
    id as call_id,
    hs_timestamp as started_at,
    direction,
    cast(null as timestamp with time zone) as answered_at,
    cast(null as timestamp with time zone) as ended_at,
    is_abandoned,
    hubspot_owner_id as agent_id,
    contact_id as customer_id,
    cast(null as varchar) as queue,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'hubspot__calls') }}
