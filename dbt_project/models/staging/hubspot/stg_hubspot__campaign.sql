select
    _source as source,
    id as campaign_id,
    name,
    'email' as channel,
    publish_date as started_at,
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
from {{ source('raw', 'hubspot__marketing_emails') }}

union all

select
    _source as source,
    id as campaign_id,
    name,
    cast(null as varchar) as channel,
    start_date as started_at,
    end_date as ended_at,
    spend_total as cost,
    currency_code as currency,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from {{ source('raw', 'hubspot__campaigns') }}
