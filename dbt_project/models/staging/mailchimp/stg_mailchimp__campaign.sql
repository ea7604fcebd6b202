select
    _source as source,
    id as campaign_id,
    title as name,
    cast(null as varchar) as channel,
    send_time as started_at,
    cast(null as timestamp with time zone) as ended_at,
    cast(null as decimal(18, 6)) as cost,
    cast(null as varchar) as currency,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'mailchimp__campaigns') }}
