select
    source,
    ticket_id,
    source || ':' || ticket_id as ticket_key,
    coalesce({{ normalised_word('status') }} in {{ excluded_ticket_statuses(merged=false) }}, false) as is_excluded,
    count(*) over (partition by ticket_id) = 1 as is_unambiguous
from {{ ref('canonical__ticket') }}
