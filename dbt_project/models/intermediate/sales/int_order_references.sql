select
    source,
    order_id,
    source || ':' || order_id as order_key,
    count(*) over (partition by order_id) = 1 as is_unambiguous
from {{ ref('canonical__order') }}
