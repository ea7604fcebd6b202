{#
    Tickets that were merged into each other in a circle, so that no ticket is left into which they were merged: one ticket,
    which the oldest one stands for. A ticket that is test data, spam or deleted stands for none.

    Each ticket was merged into one at most. So a connected component of merged tickets has a circle where each of its
    tickets was merged, and else one ticket that was not, be it one that is not known.
#}
with

merged as (

    select
        source || ':' || ticket_id as ticket_key,
        source || ':' || merged_into as survivor_key,
        created_at,
        coalesce({{ normalised_word('status') }} in {{ excluded_ticket_statuses(merged=false) }}, false) as is_excluded
    from {{ ref('canonical__ticket') }}
    where merged_into is not null

),

edges as (

    select
        ticket_key as node,
        survivor_key as neighbour
    from merged

    union distinct

    select
        survivor_key as node,
        ticket_key as neighbour
    from merged

),

nodes as (

    select distinct node
    from edges

),

components as (

    {{ connected_components('nodes', 'edges') }}

),

members as (

    select
        components.label,
        merged.ticket_key,
        merged.created_at,
        merged.is_excluded,
        min(case when merged.ticket_key is null then 0 else 1 end) over (partition by components.label) as is_circle
    from components
    left join merged on components.node = merged.ticket_key

),

ranked as (

    select
        *,
        row_number() over (partition by label order by created_at, ticket_key) as place
    from members
    where is_circle = 1 and not is_excluded

)

select
    ticket_key,
    label as circle
from ranked
where place = 1
