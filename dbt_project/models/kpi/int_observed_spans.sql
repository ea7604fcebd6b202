{#
    The first and the last day on which each fact was observed. A period between them without events counts as zero, one
    outside them is unknown. Stocks (open tickets, active customers) are known for a month after the last event at most: a
    source without events for longer is stale. Generated from the time dimensions of the semantic models.
#}
{%- for name in observed_models() %}
-- depends_on: {{ ref(name) }}
{%- endfor %}

with

events as (

    {%- for events in observed_events() %}

    select
        {{ sql_text(events.fact) }} as fact,
        {{ first_of(events.first_days) }} as first_day,
        {{ last_of(events.last_days) }} as last_day
    from {{ events.relation }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- else %}

    select
        cast(null as string) as fact,
        cast(null as date) as first_day,
        cast(null as date) as last_day
    {%- endfor %}

),

spans as (

    select
        fact,
        min(first_day) as first_day,
        max(last_day) as last_day
    from events
    group by fact

)

select
    fact,
    first_day,
    last_day,
    -- A day that begins at the moment of the run is not known yet.
    least({{ add_days('last_day', 31) }}, cast({{ as_of() }} - interval 1 microsecond as date)) as known_until
from spans
where first_day is not null
