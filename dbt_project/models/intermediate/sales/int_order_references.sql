select
    source,
    order_id,
    order_key,
    count(*) over (partition by order_id) = 1 as is_unambiguous
from {{ ref('fct_order') }}
