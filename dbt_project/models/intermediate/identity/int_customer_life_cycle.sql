{#
    When people became customers and when they left, as their records say: what of it is known at the as-of. A record that
    was merged into another has a say only where no other does.
#}
with

events as (

    select
        person,
        'became_customer' as event,
        {{ known('became_customer_at') }} as occurred_at,
        is_survivor
    from {{ ref('int_customer_records') }}

    union all

    select
        person,
        'churned' as event,
        {{ known('churned_at') }} as occurred_at,
        is_survivor
    from {{ ref('int_customer_records') }}

),

ranked as (

    select
        *,
        bool_or(is_survivor) over (partition by person, event) as has_survivor
    from events
    where occurred_at is not null

)

select distinct
    person,
    event,
    occurred_at
from ranked
where is_survivor or not has_survivor
