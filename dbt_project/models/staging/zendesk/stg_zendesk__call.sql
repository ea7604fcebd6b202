with

calls as (

    select * from {{ source('raw', 'zendesk__calls') }}

),

groups as (

    select
        _source,
        id,
        name,
        row_number() over (partition by _source, id order by _load_sequence desc, _row desc) as recency
    from {{ source('raw', 'zendesk__groups') }}
    where not _is_deleted

)

select
    calls._source as source,
    calls.id as call_id,
    calls.created_at as started_at,
    lower(calls.direction) as direction,
    cast(null as timestamp with time zone) as answered_at,
    calls.ended_at,
    calls.is_abandoned,
    calls.agent_id,
    calls.customer_id,
    groups.name as queue,
    calls._version_at,
    calls._version_number,
    calls._version_text,
    calls._is_deleted,
    calls._load_sequence,
    calls._file,
    calls._row
from calls
left join groups on calls._source = groups._source and calls.call_group_id = groups.id and groups.recency = 1
