select
    _source as source,
    id as event_id,
    email_id as campaign_id,
    recipient as email,
    cast(null as varchar) as customer_id,
    event,
    created as occurred_at,
    filtered_event as is_machine,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'hubspot__email_events') }}
