{# The load log. It records the pipeline, not the company, so loads after the as-of are in it too. #}
select
    source,
    stream,
    entity,
    loaded_at,
    loaded_until,
    rows,
    duplicates,
    quarantined,
    deleted,
    filtered
from {{ source('control', 'load') }}
